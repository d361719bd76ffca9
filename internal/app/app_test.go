package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestWhatIsSaidOfAnError(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a failure is said as it is", errors.New("read a.log: no such file"), "read a.log: no such file"},
		{"Ctrl-C alone", context.Canceled, "interrupted"},
		{"Ctrl-C in the middle of something", fmt.Errorf("read a.log: %w", context.Canceled), "interrupted: read a.log"},
		{"Ctrl-C with a word of advice", fmt.Errorf("interrupted; go on: %w", context.Canceled), "interrupted; go on"},
	} {
		if got := said(c.err); got != c.want {
			t.Errorf("%s: said %q, want %q", c.name, got, c.want)
		}
	}
}

func TestProgressStaysInOneLineOfTheTerminal(t *testing.T) {
	var screen bytes.Buffer
	p := &Program{Stderr: &screen}
	p.tell(strings.Repeat("é", 100), true, 80)
	if got, want := screen.String(), "\r\x1b[K"+strings.Repeat("é", 79); got != want {
		t.Errorf("drew %q, want %q", got, want)
	}
}

func TestALetterMeansOneThing(t *testing.T) {
	means := map[string]string{}
	root := new(Program).root()
	for _, c := range append(root.Commands(), root) {
		for _, flags := range []*pflag.FlagSet{c.LocalNonPersistentFlags(), c.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) {
				if known := means[f.Shorthand]; f.Shorthand != "" && known != "" && known != f.Name {
					t.Errorf("%s: -%s is --%s, elsewhere --%s", c.Name(), f.Shorthand, f.Name, known)
				}
				means[f.Shorthand] = f.Name
			})
		}
	}
}

// A description longer than the 80 columns of a terminal is unread.
func TestHelpFitsATerminal(t *testing.T) {
	for _, c := range new(Program).root().Commands() {
		for line := range strings.Lines(c.Long) {
			if len(line) > 81 {
				t.Errorf("%s --help has %d columns: %s", c.Name(), len(line)-1, line)
			}
		}
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if word, _ := pflag.UnquoteUsage(f); word == "string" || word == "strings" || word == "stringArray" || word == "int" || word == "float" {
				t.Errorf("%s --%s: %q says nothing of what it takes", c.Name(), f.Name, word)
			}
		})
	}
}
