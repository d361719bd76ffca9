package app

import (
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

func TestReadyURL(t *testing.T) {
	for _, c := range []struct {
		name, given string
		secure      bool
		want        string
	}{
		{"an address as it was given", "127.0.0.1:0", false, "http://127.0.0.1:4711"},
		{"a name as it was given", "localhost:0", true, "https://localhost:4711"},
		{"all addresses are this machine", "0.0.0.0:80", false, "http://localhost:4711"},
		{"all addresses of IPv6 too", "[::]:80", false, "http://localhost:4711"},
		{"no address is all of them", ":8080", false, "http://localhost:4711"},
		{"an address of IPv6 in brackets", "[::1]:0", false, "http://[::1]:4711"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readyURL(c.given, fixedListener{}, c.secure); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// fixedListener only knows its address.
type fixedListener struct{ net.Listener }

func (fixedListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 4711} }

func TestHostPort(t *testing.T) {
	for _, c := range []struct {
		name, host string
		port       int
		want       string
	}{
		{"the usual port goes unsaid", "me.example", 443, "me.example"},
		{"another does not", "me.example", 8443, "me.example:8443"},
		{"IPv6 keeps its brackets", "::1", 443, "[::1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hostPort(c.host, c.port); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     int64 // 0 for an error
	}{
		{"megabytes", "256MB", 256 << 20},
		{"in one letter", "1g", 1 << 30},
		{"with a space", "64 kB", 64 << 10},
		{"bare bytes", "4096", 4096},
		{"bytes by name", "512B", 512},
		{"nothing", "", 0},
		{"no number", "MB", 0},
		{"nothing at all", "0MB", 0},
		{"less than nothing", "-1MB", 0},
		{"more than fits", "9999999999999GB", 0},
		{"a fraction", "1.5GB", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseSize(c.in)
			if got != c.want || (err == nil) != (c.want != 0) {
				t.Errorf("got %d, %v, want %d", got, err, c.want)
			}
		})
	}
}

func TestWhatWasMadeOfAPlainFolderBeforeIsSwept(t *testing.T) {
	cache, dir := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	made := func() (names []string) {
		err := filepath.WalkDir(cache, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	long := strings.Repeat("<p>"+strings.Repeat("A paragraph of a page. ", 20), 5)
	lighten := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<title>A</title><h1>A</h1>"+long+text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := lightenOnce(t.Context(), dir, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
	lighten("before")
	before := made()
	for _, name := range before {
		if err := os.Chtimes(name, time.Time{}, time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	lighten("and after")
	if after := made(); len(before) < 4 || len(after) != len(before) {
		t.Errorf("before: %d files, after: %q", len(before), after)
	}
}

func TestAPageIsNamedByWhereItIsOnTheLivingSite(t *testing.T) {
	for public, want := range map[string]string{
		"https://e.example":       "https://e.example/blog/a?b=c",
		"https://e.example/blog/": "https://e.example/blog/a?b=c",
	} {
		s := &snapshot.Snapshot{Manifest: snapshot.Manifest{Public: public}}
		if got := publicURL(s, &snapshot.Entry{URL: "/blog/a?b=c"}); got != want {
			t.Errorf("%s: got %s, want %s", public, got, want)
		}
	}
}

func TestProxiesStandForMany(t *testing.T) {
	shared := standsForMany([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})
	for _, c := range []struct {
		name, address string
		want          bool
	}{
		{"a proxy that was named", "10.1.2.3", true},
		{"a tunnel that was not", "127.0.0.1", true},
		{"a tunnel by IPv6", "::1", true},
		{"a visitor", "198.51.100.9", false},
		{"nobody knows who", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := netip.ParseAddr(c.address) // none for nobody
			if got := shared(a); got != c.want {
				t.Errorf("stands for many: %v", got)
			}
		})
	}
}
