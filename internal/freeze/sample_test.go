package freeze

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buzzproof/internal/sample"
	"buzzproof/internal/snapshot"
)

// A sampleCase is a way to publish the sample blog.
type sampleCase struct {
	name   string
	folder string // where the origin has it, such as "/blog"
	public string // where it is published; "" for the origin's own URL
	home   string // the key of its front page in the copy
}

var sampleCases = []sampleCase{
	{"under its own URL", "", "", "/"},
	{"under a public name", "", "https://me.example/", "/"},
	{"below a folder, from a root", "", "https://me.example/blog/", "/blog/"},
	{"below a folder whose slash was forgotten", "", "https://me.example/blog", "/blog/"},
	{"at a root, from below a folder", "/blog", "https://me.example/", "/"},
	{"below another folder", "/blog", "https://me.example/a/b/", "/a/b/"},
}

// inFolder is the sample blog as a CMS in a folder of its host has it.
func inFolder(folder string) http.Handler {
	blog := sample.New(sample.Options{})
	if folder == "" {
		return blog
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == folder {
			http.Redirect(w, r, folder+"/", http.StatusMovedPermanently)
			return
		}
		answer := httptest.NewRecorder()
		http.StripPrefix(folder, blog).ServeHTTP(answer, r)
		body := answer.Body.String()
		if kind := answer.Header().Get("Content-Type"); strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.Contains(kind, "json") || strings.Contains(kind, "css") || strings.HasPrefix(kind, "text/plain") {
			body = moveBelow(body, "http://"+r.Host, folder)
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		if to := answer.Header().Get("Location"); to != "" {
			w.Header().Set("Location", moveBelow(to, "http://"+r.Host, folder))
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(body))
	})
}

// moveBelow puts a folder before every address that the blog writes from its
// root or in full.
func moveBelow(text, base, folder string) string {
	escaped, query := strings.ReplaceAll(base, "/", `\/`), url.QueryEscape(base)
	return strings.NewReplacer(
		base+"/", base+folder+"/", escaped+`\/`, escaped+strings.ReplaceAll(folder, "/", `\/`)+`\/`, query+"%2F", query+url.QueryEscape(folder)+"%2F",
		`="/`, `="`+folder+`/`, `url(/`, `url(`+folder+`/`, `url("/`, `url("`+folder+`/`, `url('/`, `url('`+folder+`/`, `, /`, `, `+folder+`/`,
		`"\/`, `"`+strings.ReplaceAll(folder, "/", `\/`)+`\/`, `": "/`, `": "`+folder+`/`, `@import "/`, `@import "`+folder+`/`,
	).Replace(text)
}

func TestSampleBlog(t *testing.T) {
	for _, c := range sampleCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOrigin(t, inFolder(c.folder))
			dir := t.TempDir()
			config := Config{}
			if c.public != "" {
				config.Public = parse(t, c.public)
			}
			r := wholeCopy(t, dir, o.URL+c.folder+"/", config)
			if r.Pages < 30 || len(r.Differs) > 0 {
				t.Errorf("%d pages, %v differ", r.Pages, r.Differs)
			}
			s := open(t, dir)
			if err := s.Verify(); err != nil {
				t.Error(err)
			}
			if got := answered(t, s, c.home); !strings.Contains(got, "</html>") {
				t.Errorf("the front page is %.80q", got)
			}
			public := strings.TrimSuffix(s.Manifest.Public, "/")
			if !strings.Contains(answered(t, s, c.home), `<link rel="canonical" href="`+public+`/"`) {
				t.Errorf("the front page's canonical does not name %s/", public)
			}
			if got := o.requests("/?p="); got != nil {
				t.Errorf("shortlinks were asked for: %v", got)
			}
			if c.public != "" {
				mentionsNothingOf(t, dir, strings.TrimPrefix(o.URL, "http://"))
			}
			again := wholeCopy(t, dir, o.URL+c.folder+"/", config)
			if again.ID != r.ID || again.Changed {
				t.Errorf("the second freeze is %.12s, changed %v; the first was %.12s", again.ID, again.Changed, r.ID)
			}
		})
	}
}

