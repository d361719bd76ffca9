package secret

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASecretIsReadFromWhereItLies(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BUZZPROOF_TEST_SECRET", "from the environment")
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	for _, c := range []struct{ name, text, want, wrong string }{
		{"the environment", "env:BUZZPROOF_TEST_SECRET", "from the environment", ""},
		{"a file, without the end of its line", "file:" + file, "from a file", ""},
		{"a credential of systemd", "credential:key", "from a file", ""},
		{"a credential outside of the folder", "credential:../key", "", "no credential"},
		{"a variable that is not set", "env:BUZZPROOF_TEST_NONE", "", "has no BUZZPROOF_TEST_NONE"},
		{"a file that is not there", "file:" + file + ".no", "", "no such file"},
		{"the secret itself, by mistake", "hunter2", "", "not written here"},
		{"the secret itself, with a colon", "hunter2:abc", "", "not written here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got Text
			err := got.UnmarshalText([]byte(c.text))
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "hunter2") {
					t.Fatalf("error %v, want one with %q and without the text", err, c.wrong)
				}
				return
			}
			if err != nil || got.Reveal() != c.want {
				t.Errorf("%q, %v; want %q", got.Reveal(), err, c.want)
			}
		})
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	holder := struct {
		Key   Text
		Where *Text
	}{Of("hunter2"), &Text{"env:X", "hunter2"}}
	said := fmt.Sprintf("%v %+v %#v %s %q %x %d", holder, holder, holder, holder.Key, holder.Key, holder.Key, *holder.Where)
	data, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	said += string(data)
	for _, form := range []string{"hunter2", "68756e74657232"} {
		if strings.Contains(said, form) {
			t.Errorf("the secret is in %s", said)
		}
	}
}
