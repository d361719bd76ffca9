package guard

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"buzzproof/internal/ban"
)

func TestAScanOfALiveSiteEndsInTheTarpit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				http.NotFound(w, r)
				return
			}
			if _, err := io.Copy(w, strings.NewReader("hello")); err != nil {
				t.Error(err)
			}
		})
		site := g.Watch(pages, NewTarpit(4), func(r *http.Request) netip.Addr {
			return netip.MustParseAddrPort(r.RemoteAddr).Addr()
		})
		ask := func(from, path string) (status int, took time.Duration) {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr, r.Header["User-Agent"] = from+":4000", []string{firefox}
			w, start := httptest.NewRecorder(), time.Now()
			site.ServeHTTP(w, r)
			if w.Code == 200 && w.Body.String() != "hello" {
				t.Errorf("%s: body %q", path, w.Body)
			}
			return w.Code, time.Since(start)
		}
		for _, p := range strings.Fields("/.env /.git/config /wp-login.php /shell.php") {
			if status, took := ask("198.51.100.7", p); status != 404 || took != 0 {
				t.Errorf("%s: %d after %v", p, status, took)
			}
		}
		if status, took := ask("198.51.100.7", "/"); status != 403 || took < 10*time.Second {
			t.Errorf("after the scan: %d after %v, want 403 and a long time", status, took)
		}
		if status, took := ask("198.51.100.8", "/"); status != 200 || took != 0 {
			t.Errorf("somebody else: %d after %v", status, took)
		}
		if _, allowed := g.Allow(netip.MustParseAddr("198.51.100.7"), time.Now()); allowed {
			t.Error("the scanner is not banned")
		}
	})
}

func TestEarlyHintsAreNoAnswer(t *testing.T) {
	n := &noted{ResponseWriter: httptest.NewRecorder(), status: http.StatusOK}
	n.WriteHeader(http.StatusEarlyHints)
	if n.status != http.StatusOK {
		t.Errorf("status %d after early hints, want 200", n.status)
	}
	n.WriteHeader(http.StatusNotFound)
	if n.status != http.StatusNotFound {
		t.Errorf("status %d, want 404", n.status)
	}
}
