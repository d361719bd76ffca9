package integration

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// planted are the secrets that no output may show, in no form. Keys of ssh are
// made when a machine is, and added by plant.
var (
	plantedMu sync.Mutex
	planted   = []string{keySecret, "planted-tsig-secret", apiKey, s3Secret, encoded(apiKey), encoded(s3Secret)}
)

func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// plant adds the lines of a private key, all but its frame.
func plant(key string) {
	plantedMu.Lock()
	defer plantedMu.Unlock()
	for line := range strings.Lines(key) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "-----") {
			planted = append(planted, line)
		}
	}
}

func expectNoSecret(t testing.TB, what, text string) {
	t.Helper()
	plantedMu.Lock()
	defer plantedMu.Unlock()
	for _, s := range planted {
		if strings.Contains(text, s) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}

// A search that finds nothing must be one that could.
func TestASecretThatIsSaidIsFound(t *testing.T) {
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "home-1", "up.log"), "started with "+s3Secret)
	writeFile(t, filepath.Join(folder, "state-1", "evacuate", "journal"), encoded(apiKey))
	writeFile(t, filepath.Join(folder, "conf-1", "named.conf"), keySecret) // which has to be told
	said := &listener{TB: t}
	if read := expectNoSecretIn(said, folder); read != 2 || said.errors != 2 {
		t.Errorf("%d files were read and %d secrets found, want 2 and 2", read, said.errors)
	}
}

// A listener counts errors and does not fail.
type listener struct {
	testing.TB
	errors int
}

func (l *listener) Errorf(string, ...any) { l.errors++ }
func (l *listener) Error(...any)          { l.errors++ }

// expectNoSecretIn reads everything that was written on a stage but what tells
// servers and programs their secrets: logs, journals, notes, plans.
func expectNoSecretIn(t testing.TB, folder string) (read int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return nil // it has gone meanwhile, or is no file
		}
		within, _ := filepath.Rel(folder, name) // it is below
		if filepath.Ext(name) != ".log" && !strings.HasPrefix(within, "state-") {
			return nil
		}
		raw, err := os.ReadFile(name)
		if err == nil {
			read++
			expectNoSecret(t, within, string(raw))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return read
}
