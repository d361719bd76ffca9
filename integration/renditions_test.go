package integration

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"golang.org/x/net/html"
)

// most a rendition may weigh, as brotli sends it.
const (
	mostLite     = 4096
	mostPostcard = 3072
)

// A rendition is one answer of the copy.
type rendition struct {
	page string
	size int // bytes as sent with brotli
	root *html.Node
}

// ask returns the rendition of a page that a query such as "lite" asks for.
func ask(t testing.TB, site, uri, query string) rendition {
	t.Helper()
	r, status := tryToAsk(t, site, uri, query)
	if status != http.StatusOK {
		t.Fatalf("%s as %s: status %d", uri, query, status)
	}
	return r
}

func tryToAsk(t testing.TB, site, uri, query string) (rendition, int) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, site+withQuery(uri, query), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "br")
	resp, err := patient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	sent, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read %s as %s: %v", uri, query, err)
	}
	page := sent
	if resp.Header.Get("Content-Encoding") == "br" {
		if page, err = io.ReadAll(brotli.NewReader(bytes.NewReader(sent))); err != nil {
			t.Fatalf("unpack %s as %s: %v", uri, query, err)
		}
	}
	return rendition{page: string(page), size: len(sent), root: parsed(string(page))}, resp.StatusCode
}

func withQuery(uri, query string) string {
	if strings.Contains(uri, "?") {
		return uri + "&" + query
	}
	return uri + "?" + query
}

// text returns what a visitor reads of a rendition, in one line.
func (r rendition) text() string { return strings.Join(textOf(r.page), " ") }

// unsure reports whether a page has no lite rendition of its own: what is sent
// then is the slim one.
func unsure(t *testing.T, site, uri string, lite rendition) bool {
	t.Helper()
	return ask(t, site, uri, "slim").page == lite.page
}

// postcards returns the parts of a page's postcard, each found by the link that
// the part before it has.
func postcards(t *testing.T, site, uri string) []rendition {
	t.Helper()
	const enough = 100
	parts := []rendition{ask(t, site, uri, "postcard")}
	for n := 2; n < enough; n++ {
		next := fmt.Sprintf("postcard=%d", n)
		if !leadsTo(parts[len(parts)-1].root, next) {
			break
		}
		parts = append(parts, ask(t, site, uri, next))
	}
	return parts
}

// leadsTo reports whether a page has a link whose query has a part.
func leadsTo(root *html.Node, part string) bool {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "a" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key != "href" {
				continue
			}
			_, query, _ := strings.Cut(a.Val, "?")
			query, _, _ = strings.Cut(query, "#")
			if slices.Contains(strings.Split(query, "&"), part) {
				return true
			}
		}
	}
	return false
}

// acrossParts returns the sentences that the parts of a postcard do not have in
// order. A sentence may begin in one part and end in the next.
func acrossParts(parts []rendition, sentences []string) []string {
	var texts []string
	for _, p := range parts {
		texts = append(texts, p.text())
	}
	var faults []string
	part, at := 0, 0
	for _, s := range sentences {
		s = normal(s)
		if p, i := findFrom(texts, part, at, s); p >= 0 {
			part, at = p, i+len(s)
		} else if end := cutBetween(texts, part, s); end >= 0 {
			part, at = part+1, end
		} else {
			faults = append(faults, fmt.Sprintf("%q is not in part %d or later in its order", s, part+1))
		}
	}
	return faults
}

func findFrom(texts []string, part, at int, s string) (int, int) {
	for p := part; p < len(texts); p++ {
		if i := strings.Index(texts[p][at:], s); i >= 0 {
			return p, at + i
		}
		at = 0
	}
	return -1, -1
}

// cutBetween returns where in the next part a sentence ends that begins in a
// part, and -1 if it does not.
func cutBetween(texts []string, part int, s string) int {
	if part+1 >= len(texts) {
		return -1
	}
	for i, r := range s {
		if r < 0x80 && r != ' ' || i == 0 {
			continue
		}
		end := strings.TrimSpace(s[i:])
		if j := strings.Index(texts[part+1], end); j >= 0 && strings.Contains(texts[part], strings.TrimSpace(s[:i])) {
			return j + len(end)
		}
	}
	return -1
}

// percentile returns the value that share of the values do not exceed.
func percentile(values []int, share float64) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func TestASentenceMayBeCutBetweenPostcards(t *testing.T) {
	card := func(text string) rendition { return rendition{page: "<main><p>" + text + "</main>"} }
	parts := []rendition{card("One. Two is"), card("Title, part 2. long. Three.")}
	for _, c := range []struct {
		name      string
		sentences []string
		faults    int
	}{
		{"whole sentences and one that is cut", []string{"One.", "Two is long.", "Three."}, 0},
		{"one that is nowhere", []string{"One.", "Two is short.", "Three."}, 1},
		{"out of order", []string{"Three.", "One."}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := acrossParts(parts, c.sentences); len(got) != c.faults {
				t.Errorf("faults: %q", got)
			}
		})
	}
}
