package integration

import (
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"buzzproof/internal/sample"
)

// through returns the address of a site behind a till: what passes there is
// counted, and not looked at.
func through(t *testing.T, l *till, site string) string {
	t.Helper()
	at, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	host := at.Host
	go func() {
		for {
			visitor, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go pass(visitor, host)
		}
	}()
	t.Cleanup(func() { l.Close() })
	at.Host = l.Addr().String()
	return at.String()
}

func pass(visitor net.Conn, host string) {
	defer visitor.Close()
	server, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, visitor)
		server.Close()
	}()
	_, _ = io.Copy(visitor, server)
}

const frozenPost = "/my-resume-in-an-operating-system/"

func TestCheckForeseesWhatTheCopyWillCost(t *testing.T) {
	browser := openTrusting(t)
	s := newStage(t)
	blog := httptest.NewServer(sample.New(sample.Options{}))
	t.Cleanup(blog.Close)
	dir := s.subfolder(t, "copy")
	freezeOnly := freezing(t, &origin{URL: blog.URL}, dir, blog.URL, "--include", frozenPost)
	freezeOnly.Env = append(os.Environ(), noEncoders)
	if out, err := freezeOnly.CombinedOutput(); err != nil && !strings.Contains(string(out), "incomplete") {
		t.Fatalf("freeze: %v\n%s", err, out)
	}
	site := upAt(t, s, dir, "127.0.0.1:0", "--tls", "internal", "--state", s.subfolder(t, "state"))
	l := newTill(t)
	page := through(t, l, site) + frozenPost
	compareCost(t, browser, l, page)
	foreseen := checkCost(t, page)
	for _, rung := range foreseen.Rungs[1:] {
		if !rung.Made {
			t.Errorf("%s was not made", rung.Name)
			continue
		}
		served := checkCost(t, page+"?"+rung.Name)
		// What goes from the handshake when the line is full is still there.
		want := served.Bytes.Sum - 1088 - served.Handshake.Tickets
		t.Logf("bar: rung  %s foreseen with %d bytes, served with %d without the post-quantum share and tickets", rung.Name, rung.Bytes, want)
		if off(rung.Bytes, want) > 0.05 {
			t.Errorf("%s is foreseen with %d bytes and served with %d", rung.Name, rung.Bytes, want)
		}
	}
}

func TestCheckOfAWordPressCountsWhatChromiumLoads(t *testing.T) {
	site := smallWordPress(t)
	browser := openTrusting(t)
	posts := inSitemap(t, site, "/wp-sitemap-posts-post-1.xml")
	for _, uri := range append([]string{"/"}, posts[0]) {
		t.Run(uri, func(t *testing.T) {
			address := strings.TrimSuffix(site.URL, "/") + uri
			r := checkCost(t, address)
			v := visitPage(t, browser, address, 1366, 768)
			_, files := v.total()
			ours := r.Bytes.Sum - r.Bytes.Network - r.Bytes.TLS + r.Lazy
			t.Logf("bar: check  WordPress %s  %d bytes in files, Chromium got %d (%.1f %% off)", uri, ours, files, 100*off(ours, files))
			expectSameFiles(t, r, v, []string{"/favicon.ico", "/w-logo"}, "/wp-emoji-release") // that one where letters lack emoji
			if off(ours, files) > 0.05 {
				t.Errorf("check says %d bytes: %+v and %d later; Chromium got %s", ours, r.Bytes, r.Lazy, v)
			}
		})
	}
}
