package article

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// menuCell reports whether a block is the menu of a page laid out as a table:
// lines of links in a cell that stands beside the one with the title or with
// most of the words. A counter or a motto may stand below the links.
func (r *reader) menuCell(b *block) bool {
	cell := r.above(b.owner, func(i int) bool { return r.tag(i) == atom.Td })
	if cell < 0 || b.linked*4 < b.words || r.title >= 0 && r.inside(r.title, cell) || !r.linesOfLinks(b) {
		return false
	}
	row := r.spots[cell].up
	own, _ := r.words(cell)
	all, _ := r.words(max(row, 0))
	return row >= 0 && (r.title >= 0 && r.inside(r.title, row) || all > 3*own)
}

// linesOfLinks reports whether at least three lines of a block, parted by br,
// and most of them, are links.
func (r *reader) linesOfLinks(b *block) bool {
	lines, links, text, link := 0, 0, false, false
	end := func() {
		if text || link {
			lines++
		}
		if link && !text {
			links++
		}
		text, link = false, false
	}
	for i := b.at; i < r.spots[b.owner].end && inlineSpot(r.tree, i); i++ {
		switch n := r.spots[i].n; {
		case r.tag(i) == atom.Br:
			end()
		case n.Type != html.TextNode || words(n.Data) == 0:
		case r.tag(r.spots[i].up) == atom.A:
			link = true
		default:
			text = true
		}
	}
	end()
	return links >= 3 && links*3 >= lines*2
}

// imprint reports whether spot i is the address that old pages end with below
// a rule (HTML standard, 4.3.10: contact information for the whole page).
func (r *reader) imprint(i int) bool {
	if r.tag(i) != atom.Address || r.framed(i) >= 0 || !r.lastIn(i) {
		return false
	}
	before := r.spots[i].n.PrevSibling
	for before != nil && before.Type != html.ElementNode {
		before = before.PrevSibling
	}
	return before != nil && before.DataAtom == atom.Hr
}

// deadButton reports whether a block is a button that leads to a place of the
// page where no text is, such as a box to subscribe in.
func (r *reader) deadButton(b *block) bool {
	for i := b.at; i >= b.owner; i = r.spots[i].up {
		if r.tag(i) != atom.A {
			continue
		}
		n := r.spots[i].n
		class := strings.ToLower(attr(n, "class"))
		if !strings.Contains(class, "button") && !strings.Contains(class, "btn") && !strings.Contains(class, "cta") {
			return false
		}
		to, within := strings.CutPrefix(attr(n, "href"), "#")
		return within && to != "" && !r.anchored(to)
	}
	return false
}

// anchored reports whether an id lies in what may be the text.
func (r *reader) anchored(id string) bool {
	if r.ids == nil {
		r.ids = map[string]bool{}
		for i := range r.spots {
			if n := r.spots[i].n; !r.spots[i].out {
				r.ids[attr(n, "id")], r.ids[attr(n, "name")] = true, true
			}
		}
	}
	return r.ids[id]
}

// strips takes out what stands above the masthead: a line that speaks of the site, not of the page. 60
// words are three lines of it.
func (r *reader) strips() {
	mast := -1
	for i := range r.spots {
		if r.tag(i) == atom.Main || r.tag(i) == atom.Article || i == r.title {
			break
		}
		if r.tag(i) == atom.Header || attr(r.spots[i].n, "role") == "banner" {
			mast = i
			break
		}
	}
	if mast < 0 || r.framed(mast) >= 0 || r.sum[r.first(mast)] > 60 {
		return
	}
	for k := range r.first(mast) {
		if b := &r.blocks[k]; !r.gone(b) && r.framed(b.owner) < 0 {
			r.drop(b)
		}
	}
}

// shows are elements that need no words.
var shows = map[atom.Atom]bool{atom.Img: true, atom.Video: true, atom.Audio: true, atom.Iframe: true}

// dangling takes out headings that close the text from a box of their own:
// what they announce is not there. An author's stands among the paragraphs.
func (r *reader) dangling() {
	below, picture := false, len(r.spots)-1
	for picture >= 0 && (r.spots[picture].out || !shows[r.tag(picture)] || !r.pictured(picture)) {
		picture--
	}
	for k := len(r.blocks) - 1; k >= 0 && r.blocks[k].at > picture && !below; k-- {
		b := &r.blocks[k]
		if r.gone(b) {
			continue
		}
		up := r.spots[b.owner].up
		alone := up >= 0 && r.leaf(up) && r.tag(up) == atom.Div && attr(r.spots[up].n, "class") != "" && !r.hinted(up)
		below = !heading[r.tag(b.owner)] || b.owner == r.title || !alone
		if !below && b.at > r.title {
			r.cut(up)
		}
	}
}
