package integration

import (
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
	planted   = []string{keySecret, apiKey, s3Secret}
)

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
