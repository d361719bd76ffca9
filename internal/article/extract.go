package article

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Extract tells what a page says. at is the page's address, t what the site's
// pages have in common, or nil. doc is not changed.
func Extract(doc *html.Node, at *url.URL, t *Template) *Page {
	p := &Page{}
	if why := attr(doc, refused); why != "" {
		p.Why = why
		return p
	}
	h := readHead(doc, at)
	r := &reader{tree: grow(doc), t: t, author: h.author}
	r.countTexts()
	r.title = r.findTitle(h)
	r.count()
	h.describe(p, r)
	r.follow(p, h)
	p.Comments = r.comments(h)
	r.strike()
	r.retell()
	r.subscriptions()
	r.consents()
	r.repeated(h)
	r.patterns()
	r.bylines()
	r.orphans()
	r.strips()
	r.dangling()
	if r.list(p, h) {
		return p
	}
	r.onward(h)
	r.post(p, h)
	return p
}

// post chooses the first find that fits what can be read.
func (r *reader) post(p *Page, h *head) {
	var best choice
	var named []int // where the page says that its text is
	finds := r.finds()
	for k := 0; k < len(finds); k++ {
		f := finds[k]
		if !f.sure {
			r.edges(f.cores[0])
		}
		c := r.choose(f)
		if c.says && c.fits(f.sure) && (f.sure || r.covers(f.cores[0], named)) {
			if !f.sure && len(named) == 0 {
				p.Why = r.tooMuch(f.cores[0])
			}
			if p.Why == "" {
				p.Why = r.doubt(c)
			}
			if p.Why == "" {
				p.Why = h.misses(c.kept)
			}
			r.accept(p, c)
			return
		}
		if best.pieces == nil || c.kept > best.kept {
			best = c
		}
		if f.sure && c.says {
			named = append(named, f.cores...)
			if f.told && c.kept*5 >= c.readable*2 {
				break // the page says one thing and looks like another
			}
		}
		if k == len(finds)-1 && len(finds) < 6 && f.cores[0] >= 0 {
			if core := r.secondOpinion(); core >= 0 && core != f.cores[0] {
				finds = append(finds, find{cores: []int{core}})
			}
		}
	}
	p.Readable, p.Kept = best.readable, best.kept
	if p.Why = best.why(); !best.says {
		p.Why = "found no text on the page"
	}
}

// covers reports whether spot i holds all of others.
func (r *reader) covers(i int, others []int) bool {
	for _, k := range others {
		if !r.inside(k, i) {
			return false
		}
	}
	return true
}

// A choice is what would be kept of a page.
type choice struct {
	measure
	pieces []int
	says   bool // something is there: a word or a picture
}

func (r *reader) choose(f find) choice {
	c := choice{pieces: r.pieces(f)}
	keeps := r.keeps(c.pieces)
	c.measure = r.measure(keeps)
	for k, kept := range keeps {
		c.says = c.says || kept && r.blocks[k].words > 0
	}
	for _, i := range c.pieces {
		c.says = c.says || r.pictured(i)
	}
	return c
}

// keeps tells for every block whether it lies in one of the pieces.
func (r *reader) keeps(pieces []int) []bool {
	keeps := make([]bool, len(r.blocks))
	for _, i := range pieces {
		from, to := r.within(i)
		for k := from; k < to; k++ {
			keeps[k] = !r.spots[r.blocks[k].at].out
		}
	}
	return keeps
}

// accept makes a choice the text of a page, unless something speaks against it.
func (r *reader) accept(p *Page, c choice) {
	p.Readable, p.Kept = c.readable, c.kept
	if p.Why == "" && r.unwritten(c.pieces) > 2*max(c.kept, 50) {
		p.Why = "the text is in a script, which shows it later"
	}
	if p.Why != "" {
		return
	}
	p.Kind = Post
	p.Body = r.copyOf(c.pieces)
	r.undersigned(p)
	if p.Dir == "" {
		p.Dir = direction(r.said(c.pieces))
	}
}

// unwritten counts the words of templates in the place that is named for the
// text.
func (r *reader) unwritten(pieces []int) (words int) {
	for _, piece := range pieces {
		for i := piece; i < r.spots[piece].end; i++ {
			if r.spots[i].mark&body == 0 {
				continue
			}
			for n := r.spots[i].n.FirstChild; n != nil; n = n.NextSibling {
				if n.DataAtom == atom.Script && n.FirstChild != nil && strings.Contains(attr(n, "type"), "template") {
					words += len(strings.Fields(n.FirstChild.Data))
				}
			}
		}
	}
	return words
}

// said returns the beginning of a text.
func (r *reader) said(pieces []int) string {
	var b strings.Builder
	for k, kept := range r.keeps(pieces) {
		if kept && b.Len() < 4000 {
			b.WriteString(r.blocks[k].text)
		}
	}
	return b.String()
}

// repeated takes out what stands on many pages, unless it stands in what the
// page calls its text or its main part: an author may begin each post with the
// same words, and archives repeat the same entries. There only boxes at the
// end, which have a name or lead somewhere, are taken out.
func (r *reader) repeated(h *head) {
	if r.t == nil || saysList(h) {
		return
	}
	r.repeatedBlocks()
	for i := range r.spots {
		s := &r.spots[i]
		if s.out || s.up < 0 || r.spots[s.up].mark&(body|article|mainPart) == 0 || s.mark&(body|article|parts) != 0 || r.holds(i) || !r.lastIn(i) {
			continue
		}
		if all, linked := r.words(i); all > 0 && (attr(s.n, "class") != "" && r.tag(i) == atom.Div || linked > 0) && r.t.known(r, i) {
			r.cut(i)
		}
	}
	for k := range r.blocks {
		if b := &r.blocks[k]; b.away {
			r.drop(b)
		}
	}
}

// repeatedBlocks looks at pages that do not say what their text is. A block
// between the title and words of its own that stand beside it is text.
func (r *reader) repeatedBlocks() {
	later := map[int]bool{}
	for k := len(r.blocks) - 1; k >= 0; k-- {
		b := &r.blocks[k]
		up := r.spots[b.owner].up
		switch {
		case r.gone(b), r.title >= 0 && r.inside(b.at, r.title):
		case !r.t.repeats(b.text):
			later[up] = later[up] || r.readable(b)
		case r.framed(b.at) < 0 && !heading[r.tag(b.owner)] && !(later[up] && r.title >= 0 && b.at > r.title):
			b.away = true
		}
	}
}

// lastIn reports whether no text follows spot i in its parent.
func (r *reader) lastIn(i int) bool {
	return r.first(r.spots[i].end) == r.first(r.spots[r.spots[i].up].end)
}
