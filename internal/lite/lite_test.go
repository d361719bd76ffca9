package lite

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"buzzproof/internal/article"
	"buzzproof/internal/site"
	"buzzproof/internal/words"
)

var update = flag.Bool("update", false, "write golden files anew")

// shelf is a site with a few files.
type shelf map[string]site.File

func (s shelf) Find(u *url.URL) (site.File, bool) {
	f, ok := s[u.Path]
	return f, ok
}

func (s shelf) Read(site.File) ([]byte, error) { return nil, os.ErrNotExist }

func parsed(t testing.TB, text string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Skip(err)
	}
	return doc
}

func address(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var shipped = sync.OnceValues(func() (words.Dictionary, error) { return words.Load("") })

// aPage is a post whose body is the given HTML.
func aPage(t testing.TB, body string) *Page {
	t.Helper()
	known, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	doc := parsed(t, "<!DOCTYPE html><html lang=en><head><title>A post</title></head><body>"+body+"</body></html>")
	said := &article.Page{
		Kind: article.Post, Title: "A post", Author: "Ann Author", Lang: "en", Site: "A site",
		Published: time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC),
		Body:      first(doc, "body"),
	}
	return &Page{
		URL: address(t, "https://blog.example/2026/a-post/"), Doc: doc, Said: said, Words: known.For("en"), Weight: 220_000,
		Files: shelf{
			"/pictures/bridge.jpg": {URL: "/pictures/bridge.jpg", Type: "image/jpeg", Size: 145_300},
			"/talk.mp3":            {URL: "/talk.mp3", Type: "audio/mpeg", Size: 3_400_000},
		},
	}
}

// textOf returns what the sanitiser makes of a body.
func textOf(t testing.TB, body string) string {
	t.Helper()
	return rendered(aPage(t, body))
}

func rendered(p *Page) string {
	text, _ := p.text()
	var b strings.Builder
	render(&b, text)
	return b.String()
}

// golden compares data with a file, or writes it with -update.
func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	file := filepath.Join("testdata", "lite", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("%s is not as before (go test -update writes it anew)", file)
	}
}

// essay is real prose of at least length words, with headings, code and lists. The
// text is kept for this: what is measured must not change with our manuals.
func essay(t testing.TB, length int) string {
	t.Helper()
	data, err := os.ReadFile("testdata/essay.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := 0; ; {
		for block := range strings.SplitSeq(string(data), "\n\n") {
			switch {
			case strings.HasPrefix(block, "#"):
				fmt.Fprintf(&b, "<h2 id=h%d>%s</h2>", b.Len(), html.EscapeString(strings.TrimLeft(block, "# ")))
			case strings.HasPrefix(block, "    "):
				fmt.Fprintf(&b, "<pre><code>%s</code></pre>", html.EscapeString(block))
			default:
				fmt.Fprintf(&b, "<p>%s</p>", html.EscapeString(block))
			}
			if n += len(strings.Fields(block)); n >= length {
				return b.String()
			}
		}
	}
}

func TestAThousandWordsFitInFourKilobytes(t *testing.T) {
	p := aPage(t, essay(t, 1000))
	data, err := p.Lite()
	if err != nil {
		t.Fatal(err)
	}
	if size := len(p.Pack(data)); size > 4096 {
		t.Errorf("a thousand words take %d bytes", size)
	}
	p = aPage(t, "")
	if data, err = p.Lite(); err != nil {
		t.Fatal(err)
	}
	if size := len(p.Pack(data)); size > 900 {
		t.Errorf("a page takes %d bytes before its first word", size)
	}
}

func TestThereIsNoLitePageOfWhatIsNotKnown(t *testing.T) {
	p := aPage(t, "A")
	p.Said.Kind = article.Unsure
	data, err := p.Lite()
	parts, err2 := p.Postcards()
	if data != nil || parts != nil || err != nil || err2 != nil {
		t.Error(data, parts, err, err2)
	}
}

