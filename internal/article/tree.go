package article

import (
	"sort"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A spot is an element or a text that a reader can see, in document order.
// Spots are kept in a slice: what lies below spot i is i+1 up to end, so that
// nothing has to recurse.
type spot struct {
	n    *html.Node
	up   int // the parent's spot; -1 for the first
	end  int // one past the last spot below
	mark mark
	out  bool // not part of the text
}

// A block is a run of text that stands by itself, such as a paragraph.
type block struct {
	at     int // spot of its first text
	owner  int // spot of the element it stands in
	text   string
	words  int
	linked int  // words within links
	away   bool // boilerplate, wherever the article may be
}

// prose tells sentences from labels and menus.
func (b *block) prose() bool {
	return b.linked*2 < b.words && (b.words >= 12 || b.words >= 3 && sentence(b.text))
}

// A tree is the visible part of a page.
type tree struct {
	spots  []spot
	blocks []block
	sum    []int  // sum[k] is the count of words in the first k blocks
	links  []int  // likewise of linked words
	spilt  string // address of a link that was never closed
}

// mostSpots bounds what is looked at: 2 million spots are 100 MB, and a page
// that a person reads has a few thousand.
const mostSpots = 2_000_000

// grow reads the visible part of a page.
func grow(doc *html.Node) *tree {
	g := grower{tree: &tree{}, open: -1, by: map[string]*linkedBlocks{}}
	n := doc
	up := -1
	for n != nil {
		i := g.enter(n, up)
		if i >= 0 && n.FirstChild != nil && n.DataAtom != atom.Noscript && n.DataAtom != atom.Iframe {
			up = i
			n = n.FirstChild
			continue
		}
		for n != nil && n.NextSibling == nil {
			n = n.Parent
			if n == nil || n == doc || up < 0 {
				n = nil
				break
			}
			g.leave(up)
			up = g.spots[up].up
		}
		if n == nil || n == doc {
			break
		}
		n = n.NextSibling
	}
	g.finish()
	return g.tree
}

type grower struct {
	*tree
	open  int // block that text is added to; -1 for none
	texts strings.Builder
	by    map[string]*linkedBlocks // by address
}

// enter adds a node and returns its spot, or -1 if nobody sees it.
func (g *grower) enter(n *html.Node, up int) int {
	if n.Type == html.CommentNode || n.Type == html.DoctypeNode || len(g.spots) >= mostSpots || unseen(n) {
		return -1
	}
	i := len(g.spots)
	g.spots = append(g.spots, spot{n: n, up: up, end: i + 1})
	if n.Type == html.TextNode {
		g.text(i)
		return i
	}
	if n.Type == html.ElementNode {
		g.spots[i].mark = markOf(n)
		if !flows(n) {
			g.close()
		} else if n.DataAtom == atom.Br && g.open >= 0 {
			g.texts.WriteByte(' ')
		}
	}
	return i
}

func (g *grower) leave(i int) {
	if n := g.spots[i].n; n.Type == html.ElementNode && !flows(n) {
		g.close()
	}
}

// flows reports whether an element stands within a run of text, as formulas
// and drawings do with all they are made of.
func flows(n *html.Node) bool { return inline[n.DataAtom] || n.Namespace != "" }

func (g *grower) text(i int) {
	data := g.spots[i].n.Data
	if g.open < 0 {
		if strings.TrimSpace(data) == "" {
			return
		}
		owner := g.spots[i].up
		for owner > 0 && flows(g.spots[owner].n) {
			owner = g.spots[owner].up
		}
		g.open = len(g.blocks)
		g.blocks = append(g.blocks, block{at: i, owner: owner})
	}
	g.texts.WriteString(data)
	for up := g.spots[i].up; up > 0 && flows(g.spots[up].n); up = g.spots[up].up {
		if g.spots[up].n.DataAtom == atom.A {
			g.linked(up, words(data))
			return
		}
	}
	if up := g.wrapped(i); up >= 0 {
		g.linked(up, words(data))
	}
}

// wrapped finds the link that stands around the block of a text, as around
// cards. Few levels are looked at: cards are shallow.
func (g *grower) wrapped(i int) int {
	up := i
	for range 8 {
		if up = g.spots[up].up; up < 0 {
			return -1
		}
		if g.spots[up].n.DataAtom == atom.A {
			return up
		}
	}
	return -1
}

func (g *grower) close() {
	if g.open < 0 {
		return
	}
	b := &g.blocks[g.open]
	b.text = tidy(g.texts.String())
	b.words = words(b.text)
	b.linked = min(b.linked, b.words)
	g.texts.Reset()
	g.open = -1
}

func (g *grower) finish() {
	g.close()
	g.unlink()
	for i := len(g.spots) - 1; i > 0; i-- {
		if up := g.spots[i].up; up >= 0 {
			g.spots[up].end = max(g.spots[up].end, g.spots[i].end)
		}
	}
	g.total()
}

// total adds up the words before each block.
func (t *tree) total() {
	t.sum = make([]int, len(t.blocks)+1)
	t.links = make([]int, len(t.blocks)+1)
	for k, b := range t.blocks {
		t.sum[k+1] = t.sum[k] + b.words
		t.links[k+1] = t.links[k] + b.linked
	}
}

// within returns the blocks that begin below spot i, as from, to.
func (t *tree) within(i int) (from, to int) {
	return t.first(i), t.first(t.spots[i].end)
}

// first returns the first block that begins at or after spot i.
func (t *tree) first(i int) int {
	return sort.Search(len(t.blocks), func(k int) bool { return t.blocks[k].at >= i })
}

// words counts all words below spot i, and those in links.
func (t *tree) words(i int) (all, linked int) {
	from, to := t.within(i)
	return t.sum[to] - t.sum[from], t.links[to] - t.links[from]
}

// text returns the visible text below spot i, one space between blocks.
func (t *tree) text(i int) string {
	var texts []string
	for k := i; k < t.spots[i].end; k++ {
		if k > i && inline[t.tag(k)] && t.spots[k].mark&chrome != 0 {
			k = t.spots[k].end - 1
		} else if t.spots[k].n.Type == html.TextNode {
			texts = append(texts, t.spots[k].n.Data)
		} else if !flows(t.spots[k].n) || t.spots[k].n.DataAtom == atom.Br {
			texts = append(texts, " ")
		}
	}
	return tidy(strings.Join(texts, ""))
}

// tag returns the element's name at spot i; 0 for texts.
func (t *tree) tag(i int) atom.Atom {
	if t.spots[i].n.Type != html.ElementNode {
		return 0
	}
	return t.spots[i].n.DataAtom
}

// inside reports whether spot i is spot j or below it.
func (t *tree) inside(i, j int) bool { return i >= j && i < t.spots[j].end }

// above finds the nearest of spot i and its ancestors that fits; -1 if none.
func (t *tree) above(i int, fits func(int) bool) int {
	for ; i >= 0; i = t.spots[i].up {
		if fits(i) {
			return i
		}
	}
	return -1
}

// inline are elements that do not break a run of text.
var inline = func() map[atom.Atom]bool {
	found := map[atom.Atom]bool{}
	for name := range strings.FieldsSeq(`a abbr acronym b bdi bdo big br cite code data del dfn em font i img
		ins kbd label mark math q rb rp rt ruby s samp small span strike strong sub sup svg time tt u var wbr
		noscript picture source`) {
		found[atom.Lookup([]byte(name))] = true
	}
	delete(found, 0)
	return found
}()

// attr returns the value of an attribute, "" if it is missing.
func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// has reports whether an attribute is there, whatever its value.
func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return true
		}
	}
	return false
}
