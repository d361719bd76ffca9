package serve

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"buzzproof/internal/line"
	"buzzproof/internal/site"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func TestWhoIsServedAsWhat(t *testing.T) {
	tests := []struct {
		name, agent string
		want        site.Class
	}{
		{"a browser", firefox, site.Person},
		{"one who says nothing", "", site.Person},
		{"a tool", "curl/8.5.0", site.Person},
		{"a program", "Go-http-client/2.0", site.Person},
		{"a preview", "Mastodon/4.3.1 (http.rb/5.2.0; +https://example.social/)", site.Preview},
		{"a search engine", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", site.Search},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{"User-Agent": {test.agent}}}
			if got := classOf(r); got != test.want {
				t.Errorf("%q is served as %v, want %v", test.agent, got, test.want)
			}
		})
	}
}

// A line that was told to be slow, with a page that weighs what it weighs, has
// the ladder down after a crowd of one second.
func TestACrowdGetsLighterPagesWhateverItCallsItself(t *testing.T) {
	for _, agent := range []string{firefox, "", "Go-http-client/1.1", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"} {
		t.Run(agent, func(t *testing.T) {
			s := New(siteOf(t, t.TempDir(), testManifest(), testFiles, &missing), Config{Log: quiet, Line: line.New(line.Config{Rate: 20_000})})
			t.Cleanup(s.Close)
			for range 500 {
				ask(t, s, http.MethodGet, "/post/", "User-Agent: "+agent)
			}
			if got := s.Status(); got.Rung < site.Lite || got.Visits < 10 {
				t.Errorf("after 500 visits the ladder is at %v, with %.1f visits a second", got.Rung, got.Visits)
			}
		})
	}
}

func TestWhoeverHasTheFullPageIsToldSo(t *testing.T) {
	s := New(siteOf(t, t.TempDir(), testManifest(), testFiles, &missing), Config{Log: quiet, Line: line.New(line.Config{Rate: 20_000})})
	t.Cleanup(s.Close)
	tag := ask(t, s, http.MethodGet, "/post/?full").Header.Get("Etag")
	for range 500 {
		ask(t, s, http.MethodGet, "/post/")
	}
	if got := ask(t, s, http.MethodGet, "/post/", "If-None-Match: "+tag); got.StatusCode != http.StatusNotModified {
		t.Errorf("status %d, want 304: it costs less than any rendition", got.StatusCode)
	}
}

func TestStragglersGetTheLitePageWhileTheSiteIsAway(t *testing.T) {
	s := lightened(t)
	for _, c := range []struct {
		name, path string
		sparing    int
		want       string
	}{
		{"at home", "/post/", 0, "full"},
		{"away", "/post/", 100, "lite"},
		{"away, and somebody wants it all", "/post/?full", 100, "full"},
		{"home again", "/post/", 0, "full"},
	} {
		s.Spare(c.sparing)
		if got := ask(t, s, http.MethodGet, c.path, "User-Agent: "+firefox).Header.Get(rungHeader); got != c.want {
			t.Errorf("%s: %s is sent as %q, want %q", c.name, c.path, got, c.want)
		}
	}
}

func TestPeopleAreSentElsewhereWhileTheSiteIsAway(t *testing.T) {
	s := lightened(t)
	s.Elsewhere("https://refuge.example")
	for _, c := range []struct{ name, method, path, agent, want string }{
		{"a page", http.MethodGet, "/post/?a=1", firefox, "https://refuge.example/post/?a=1"},
		{"a path that looks like a host", http.MethodGet, "//evil.example/", firefox, "https://refuge.example/"},
		{"its head", http.MethodHead, "/post/", firefox, "https://refuge.example/post/"},
		{"somebody who wants it all from here", http.MethodGet, "/post/?full", firefox, ""},
		{"a picture of a page that was sent before", http.MethodGet, "/a.png", firefox, ""},
		{"a preview", http.MethodGet, "/post/", "facebookexternalhit/1.1", ""},
		{"a search engine", http.MethodGet, "/post/", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", ""},
	} {
		answer := ask(t, s, c.method, c.path, "User-Agent: "+c.agent)
		if got := answer.Header.Get("Location"); c.want != "" && (got != c.want || answer.StatusCode != http.StatusFound || answer.Header.Get("Cache-Control") != "no-store") ||
			c.want == "" && strings.HasPrefix(got, "https://refuge.example") {
			t.Errorf("%s: %d to %q, want %q", c.name, answer.StatusCode, got, c.want)
		}
	}
	s.Elsewhere("")
	if got := ask(t, s, http.MethodGet, "/post/", "User-Agent: "+firefox); got.StatusCode != http.StatusOK {
		t.Errorf("home again: %d", got.StatusCode)
	}
}

func TestThoseWhoComeHomeGetFullPagesByAndBy(t *testing.T) {
	s := testServer(t)
	spared := map[int]int{}
	for visitor := range 1000 {
		was := true
		for _, percent := range []int{100, 60, 20, 0} {
			s.Spare(percent)
			is := s.spares(&http.Request{RemoteAddr: fmt.Sprintf("192.0.%d.%d:1", visitor/256, visitor%256)})
			if is && !was {
				t.Fatalf("visitor %d had the full page and gets the lite one at %d", visitor, percent)
			}
			if was = is; is {
				spared[percent]++
			}
		}
	}
	for percent, want := range map[int][2]int{100: {1000, 1000}, 60: {500, 700}, 20: {120, 280}, 0: {0, 0}} {
		if got := spared[percent]; got < want[0] || got > want[1] {
			t.Errorf("%d of 1,000 are spared at %d of a hundred", got, percent)
		}
	}
}

func TestTheOwnerMayForceARung(t *testing.T) {
	for name, config := range map[string]Config{
		"without a line":          {Log: quiet},
		"with a line":             {Log: quiet, Line: line.New(line.Config{Rate: 1e9})},
		"with one that is strait": {Log: quiet, Line: line.New(line.Config{Rate: 2000})},
	} {
		t.Run(name, func(t *testing.T) {
			s := lightenedBy(t, config)
			s.Force(site.Lite)
			if got := ask(t, s, http.MethodGet, "/post/").Header.Get(rungHeader); got != "lite" {
				t.Errorf("the page is sent as %q", got)
			}
			if got := ask(t, s, http.MethodGet, "/post/?full").Header.Get(rungHeader); got == "lite" {
				t.Error("who asks for the full page gets another")
			}
			if got := ask(t, s, http.MethodGet, "/post/", "User-Agent: Mastodon/4.3.1 (http.rb/5.2.0; +https://example.social/)").Header.Get(rungHeader); got == "lite" {
				t.Error("a preview gets a page for people")
			}
			if r, forced := s.Forced(); !forced || r != site.Lite {
				t.Errorf("forced to %v, %v", r, forced)
			}
			s.Release()
			if got := ask(t, s, http.MethodGet, "/post/").Header.Get(rungHeader); name != "with one that is strait" && got != "full" {
				t.Errorf("let go, the page is sent as %q", got)
			}
		})
	}
}
