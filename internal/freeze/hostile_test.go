package freeze

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// TestHostileAnswers puts one bad address beside a good page: whatever comes,
// the good page is kept and the bad one is reported.
func TestHostileAnswers(t *testing.T) {
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for _, c := range []struct {
		name     string
		bad      http.HandlerFunc
		missing  bool   // /bad must be reported as missing
		dead     bool   // or as not there at the origin either
		login    bool   // or as wanting a login
		answered string // what the copy then says to /bad; "" for 404
	}{
		{"a page without an end is cut off", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, strings.Repeat("<p>and on ", 1000))
			}
		}, true, false, false, ""},
		{"a file without an end is cut off", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "video/mp4")
			for r.Context().Err() == nil {
				_, _ = w.Write(make([]byte, 64<<10))
			}
		}, true, false, false, ""},
		{"a gzip bomb is cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.CopyN(z, endlessSpaces{}, 8<<20)
			_ = z.Close()
		}, true, false, false, ""},
		{"a gzip bomb in a wrapping nobody announced is cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			z := gzip.NewWriter(w)
			_, _ = io.CopyN(z, endlessSpaces{}, maxText+1)
			_ = z.Close()
		}, true, false, false, ""},
		{"a redirect to itself is a dead link", redirect("/bad"), false, true, false, "302 /bad"},
		{"two redirects in a circle are a dead link", redirect("/bad2"), false, true, false, "302 /bad2"},
		{"a chain to a foreign host is kept and not walked", redirect("/chain"), false, false, false, "302 /chain"},
		{"a body shorter than announced is missing", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, markup("short"))
		}, true, false, false, ""},
		{"a header of 10 MB is missing", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 10<<20))
		}, true, false, false, ""},
		{"a connection that is cut is missing", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true, false, false, ""},
		{"a page that always fails is missing", status(500), true, false, false, ""},
		{"a page that is always busy is missing", status(503), true, false, false, ""},
		{"a page that is gone is dead", status(410), false, true, false, ""},
		{"a page behind a login is told apart", status(401), false, false, true, ""},
		{"a redirect without a target is dead", status(302), false, true, false, ""},
		{"a redirect to nonsense is dead", redirect("http://[::1:80%zz/"), false, true, false, ""},
		{"a redirect into another program is not followed", redirect("javascript:alert(1)"), false, true, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			foreign := newOrigin(t, pages{"/": markup("foreign")})
			site := pages{"/": markup("home", "/bad", "/good"), "/good": markup("good")}
			o := newOrigin(t, site.with(map[string]http.HandlerFunc{
				"/bad": c.bad, "/bad2": redirect("/bad"), "/chain": redirect(foreign.URL + "/"),
			}))
			dir := t.TempDir()
			r := mustCopy(t, dir, o.URL+"/", Config{MaxFile: 4 << 20})
			bad := o.URL + "/bad"
			for _, list := range []struct {
				name string
				want bool
				got  []Missing
			}{{"missing", c.missing, r.Missing}, {"dead", c.dead, r.Dead}, {"login", c.login, r.Login}} {
				if got := slices.Contains(urls(list.got), bad); got != list.want {
					t.Errorf("/bad in the list %s: %v, want %v (%v)", list.name, got, list.want, list.got)
				}
			}
			if r.Complete == c.missing {
				t.Errorf("complete is %v", r.Complete)
			}
			s := open(t, dir)
			if got := answered(t, s, "/bad"); got != c.answered && (c.answered != "" || got != "404") {
				t.Errorf("the copy says %.80q to /bad, want %q", got, c.answered)
			}
			if got := answered(t, s, "/good"); !strings.Contains(got, "good") {
				t.Errorf("the copy says %q to /good", got)
			}
			if got := foreign.requests(""); len(got) > 0 {
				t.Errorf("the foreign host was asked for %v", got)
			}
		})
	}
}

type endlessSpaces struct{}

