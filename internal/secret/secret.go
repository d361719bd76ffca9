// Package secret holds what must not be shown.
//
// A secret is named in the configuration and lies elsewhere: in the
// environment, in a file, among the credentials of a systemd unit. It has no
// way to be printed.
package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Text is a secret. Its zero value is none.
type Text struct {
	from  string
	value string
}

// most is more than any key or password has bytes; a private key has some 3 KB.
const most = 64 << 10

// shown stands for a secret in whatever is printed.
const shown = "(secret)"

// Of makes a secret of what is known already.
func Of(value string) Text { return Text{"memory", value} }

// UnmarshalText takes "env:NAME", "file:PATH" or "credential:NAME" and reads
// what lies there, without the line end that editors add.
func (t *Text) UnmarshalText(text []byte) error {
	kind, name, _ := strings.Cut(string(text), ":")
	if name == "" {
		return errors.New("a secret is not written here: want env:NAME, file:PATH or credential:NAME")
	}
	value, err := read(kind, name)
	if err != nil {
		return err
	}
	*t = Text{string(text), value}
	return nil
}

func read(kind, name string) (string, error) {
	switch kind {
	case "env":
		if value := os.Getenv(name); value != "" {
			return value, nil
		}
		return "", fmt.Errorf("the environment has no %s", name)
	case "file":
		return readFile(name)
	case "credential":
		dir := os.Getenv("CREDENTIALS_DIRECTORY") // systemd.exec(5)
		if dir == "" || name != filepath.Base(name) {
			return "", fmt.Errorf("there is no credential %s: the unit has none by LoadCredential=", name)
		}
		return readFile(filepath.Join(dir, name))
	}
	return "", errors.New("a secret is not written here: want env:NAME, file:PATH or credential:NAME")
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > most:
		return "", fmt.Errorf("%s is too long for a secret", path)
	}
	value := strings.TrimRight(string(data), "\r\n")
	if value == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return value, nil
}

// Reveal returns the secret itself.
func (t Text) Reveal() string { return t.value }

// IsZero reports whether there is none.
func (t Text) IsZero() bool { return t.value == "" }

// From says where it lies.
func (t Text) From() string { return t.from }

// Format prints that there is a secret, whatever the verb: %v, %q, %x and %#v
// of a structure that holds one must not give it away.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, shown) }

// MarshalText says where the secret lies, never what it is.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.from), nil }
