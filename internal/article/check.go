package article

import (
	"fmt"

	"golang.org/x/net/html/atom"
)

// readable reports whether a reader would call a block text of the page,
// wherever it stands: not struck, not in the template, no menu and no label.
func (r *reader) readable(b *block) bool {
	if r.gone(b) || b.linked*2 >= b.words || r.title >= 0 && r.inside(b.at, r.title) {
		return false
	}
	if b.prose() {
		return true
	}
	switch r.tag(b.owner) {
	case atom.Pre, atom.Code, atom.Td, atom.Th, atom.Dd, atom.Dt, atom.Figcaption, atom.Blockquote, atom.P:
		return true
	case atom.Li:
		return b.words >= 4
	}
	return r.above(b.owner, func(i int) bool { return r.tag(i) == atom.Pre }) >= 0
}

// A measure says how a selection fits what can be read.
type measure struct {
	readable, kept int
	longest        string // the longest text left out
	length         int
}

// measure compares the blocks for which keeps holds with what can be read.
func (r *reader) measure(keeps []bool) measure {
	var m measure
	for k := range r.blocks {
		b := &r.blocks[k]
		if !r.readable(b) {
			continue
		}
		m.readable += b.words
		if keeps[k] {
			m.kept += b.words
		} else if b.words > m.length {
			m.length, m.longest = b.words, b.text
		}
	}
	return m
}

// fits allows for what themes say in sentences without a name to know them
// by: 30 words, or a tenth; where the page itself says what its text is, 40
// or a quarter.
func (m measure) fits(sure bool) bool {
	lost := m.readable - m.kept
	if m.kept == 0 && m.readable > 0 {
		return false
	}
	if sure {
		return lost <= max(40, m.readable/4)
	}
	return lost <= max(30, m.readable/10)
}

func (m measure) why() string {
	return fmt.Sprintf("kept %d of %d words; the longest text left out begins with %q", m.kept, m.readable, short(m.longest, 80))
}

// tooMuch says why a text that is only guessed may hold a column beside it: a
// second reading finds the text in one part of it, and a part of another make
// has a heading and a third as many words. Parts of one make are chapters.
func (r *reader) tooMuch(core int) string {
	text := r.secondOpinion()
	if text < 0 || text == core || !r.inside(text, core) || r.title < 0 || !r.inside(r.title, core) {
		return ""
	}
	own := r.readableWords(text)
	for i := text; i != core; i = r.spots[i].up {
		up := r.spots[i].up
		for k := up + 1; k < r.spots[up].end; k = r.spots[k].end {
			n := r.spots[k].n
			if k == i || !holdsText[r.tag(k)] || r.inside(r.title, k) || r.tag(k) == r.tag(i) && attr(n, "class") == attr(r.spots[i].n, "class") && r.tag(k) != atom.Td {
				continue
			}
			if beside := r.readableWords(k); beside >= 30 && 3*beside >= own && r.heads(k) {
				return fmt.Sprintf("kept %d words where a second reading finds %d; what stands beside them begins with %q", own+beside, own, short(r.text(k), 80))
			}
		}
	}
	return ""
}

// readableWords counts what a reader would read below spot i.
func (r *reader) readableWords(i int) int {
	all := 0
	for k, to := r.within(i); k < to; k++ {
		if b := &r.blocks[k]; r.readable(b) {
			all += b.words
		}
	}
	return all
}

// heads reports whether the text below spot i begins with a heading.
func (r *reader) heads(i int) bool {
	from, to := r.within(i)
	return from < to && heading[r.tag(r.blocks[from].owner)]
}

// doubt says why a text may be the wrong one: what was taken out for its name
// alone is longer, and a second reading finds the text there.
func (r *reader) doubt(c choice) string {
	struck := r.mistakable(0)
	if struck < 100 || struck < c.kept {
		return ""
	}
	text := r.secondOpinion()
	if text < 0 || 2*r.mistakable(text) < r.proseIn(text) {
		return ""
	}
	return fmt.Sprintf("kept %d words where a second reading finds other %d, which begin with %q", c.kept, r.proseIn(text), short(r.text(text), 80))
}

// mistakable counts the words of prose below spot i that were taken out for a
// name that may err.
func (r *reader) mistakable(i int) int {
	all := 0
	for k, to := r.within(i); k < to; k++ {
		b := &r.blocks[k]
		if b.prose() && !r.t.repeats(b.text) && r.above(b.at, func(i int) bool {
			return r.spots[i].out && r.spots[i].mark&(byName|answers) == byName
		}) >= 0 {
			all += b.words
		}
	}
	return all
}

// misses says why a text may be too little: the page tells machines that it
// has more than twice as many words (schema.org/articleBody), as pages do
// whose text a script draws.
func (h *head) misses(kept int) string {
	if h.length < 2*kept+40 {
		return ""
	}
	return fmt.Sprintf("kept %d words where the page says that it has %d", kept, h.length)
}