// mentionsNothingOf fails for every file of the copy that holds the text.
func mentionsNothingOf(t *testing.T, dir, text string) {
	t.Helper()
	spellings := []string{text, strings.ReplaceAll(text, ":", "%3A")}
	tree, err := filepath.EvalSymlinks(filepath.Join(dir, "current"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Dir(tree), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(name, "/origin/") {
			return err
		}
		raw, err := os.ReadFile(name)
		for _, spelling := range spellings {
			if at := strings.Index(string(raw), spelling); at >= 0 {
				t.Errorf("%s names the origin: …%s…", name, raw[max(0, at-60):min(len(raw), at+60)])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSampleBlogInDetail(t *testing.T) {
	o := newOrigin(t, sample.New(sample.Options{}))
	dir := t.TempDir()
	r := wholeCopy(t, dir, o.URL+"/", Config{Public: parse(t, "https://me.example/")})
	s := open(t, dir)
	var shortlinks []string
	for _, redirect := range s.Manifest.Redirects {
		if strings.HasPrefix(redirect.From, "/?p=") {
			shortlinks = append(shortlinks, redirect.From)
		}
	}
	if len(shortlinks) < 15 {
		t.Errorf("%d shortlinks became redirects, want one for each post: %v", len(shortlinks), shortlinks)
	}
	for _, class := range []string{wasteActs, wasteAdmin, wasteReply, wasteEndless} {
		if leftOf(r, class) == 0 {
			t.Errorf("nothing was counted as left out as %s: %v", class, r.LeftOut)
		}
	}
	if s.Manifest.NotFound == nil {
		t.Error("the page for missing addresses was not kept")
	}
	if !slices.ContainsFunc(r.Forms, func(f snapshot.Form) bool { return f.Search }) || !slices.ContainsFunc(r.Forms, func(f snapshot.Form) bool { return f.Method == "POST" }) {
		t.Errorf("want a search box and a form among %v", r.Forms)
	}
	for _, redirect := range [][2]string{{"/old/about.html", "301 /about/"}, {"/about", "301 /about/"}} {
		if got := answered(t, s, redirect[0]); got != redirect[1] {
			t.Errorf("%s answers %q, want %q", redirect[0], got, redirect[1])
		}
	}
	if n := len(o.requests("/calendar/")); n > 150 {
		t.Errorf("the endless calendar was asked for %d times", n)
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(o.requests(""))))); n+12 < len(o.requests("")) {
		t.Errorf("%d requests for %d addresses", len(o.requests("")), n)
	}
}

// TestEverySampleAddressIsKept asks the copy for what the sitemaps, the feeds
// and the walk of a browser would ask for.
func TestEverySampleAddressIsKept(t *testing.T) {
	o := newOrigin(t, sample.New(sample.Options{}))
	dir := t.TempDir()
	wholeCopy(t, dir, o.URL+"/", Config{})
	s := open(t, dir)
	kinds := map[string]int{}
	for _, address := range slices.Compact(slices.Sorted(slices.Values(o.requests("")))) {
		resp, err := o.Client().Get(o.URL + address)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		a := s.Find(keyOf(t, address))
		for range 3 {
			if a.To == "" {
				break
			}
			a = s.Find(strings.TrimPrefix(a.To, o.URL))
		}
		if resp.StatusCode != a.Status {
			t.Errorf("%s answers %d, the origin %d", address, a.Status, resp.StatusCode)
			continue
		}
		if a.Entry != nil && a.Status == http.StatusOK {
			kinds[mediaType(a.Entry.Type)]++
			if got, want := mediaType(a.Entry.Type), mediaType(resp.Header.Get("Content-Type")); got != want {
				t.Errorf("%s is %s, the origin sends %s", address, got, want)
			}
		}
	}
	for _, kind := range []string{"text/html", "text/css", "image/png", "image/svg+xml", "font/ttf", "application/gzip", "application/manifest+json"} {
		if kinds[kind] == 0 {
			t.Errorf("no address of type %s was kept: %v", kind, kinds)
		}
	}
}

func keyOf(t *testing.T, address string) string {
	t.Helper()
	s := newScope(parse(t, "http://x.example/"), nil, nil)
	key, _ := s.address(parse(t, "http://x.example"+address))
	return key
}

// The pages of a post's comments all name the short address of the post.
func TestAShortAddressLeadsToTheFirstOfThePagesThatClaimIt(t *testing.T) {
	claim := func(text string) string {
		return strings.Replace(markup(text), "<head>", `<head><link rel="shortlink" href="/?p=7">`, 1)
	}
	later := "/evening/comment-page-2/"
	for name, links := range map[string][]string{"seen first": {"/evening/", later}, "seen last": {later, "/evening/"}} {
		t.Run(name, func(t *testing.T) {
			o := newOrigin(t, pages{
				"/": markup("home", append(links, "/?p=7")...), "/evening/": claim("evening"), later: claim("what they said"),
			})
			dir := t.TempDir()
			wholeCopy(t, dir, o.URL+"/", Config{Jobs: 1})
			if got := answered(t, open(t, dir), "/?p=7"); got != "301 /evening/" {
				t.Errorf("the short address answers %q", got)
			}
		})
	}
}
