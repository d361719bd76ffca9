package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAMachineIsWatchedOnlyWithAKeyAndOnlyLookedAt(t *testing.T) {
	site := t.TempDir()
	if err := os.WriteFile(filepath.Join(site, "index.html"), []byte("<p>hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key, want, wrong string
		files                  int
	}{
		{"no key, no screen", "", "--watch off", "", 0},
		{"a key opens a screen that does nothing", "0123456789abcdef", "--watch fd:5 --watch-only", "", 3},
		{"a key that the server would replace is refused", "short", "", "shorter than 16", 0},
	} {
		arguments, files, err := (&imageOptions{watch: c.key}).watching(site, 1)
		if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: got %v", c.name, err)
		}
		if got := strings.Join(arguments, " "); got != c.want || len(files) != c.files {
			t.Errorf("%s: got %q and %d files", c.name, got, len(files))
		}
		for _, f := range files {
			if !f.Mode.IsDir() && (f.Mode.Perm() != 0o600 || !slices.Equal(f.Data, []byte(c.key+"\n"))) {
				t.Errorf("%s: %s has mode %v", c.name, f.Name, f.Mode)
			}
		}
	}
}
