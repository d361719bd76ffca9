package article

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// onward takes out the entries that lead away from a post: at least two boxes
// of one make, each headed by a link to another page of the site. In the body
// of the article they are the author's. Outside of one they may have four times
// as many words as the rest, as cards below a short post have; where nothing
// says that it is the body, half as many.
func (r *reader) onward(h *head) {
	if !saysPost(h) || strings.Contains(h.class, " page ") {
		return // static pages of WordPress call themselves articles, too
	}
	entries := slices.DeleteFunc(r.entries(h), func(e leadIn) bool {
		return leadsUp(h.base, e.to.URL) // to a part of this page, such as one picture of a series
	})
	in := make([]bool, len(r.blocks))
	for _, e := range entries {
		for k, to := r.within(e.box); k < to; k++ {
			in[k] = true
		}
	}
	own := 0
	for k := range r.blocks {
		if b := &r.blocks[k]; !in[k] && r.readable(b) {
			own += b.words
		}
	}
	most := own / 2
	if r.best >= 0 && r.spots[r.best].mark&body != 0 {
		most = 4 * own
	}
	for from := 0; from < len(entries); {
		to, size := from, 0
		for ; to < len(entries) && r.oneMake(entries[from].box, entries[to].box); to++ {
			all, _ := r.words(entries[to].box)
			size += all
		}
		if to-from >= 2 && size <= most && !r.goesOn(entries[from].box, in) {
			r.cutEntries(entries[from:to])
		}
		from = max(to, from+1)
	}
	if len(entries) >= 2 {
		r.orphans() // what announced them
		r.dangling()
	}
}

// oneMake reports whether two boxes are cards of one list.
func (r *reader) oneMake(a, b int) bool {
	return !heading[r.tag(b)] && r.tag(a) == r.tag(b) && attr(r.spots[a].n, "class") == attr(r.spots[b].n, "class") &&
		(r.spots[a].up == r.spots[b].up || attr(r.spots[a].n, "class") != "")
}

func (r *reader) cutEntries(entries []leadIn) {
	for _, e := range entries {
		if !r.core(e.box) && !r.holds(e.box) && r.tag(e.box) != atom.Body {
			r.cut(e.box)
		}
	}
}

// goesOn reports whether prose of the post stands between its entries or
// behind them: then they are what it speaks of.
func (r *reader) goesOn(box int, in []bool) bool {
	for k := r.first(r.spots[box].end); k < len(r.blocks); k++ {
		if b := &r.blocks[k]; !in[k] && b.prose() && r.readable(b) {
			return true
		}
	}
	return false
}
