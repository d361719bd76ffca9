package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/term"

	"buzzproof/internal/secret"
	"buzzproof/internal/settings"
)

func kindNames[T any](kinds map[string]kind[T]) string {
	return strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")
}

// secretFiles keeps secrets that were typed in, for the owner alone.
type secretFiles struct{ dir string }

// answered turns an answer into a section of the configuration that opens. A
// flag must be right; at a terminal what is wrong is said and asked again.
func answered[T any](ctx context.Context, p *Program, given, question, flag string, kinds map[string]kind[T], keep secretFiles) (string, error) {
	if given != "" {
		a, err := parseAnswer(given, kinds)
		if err == nil {
			err = tryOut(a, kinds)
		}
		if err != nil {
			return "", withStatus(statusMisused, fmt.Errorf("%s %w", flag, err))
		}
		return a.toml(), nil
	}
	for {
		text, err := p.need(ctx, question, flag+" KIND,SETTING=VALUE,...")
		if err != nil {
			return "", err
		}
		a, err := parseAnswer(text, kinds)
		if err == nil {
			err = tryOut(a, kinds)
		}
		if err != nil && a != nil {
			if asked, failed := p.askSecrets(ctx, a, err.Error(), keep); failed != nil {
				return "", failed
			} else if asked {
				err = tryOut(a, kinds)
			}
		}
		if err == nil {
			return a.toml(), nil
		}
		p.talk("  %v", err)
	}
}

// An answer is a kind with its settings, in the order of the structure.
type answer struct {
	kind     string
	shape    reflect.Type
	settings map[string]string // as TOML
}

// parseAnswer reads "KIND,SETTING=VALUE,...". Several values of one setting
// have "+" between them.
func parseAnswer[T any](text string, kinds map[string]kind[T]) (*answer, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(text), ",")
	k, known := kinds[name]
	if !known {
		return nil, fmt.Errorf("%q is no kind: want one of %s, then its settings", name, kindNames(kinds))
	}
	a := &answer{kind: name, shape: reflect.TypeOf(k.config()).Elem(), settings: map[string]string{}}
	for pair := range strings.SplitSeq(rest, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		setting, value, ok := strings.Cut(pair, "=")
		f, there := fieldOf(a.shape, setting)
		switch {
		case !there:
			return nil, fmt.Errorf("%s has no setting %q, only %s", name, setting, strings.Join(settingsOf(a.shape), ", "))
		case !ok:
			return nil, fmt.Errorf("%s: want %s=VALUE", name, setting)
		}
		a.settings[setting] = tomlOf(f.Type, value)
	}
	return a, nil
}

// fieldOf finds the field of a setting, in what is embedded too.
func fieldOf(shape reflect.Type, setting string) (reflect.StructField, bool) {
	for _, f := range reflect.VisibleFields(shape) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name == setting && name != "" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func settingsOf(shape reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(shape) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// tomlOf is a value as the type of its field wants it.
func tomlOf(t reflect.Type, value string) string {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint16, reflect.Uint32, reflect.Float64:
		if t.PkgPath() == "" { // a type of its own reads text
			return value
		}
	case reflect.Slice:
		return "[" + quoted(strings.Split(value, "+")) + "]"
	}
	return fmt.Sprintf("%q", value)
}

// toml is the answer as a section of the configuration.
func (a *answer) toml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kind = %q\n", a.kind)
	for _, name := range slices.Sorted(maps.Keys(a.settings)) {
		fmt.Fprintf(&b, "%s = %s\n", name, a.settings[name])
	}
	return b.String()
}

// tryOut opens what the answer describes, the way the configuration will.
func tryOut[T any](a *answer, kinds map[string]kind[T]) error {
	f := family(kinds)
	if err := settings.Parse([]byte("[panic.panic]\n"+a.toml()), settings.Sections{"panic": f}); err != nil {
		return err
	}
	_, _, err := member("panic", "panic", kinds, f)
	return err
}

// askSecrets asks, unseen, for the secrets that the answer leaves out and that
// were missed in these words. Who has none presses Enter.
func (p *Program) askSecrets(ctx context.Context, a *answer, missed string, keep secretFiles) (asked bool, err error) {
	words := strings.FieldsFunc(missed, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
	for _, f := range reflect.VisibleFields(a.shape) {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if f.Type != reflect.TypeFor[secret.Text]() || a.settings[name] != "" || !slices.Contains(words, name) {
			continue
		}
		value, err := p.askUnseen(ctx, fmt.Sprintf("  %s of %s (not shown; Enter for none)", name, a.kind))
		if err != nil {
			return asked, err
		}
		if value == "" {
			continue
		}
		file, err := keep.keep(a.kind+"-"+name, value)
		if err != nil {
			return asked, err
		}
		a.settings[name], asked = fmt.Sprintf("%q", "file:"+file), true
	}
	return asked, nil
}

// askUnseen reads a line that a terminal does not show.
func (p *Program) askUnseen(ctx context.Context, question string) (string, error) {
	file, ok := p.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return p.ask(ctx, question)
	}
	before, err := term.GetState(int(file.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprintf(p.Stderr, "%s ", question)
	value, err := spoken(ctx, func(byte) (string, error) {
		value, err := term.ReadPassword(int(file.Fd()))
		return string(value), err
	})
	fmt.Fprintln(p.Stderr)
	return strings.TrimSpace(value), errors.Join(err, term.Restore(int(file.Fd()), before)) // it shows what is typed again
}

func (s secretFiles) keep(name, value string) (string, error) {
	dir, err := filepath.Abs(s.dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	file := filepath.Join(dir, name)
	if err == nil {
		err = os.WriteFile(file, []byte(value+"\n"), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("keep a secret: %w", err)
	}
	return file, nil
}
