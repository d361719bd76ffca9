package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const pagesFolder = "testdata/pages"

// A truth is what is known of a saved page: see README.md for its file.
type truth struct {
	name string // of the page, without ".html"
	page string

	head         map[string]string // title, author, date, lang, dir, kind, comments
	sentences    []string          // of the text, in order
	boilerplate  []string          // sentences that do not belong to the text
	alternatives []string          // what pictures of the text say of themselves
	anchors      []string          // ids that people may have linked to
	items        []string          // titles of a list, in order
}

func (k truth) isList() bool { return k.head["kind"] == "list" }

// readTruths returns the saved pages with what is known of them.
func readTruths(t testing.TB) []truth {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pagesFolder, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	var all []truth
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(file, ".html")
		known, err := os.ReadFile(name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		k := truth{name: filepath.Base(name), page: string(page), head: map[string]string{}}
		k.parse(t, string(known))
		all = append(all, k)
	}
	return all
}

func (k *truth) parse(t testing.TB, known string) {
	t.Helper()
	kinds := map[string]*[]string{
		"+": &k.sentences, "-": &k.boilerplate, "~": &k.alternatives, "#": &k.anchors, "@": &k.items,
	}
	for line := range strings.Lines(known) {
		mark, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		list := kinds[mark]
		switch {
		case ok && list != nil:
			*list = append(*list, rest)
		case ok && strings.HasSuffix(mark, ":"):
			k.head[strings.TrimSuffix(mark, ":")] = rest
		default:
			t.Fatalf("%s.txt has the line %q", k.name, line)
		}
	}
}

func TestEveryTruthIsOnItsPage(t *testing.T) {
	all := readTruths(t)
	posts, lists, sentences, size := 0, 0, 0, 0
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) { expectTrue(t, k) })
		if k.isList() {
			lists++
		} else {
			posts++
		}
		sentences += len(k.sentences)
		size += len(k.page)
	}
	t.Logf("bar: saved pages  %d posts, at least 40, and %d lists; %d sentences, %d KB", posts, lists, sentences, size/1000)
	if posts < 40 || lists < 8 {
		t.Errorf("%d posts and %d lists", posts, lists)
	}
}

func expectTrue(t *testing.T, k truth) {
	root := parsed(k.page)
	visible := strings.Join(linesOf(root, false), " ")
	everything := strings.Join(linesOf(root, true), " ")
	inOrder(t, visible, k.sentences)
	inOrder(t, visible, k.items)
	if want := k.head["title"]; want == "" || !strings.Contains(everything, normal(want)) {
		t.Errorf("the title %q is not on the page", want)
	}
	// Some authors are named in the head of the page only.
	if by := k.head["author"]; !strings.Contains(html.UnescapeString(k.page), by) {
		t.Errorf("the author %q is not on the page", by)
	}
	for _, s := range k.boilerplate {
		if !strings.Contains(everything, normal(s)) {
			t.Errorf("%q is not on the page", s)
		}
		if slices.ContainsFunc(k.sentences, func(p string) bool { return strings.Contains(normal(p), normal(s)) }) {
			t.Errorf("%q is a sentence of the text and boilerplate", s)
		}
	}
	ids := idsOf(root)
	for _, id := range k.anchors {
		if !ids[id] {
			t.Errorf("no element has the id %q", id)
		}
	}
	if lang, _ := rootAttr(root, "lang"); lang != k.head["lang"] {
		t.Errorf("the page says it is in %q, its truth %q", lang, k.head["lang"])
	}
	if k.isList() != (len(k.items) > 0) || k.isList() == (len(k.sentences) > 0) {
		t.Errorf("a %s with %d items and %d sentences", k.head["kind"], len(k.items), len(k.sentences))
	}
}

// idsOf returns what a link into a page can name.
func idsOf(root *html.Node) map[string]bool {
	ids := map[string]bool{}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "id" || n.Data == "a" && a.Key == "name" {
				ids[a.Val] = true
			}
		}
	}
	return ids
}

// rootAttr returns an attribute of the html element.
func rootAttr(root *html.Node, key string) (string, bool) {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "html" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val, true
			}
		}
		break
	}
	return "", false
}
