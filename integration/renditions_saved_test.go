package integration

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestALitePageSaysWhatThePageSaid(t *testing.T) {
	all, site := savedRenditions(t)
	var sizes []int
	posts, sentences, small := 0, 0, 0
	var left []string
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) {
			uri := "/" + k.name + ".html"
			lite := ask(t, site, uri, "lite")
			if unsure(t, site, uri, lite) {
				left = append(left, k.name)
				t.Errorf("its text was not found with confidence")
				return
			}
			expectSaid(t, k, lite)
			if !k.isList() {
				posts, sentences, sizes = posts+1, sentences+len(k.sentences), append(sizes, lite.size)
				if lite.size <= mostLite {
					small++
				}
			}
		})
	}
	t.Logf("bar: lite of saved pages  %d posts with %d sentences; brotli median %d bytes, nine in ten at most %d; %d %% at most %d",
		posts, sentences, percentile(sizes, 0.5), percentile(sizes, 0.9), 100*small/max(1, posts), mostLite)
	t.Logf("bar: unsure  %d of %d saved pages, at most 0: %v", len(left), len(all), left)
}

// expectSaid compares a rendition with the truth.
func expectSaid(t *testing.T, k truth, r rendition) {
	t.Helper()
	text := r.text()
	inOrder(t, text, k.sentences)
	inOrder(t, text, k.items)
	for _, s := range k.boilerplate {
		if strings.Contains(text, normal(s)) {
			t.Errorf("boilerplate in the text: %q", s)
		}
	}
	for _, a := range k.alternatives {
		if !strings.Contains(letters(text), letters(a)) {
			t.Errorf("no picture says %q", a)
		}
	}
	expectHead(t, k, r)
	ids := idsOf(r.root)
	for _, id := range k.anchors {
		if !ids[id] {
			t.Errorf("the anchor %q is gone", id)
		}
	}
}

func expectHead(t *testing.T, k truth, r rendition) {
	t.Helper()
	everything := letters(strings.Join(linesOf(r.root, true), " "))
	for _, key := range []string{"title", "author"} {
		if !strings.Contains(everything, letters(k.head[key])) {
			t.Errorf("the %s %q is gone", key, k.head[key])
		}
	}
	if want := k.head["date"]; want != "" && !hasTime(r.root, want) {
		t.Errorf("no time element says %s", want)
	}
	if lang, _ := rootAttr(r.root, "lang"); k.head["lang"] != "" && !strings.EqualFold(lang, k.head["lang"]) {
		t.Errorf("it is in %q, its page in %q", lang, k.head["lang"])
	}
	if dir, _ := rootAttr(r.root, "dir"); k.head["dir"] == "rtl" && dir != "rtl" {
		t.Errorf("it is written %q, its page from right to left", dir)
	}
}

func hasTime(root *html.Node, day string) bool {
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if n.Data == "time" && a.Key == "datetime" && strings.HasPrefix(a.Val, day) {
				return true
			}
		}
	}
	return false
}

func TestPostcardsAreSmallAndWholeTogether(t *testing.T) {
	all, site := savedRenditions(t)
	var counts, sizes []int
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) {
			parts := postcards(t, site, "/"+k.name+".html")
			for i, p := range parts {
				sizes = append(sizes, p.size)
				if p.size > mostPostcard {
					t.Errorf("part %d of %d has %d bytes, at most %d", i+1, len(parts), p.size, mostPostcard)
				}
				expectNoBoilerplate(t, k, p)
			}
			counts = append(counts, len(parts))
			if faults := acrossParts(parts, append(slices.Clone(k.sentences), k.items...)); len(faults) > 0 {
				t.Errorf("%d faults in %d parts, the first: %s", len(faults), len(parts), faults[0])
			}
		})
	}
	t.Logf("bar: postcards  %d of %d pages, at most %d parts; brotli median %d bytes, largest %d, at most %d",
		len(sizes), len(all), percentile(counts, 1), percentile(sizes, 0.5), percentile(sizes, 1), mostPostcard)
}

func expectNoBoilerplate(t *testing.T, k truth, r rendition) {
	t.Helper()
	for _, s := range k.boilerplate {
		if strings.Contains(r.text(), normal(s)) {
			t.Errorf("boilerplate in the text: %q", s)
		}
	}
}

func TestRenditionsOfSavedPagesAreValid(t *testing.T) {
	all, site := savedRenditions(t)
	documents := map[string][]byte{}
	for _, k := range all {
		uri := "/" + k.name + ".html"
		lite := ask(t, site, uri, "lite")
		if unsure(t, site, uri, lite) {
			continue // then it is the author's HTML
		}
		documents[k.name+"?lite"] = []byte(lite.page)
		for i, p := range postcards(t, site, uri) {
			documents[fmt.Sprintf("%s?postcard=%d", k.name, i+1)] = []byte(p.page)
		}
		documents[k.name+"?preview"] = []byte(ask(t, site, uri, "preview").page)
	}
	messages := validate(t, documents)
	t.Logf("bar: validator  %d documents, %d errors, at most 0", len(documents), len(messages))
	expectNone(t, "errors in HTML", messages, func(m message) string { return m.Message })
}

