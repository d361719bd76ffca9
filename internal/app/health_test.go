package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dashboard"
)

// A disk fills for hours before a line through it tells anything, so what health
// says comes from the screen of an up that has looked all the while.
func TestHealthSaysWhenADiskWillBeFull(t *testing.T) {
	full := time.Now().Add(72 * time.Hour)
	screen := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/state" || r.Header.Get("Authorization") != "Bearer key of the screen" {
			t.Errorf("%s with %q", r.URL.Path, r.Header.Get("Authorization"))
		}
		_ = json.NewEncoder(w).Encode(dashboard.State{Details: &dashboard.Lists{Checks: []dashboard.Check{{Name: "room", Full: full}, {Name: "gone", Full: full}}}})
	}))
	defer screen.Close()
	state := t.TempDir()
	here, err := json.Marshal(place{URL: screen.URL + "/", Key: "key of the screen"})
	if err != nil {
		t.Fatal(err)
	}
	config, placed := filepath.Join(state, "c.toml"), filepath.Join(state, "sites", "blog.example.org", placeFile)
	if err := os.MkdirAll(filepath.Dir(placed), 0o700); err != nil {
		t.Fatal(err)
	}
	checks := []byte("[check.room]\nkind = \"disk\"\npath = \".\"\nmost = 100\n[check.here]\nkind = \"file\"\npath = \"health_test.go\"\n")
	if err := errors.Join(os.WriteFile(placed, here, 0o600), os.WriteFile(config, checks, 0o600)); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	p := &Program{Args: []string{"-c", config, "health", "--state", state}, Stdout: &out, Stderr: &said}
	if status := p.Run(t.Context()); status != 0 {
		t.Fatalf("status %d: %s", status, said.String())
	}
	if n := strings.Count(out.String(), "full in 3 days"); n != 1 {
		t.Errorf("the forecast is said %d times:\n%s", n, out.String())
	}
}