func (endlessSpaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestBusyOriginsAreAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		times  int32
	}{
		{"too many requests, once", http.StatusTooManyRequests, 1},
		{"unavailable, twice", http.StatusServiceUnavailable, 2},
		{"broken, three times", http.StatusInternalServerError, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked atomic.Int32
			o := newOrigin(t, pages{"/": markup("home", "/busy")}.with(map[string]http.HandlerFunc{
				"/busy": func(w http.ResponseWriter, _ *http.Request) {
					if asked.Add(1) <= c.times {
						w.Header().Set("Retry-After", "0")
						w.WriteHeader(c.status)
						return
					}
					_, _ = io.WriteString(w, markup("at last"))
				},
			}))
			dir := t.TempDir()
			wholeCopy(t, dir, o.URL+"/", Config{})
			if got := asked.Load(); got != c.times+1 {
				t.Errorf("asked %d times, want %d", got, c.times+1)
			}
			if got := answered(t, open(t, dir), "/busy"); !strings.Contains(got, "at last") {
				t.Errorf("the copy says %q", got)
			}
		})
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct {
		name, contentType, meta string
		encoding                encoding.Encoding
		word, path              string
	}{
		{"windows-1251 by its header", "text/html; charset=windows-1251", "", charmap.Windows1251, "Привет", "/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"},
		{"windows-1251 by its meta", "text/html", `<meta charset="windows-1251">`, charmap.Windows1251, "Привет", "/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"},
		{"Shift_JIS by its meta", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">`, japanese.ShiftJIS, "表示", "/%E8%A1%A8%E7%A4%BA"},
		{"UTF-16 by its mark", "text/html", "", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "Grüße", "/Gr%C3%BC%C3%9Fe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := "<html><head>" + c.meta + "<title>" + c.word + "</title></head><body><a href=\"/" + c.word + "\">" + c.word + "</a></body></html>"
			encoded, err := c.encoding.NewEncoder().String(page)
			if err != nil {
				t.Fatal(err)
			}
			o := newOrigin(t, pages{c.path: markup("found")}.with(map[string]http.HandlerFunc{
				"/": func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", c.contentType)
					_, _ = io.WriteString(w, encoded)
				},
			}))
			dir := t.TempDir()
			wholeCopy(t, dir, o.URL+"/", Config{})
			s := open(t, dir)
			if got := answered(t, s, c.path); !strings.Contains(got, "found") {
				t.Errorf("the page linked to in that charset was not kept: %q", got)
			}
			kept := answered(t, s, "/")
			if decoded, err := c.encoding.NewDecoder().String(kept); err != nil || !strings.Contains(decoded, c.word) && !strings.Contains(kept, c.word) {
				t.Errorf("the page lost its text: %q", kept)
			}
		})
	}
}

func TestBrokenMarkupIsWalked(t *testing.T) {
	broken := "<html><body <p><a href='/one'>unclosed <a href=/two><table><a\nhref=\"/three\" <b></table></i><!-- <a href='/never'> --><a href=\"/four"
	o := newOrigin(t, pages{"/": broken, "/one": markup("1"), "/two": markup("2"), "/three": markup("3"), "/never": markup("0")})
	dir := t.TempDir()
	r := wholeCopy(t, dir, o.URL+"/", Config{})
	if r.Pages != 4 {
		t.Errorf("%d pages, want 4", r.Pages)
	}
	if got := o.requests("/never"); got != nil {
		t.Errorf("a link in a comment was asked for: %v", got)
	}
}

func TestNames(t *testing.T) {
	long := "/" + strings.Repeat("long", 70)
	site := pages{
		"/About": markup("upper"), "/about": markup("lower"),
		long: markup("long"), long + "x": markup("longer"),
		"/%D0%BF%D1%80%D0%B8/": markup("cyrillic"), "/%E6%97%A5%E6%9C%AC": markup("japanese"), "/caf%C3%A9%20noir": markup("space"),
		"/a%2Fb": markup("slash"), "/q?x=1&y=%3D": markup("query"), "/404.html/": markup("folder"),
		"/page": markup("page"), "/page/below": markup("below"), "/con": markup("device"), "/dot./x": markup("dot"),
	}
	var links []string
	for address := range site {
		links = append(links, address)
	}
	slices.Sort(links)
	site["/"] = markup("home", links...)
	o := newOrigin(t, site)
	dir := t.TempDir()
	r := wholeCopy(t, dir, o.URL+"/", Config{})
	if r.Pages != len(site) {
		t.Errorf("%d pages, want %d", r.Pages, len(site))
	}
	s := open(t, dir)
	for _, address := range links {
		if got := answered(t, s, address); !strings.Contains(got, "<p>") || !strings.Contains(site[address], got[strings.Index(got, "<p>"):]) {
			t.Errorf("the copy says %.60q to %s, want %.60q", got, address, site[address])
		}
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
}

func TestLinksThatActAreNeverAskedFor(t *testing.T) {
	acting := []string{
		"/logout", "/logout.php", "/user/logout/", "/?action=logout&amp;x=1", "/ucp.php?mode=logout&amp;sid=1", "/index.php?option=com_users&amp;task=user.logout",
		"/?mylogout=", "/shop/?add-to-cart=7", "/post/?_wpnonce=abc", "/x?sectok=abc", "/comments/7/delete", "/?q=user/logout", "/my-account/customer-logout/",
		"/wp-cron.php?doing_wp_cron", "/x?csrf_token=1", "/delete.php?id=3",
	}
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "secret"})
		_, _ = fmt.Fprint(w, markup("page", append(acting, "/kept/")...))
	}))
	// Nothing brings acts back, and nothing else may let them through.
	dir := t.TempDir()
	mustCopy(t, dir, o.URL+"/", Config{With: classes()})
	for _, r := range o.asked {
		for _, address := range acting {
			if r.RequestURI == strings.ReplaceAll(address, "&amp;", "&") {
				t.Errorf("asked for %s", r.RequestURI)
			}
		}
		if r.Header.Get("Cookie") != "" {
			t.Errorf("a cookie was sent back with %s", r.RequestURI)
		}
	}
	if len(o.requests("/kept/")) == 0 {
		t.Error("the link that does not act was not asked for")
	}
}