func TestRenditionsOfSavedPagesAreAccessible(t *testing.T) {
	need(t, "the rules of accessibility", "chromium", axeFile())
	all, site := savedRenditions(t)
	browser := openBrowser(t, savedHost, strings.TrimPrefix(site, "http://"))
	started := time.Now()
	var found []located
	judged := 0
	for i, k := range all {
		address := "http://" + savedHost + "/" + k.name + ".html"
		queries := []string{"lite"}
		if i%5 == 0 { // what a postcard says is what the lite page says
			queries = append(queries, "postcard")
		}
		for _, query := range queries {
			judged++
			for _, v := range axe(t, browser, address+"?"+query) {
				found = append(found, located{v, k.name + "?" + query})
			}
		}
	}
	t.Logf("bar: axe-core  %d lite pages and postcards, %d violations of WCAG 2.2 AA, at most 0; %.0f s",
		judged, len(found), time.Since(started).Seconds())
	expectNone(t, "violations", found, func(v located) string { return v.ID })
}

// located is a violation and the page it is on.
type located struct {
	violation
	page string
}

func (l located) String() string { return l.page + ": " + l.violation.String() }

func TestALitePageAsksForNothingElse(t *testing.T) {
	need(t, "the browser tests", "chromium")
	all, site := savedRenditions(t)
	browser := openBrowser(t, savedHost, strings.TrimPrefix(site, "http://"))
	visits := 0
	for i, k := range all {
		for _, query := range []string{"lite", "postcard"} {
			if i%8 != 0 {
				continue // pages are alike in this: some will do
			}
			visits++
			v := visitPage(t, browser, "http://"+savedHost+"/"+k.name+".html?"+query, 400, 700)
			if n, _ := v.total(); n != 1 || v.shift != 0 {
				t.Errorf("%s?%s: layout shift %v, %s: %v", k.name, query, v.shift, v, v.urls)
			}
			keep(t, fmt.Sprintf("%s-%s.png", query, k.name), v.shot)
		}
	}
	t.Logf("bar: requests  %d lite pages and postcards in Chromium, each one request and no layout shift", visits)
}

func TestALitePageCanBeReadAsText(t *testing.T) {
	all, site := savedRenditions(t)
	need(t, "the browser for text", "lynx")
	read := 0
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) {
			expectReadable(t, k, ask(t, site, "/"+k.name+".html", "lite").page)
			read++
		})
	}
	t.Logf("bar: lynx  %d lite pages read with every sentence", read)
}

// expectReadable looks for every sentence in what a browser for text shows. It
// sets text in its own way, so that letters and digits alone are compared.
func expectReadable(t *testing.T, k truth, page string) {
	t.Helper()
	var wanted []string
	for _, s := range append(slices.Clone(k.sentences), k.items...) {
		wanted = append(wanted, letters(s))
	}
	inOrder(t, letters(lynx(t, []byte(page))), wanted)
}

// mostPreviewImage is what the picture of a preview may weigh.
const mostPreviewImage = 5 * 1024

func TestPreviewsSayWhatAPageIs(t *testing.T) {
	all, site := savedRenditions(t)
	pictures, largest := 0, 0
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) {
			uri := "/" + k.name + ".html"
			preview := ask(t, site, uri, "preview")
			if got := title(preview.page); !strings.Contains(letters(got), letters(k.head["title"])) {
				t.Errorf("the title is %q, not %q", got, k.head["title"])
			}
			if !hasElement(preview.root, "meta", "property", "og:title") || !hasElement(preview.root, "link", "rel", "canonical") {
				t.Error("it lacks og:title or canonical")
			}
			image, status := tryToAsk(t, site, uri, "preview=image")
			if status != http.StatusOK {
				return // a page without a picture
			}
			pictures, largest = pictures+1, max(largest, image.size)
			if image.size > mostPreviewImage {
				t.Errorf("the picture has %d bytes, at most %d", image.size, mostPreviewImage)
			}
		})
	}
	t.Logf("bar: previews  %d pages, %d with a picture, the largest %d bytes, at most %d", len(all), pictures, largest, mostPreviewImage)
	if pictures == 0 {
		t.Error("no preview has a picture")
	}
}

func hasElement(root *html.Node, name, key, value string) bool {
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if n.Data == name && a.Key == key && a.Val == value {
				return true
			}
		}
	}
	return false
}