func TestCommentsStayWhereTheyFit(t *testing.T) {
	p := aPage(t, "<p>A")
	talk := func(text string) article.Comment {
		return article.Comment{ID: "c" + text[:1], Author: "Bo", Published: p.Said.Published, Body: first(parsed(t, "<p>"+text), "body")}
	}
	p.Said.Comments = []article.Comment{talk("First"), talk("Second"), talk("Third")}
	p.Said.Comments[1].Depth = 1
	got := string(must(t)(p.Lite()))
	want := `<h2>Comments</h2><ul><li id=cF><b>Bo</b> <time datetime=2026-11-02>2 November 2026</time><p>First` +
		`<ul><li id=cS><b>Bo</b> <time datetime=2026-11-02>2 November 2026</time><p>Second</ul>` +
		`<li id=cT><b>Bo</b> <time datetime=2026-11-02>2 November 2026</time><p>Third</ul></main>`
	if !strings.Contains(got, want) {
		t.Errorf("comments are not in\n%s", got)
	}
	p.Said.Comments = append(p.Said.Comments, talk(noise(40_000)))
	if got = string(must(t)(p.Lite())); !strings.Contains(got, `<a href=?full#comments>4 comments on the full page</a>`) || strings.Contains(got, "Second") {
		t.Errorf("comments that do not fit are not counted in %d bytes", len(got))
	}
}

// noise is text that no packing makes smaller than about half.
func noise(n int) string {
	var b strings.Builder
	for state := uint32(1); b.Len() < n; {
		state = state*1664525 + 1013904223
		fmt.Fprintf(&b, "%x ", state)
	}
	return b.String()
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(data []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

func TestAnAccentCanBeRead(t *testing.T) {
	for _, colour := range []string{"#ffffff", "#000000", "#cc3366", "#ffff00", "#777777", "#1133aa", "red", ""} {
		for background, luminous := range map[string]float64{"white": 1, "dark": darkest} {
			text := readable(colour, luminous, map[bool]string{true: "#0055aa", false: "#88ccff"}[luminous == 1])
			n, err := strconv.ParseUint(text[1:], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			l := luminance([3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)})
			if got := (max(l, luminous) + 0.05) / (min(l, luminous) + 0.05); got < contrast {
				t.Errorf("%s became %s on %s, a contrast of %.2f", colour, text, background, got)
			}
		}
	}
}

func TestWholeDocumentsAreAsTheyWere(t *testing.T) {
	for _, name := range []string{"en", "fr", "ar", "ja", "list"} {
		t.Run(name, func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join("testdata", "lite", name+".body.html"))
			if err != nil {
				t.Fatal(err)
			}
			p := aPage(t, string(source))
			dictionary, _ := shipped()
			body := first(p.Doc, "body")
			p.Said.Title, p.Said.Lang, p.Said.Summary = value(first(body, "main"), "title"), value(first(body, "main"), "lang"), "What it is about."
			p.Said.Dir = value(first(body, "main"), "dir")
			p.Words = dictionary.For(p.Said.Lang)
			p.Said.Body = first(body, "main")
			link := func(path, text string) article.Link {
				return article.Link{Text: text, URL: address(t, "https://blog.example"+path)}
			}
			p.Said.Home, p.Said.About, p.Said.Menu = link("/", ""), link("/about", ""), []article.Link{link("/shop", "Shop")}
			p.Said.Previous, p.Said.Next = link("/older", "The one before"), link("/newer", "The one after")
			p.Said.Feeds = []article.Link{link("/feed", "")}
			if name == "list" {
				p.Said.Kind = article.List
				p.Said.Items = []article.Item{
					{Link: link("/a", "First & best"), Published: p.Said.Published, Summary: "It was a <dark> night."},
					{Link: link("/b", ""), Summary: "No title."},
				}
			}
			golden(t, name+".lite.html", must(t)(p.Lite()))
			parts, err := p.Postcards()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".postcard.html", bytes.Join(parts, []byte("\n")))
			preview, _, err := p.Preview()
			golden(t, name+".preview.html", must(t)(preview, err))
			for _, data := range append(parts, must(t)(p.Lite())) {
				if wrong := harmless(data); wrong != "" {
					t.Error(wrong)
				}
			}
		})
	}
}

func TestLinksToTheHeadingLeadToTheText(t *testing.T) {
	p := aPage(t, "<p>Some text.</p>")
	p.Doc = parsed(t, "<!DOCTYPE html><title>A post</title><h1 id=a-post>A post</h1><p>Some text.</p>")
	data, err := p.Lite()
	if err != nil || !strings.Contains(string(data), "<p id=a-post>Some text.") {
		t.Errorf("%v: %s", err, data)
	}
}
