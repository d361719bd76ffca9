package article

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// collection reads a page that is little more than links to pages of the site,
// such as an index.
func (r *reader) collection(p *Page, h *head) bool {
	for _, f := range r.finds() {
		if f.sure && r.collect(p, h, r.choose(f)) {
			return true
		}
	}
	return false
}

func (r *reader) collect(p *Page, h *head, c choice) bool {
	in := make([]bool, len(r.blocks))
	var items []Item
	inList, outside := 0, 0
	for k, kept := range r.keeps(c.pieces) {
		b := &r.blocks[k]
		if !kept {
			continue
		}
		if link := r.linkIn(b, h); link.URL != nil && len(items) < mostItems {
			in[k] = true
			inList += b.words
			items = append(items, Item{Link: link, Summary: strings.Trim(strings.Replace(b.text, link.Text, "", 1), " –—-:,")})
		} else if r.readable(b) {
			outside += b.words
		}
	}
	// A category of a wiki is one however few pages are in it.
	category := strings.Contains(h.class, " ns-14 ")
	if len(items) == 0 || !category && (len(items) < 5 || outside > inList) {
		return false
	}
	p.Kind, p.Items = List, items
	r.around(p, in)
	return true
}

// linkIn returns the link that a block of a list mostly is.
func (r *reader) linkIn(b *block, h *head) Link {
	if b.words == 0 || b.linked*2 < b.words || b.words > 30 || r.above(b.owner, func(i int) bool {
		return r.tag(i) == atom.Li || r.tag(i) == atom.Td || r.tag(i) == atom.Dd || r.tag(i) == atom.Dt
	}) < 0 {
		return Link{}
	}
	for i := b.owner; i < r.spots[b.owner].end; i++ {
		if r.tag(i) == atom.A {
			if l, ok := r.link(i, h); ok && l.URL.Host == h.base.Host && !sameDocument(l.URL, h.base) {
				return l
			}
			return Link{}
		}
	}
	return Link{}
}
