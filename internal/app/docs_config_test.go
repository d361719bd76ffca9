package app

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"buzzproof/internal/alert"
	"buzzproof/internal/health"
)

var (
	docTOML     = regexp.MustCompile("(?s)```toml\n(.*?)```")
	secretNames = regexp.MustCompile(`"env:([A-Z_]+)"`)
	secretFiles = regexp.MustCompile(`"file:[^"]+"`)
)

// What the docs show is read as the program reads it, and opened.
func TestConfigurationsInTheDocsAreRight(t *testing.T) {
	for _, name := range []string{"alerts", "checks"} {
		page, err := os.ReadFile(filepath.Join(repo, "docs", name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		examples := docTOML.FindAllSubmatch(page, -1)
		if len(examples) == 0 {
			t.Fatalf("docs/%s.md has no example", name)
		}
		shown := map[string]bool{}
		for _, example := range examples {
			c := readExample(t, name, example[1])
			if _, err := alert.New(c.Alerts, c.Channels.Members, alert.Options{}); err != nil {
				t.Errorf("docs/%s.md: %v", name, err)
			}
			if _, err := health.New(c.Checks, c.Check.Members, health.Options{}); err != nil {
				t.Errorf("docs/%s.md: %v", name, err)
			}
			for _, m := range c.Channels.Members {
				shown[m.Kind] = true
			}
			for _, m := range c.Check.Members {
				shown[m.Kind] = true
			}
		}
		kinds := map[string]map[string]func() any{"alerts": alert.Kinds(), "checks": health.Kinds()}[name]
		for kind := range kinds {
			if !shown[kind] {
				t.Errorf("docs/%s.md shows no %s", name, kind)
			}
		}
	}
}

// readExample reads an example with secrets that are there.
func readExample(t *testing.T, page string, text []byte) *config {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("swordfish"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, found := range secretNames.FindAllSubmatch(text, -1) {
		value := "swordfish"
		if name := string(found[1]); strings.HasSuffix(name, "WEBHOOK") || strings.HasSuffix(name, "URL") {
			value = "https://hooks.example.org/swordfish"
		}
		t.Setenv(string(found[1]), value)
	}
	text = secretFiles.ReplaceAll(text, []byte(`"file:`+filepath.ToSlash(secret)+`"`))
	path := filepath.Join(dir, "buzzproof.toml")
	if err := os.WriteFile(path, bytes.TrimSpace(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Program{globals: globals{config: path}}
	c, err := p.config()
	if err != nil {
		t.Fatalf("docs/%s.md: %v", page, err)
	}
	return c
}
