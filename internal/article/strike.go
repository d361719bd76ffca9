package article

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A reader looks through one page.
type reader struct {
	*tree
	title  int    // spot of the title's heading; -1 if there is none
	name   string // the title
	author string
	best   int             // spot of the surest text; -1 if nothing says so
	cores  []int           // count of spots before each that may hold the text, or are the title
	prose  []int           // words of prose before each block
	texts  []int           // likewise of those that hold an article by what they say
	ids    map[string]bool // of elements that may be the text; nil until asked for
	t      *Template
}

// hinted tells elements that hold the text of the page if their names are true.
func (r *reader) hinted(i int) bool {
	m := r.spots[i].mark
	return m&(body|article|mainPart) != 0 && m&(answers|entry|chrome) == 0
}

// countTexts prepares the search for the title.
func (r *reader) countTexts() {
	r.texts = make([]int, len(r.spots)+1)
	for i := range r.spots {
		r.texts[i+1] = r.texts[i]
		if r.hinted(i) && r.spots[i].mark&(body|article) != 0 {
			r.texts[i+1]++
		}
	}
}

// holds reports whether the title or the text lie within spot i, not on it.
func (r *reader) holds(i int) bool { return r.cores[r.spots[i].end] > r.cores[i+1] }

// strike takes out what is no text of an article by its own looks.
func (r *reader) strike() {
	anyHint := len(r.spots) > 0 && r.cores[len(r.spots)] > 0
	usual := r.usualClass()
	for i := range r.spots {
		s := &r.spots[i]
		if s.up >= 0 && r.spots[s.up].out {
			s.out = true
			continue
		}
		if s.n.Type != html.ElementNode || !r.foreign(i) || usual != "" && s.mark&answers == 0 && r.tag(i) == atom.P && attr(s.n, "class") == usual {
			continue
		}
		most := 2*r.proseIn(i) > r.prose[len(r.blocks)]
		s.out = i != r.title && !r.holds(i) && (!most || anyHint && s.mark&(mainPart|article|body) == 0 && r.apart(i))
	}
}

// bodyBeside reports whether something outside of spot i is named for the text
// and says or shows something.
func (r *reader) bodyBeside(i int) bool {
	for k := range r.spots {
		if k == i {
			continue
		}
		s := &r.spots[k]
		if s.mark&body == 0 || s.mark&(answers|chrome) != 0 || r.core(k) || r.inside(k, i) || r.inside(i, k) {
			continue
		}
		if all, _ := r.words(k); all > 0 || r.pictured(k) {
			return true
		}
	}
	return false
}

// usualClass returns the class that paragraphs with most of the prose have, ""
// if there is none. It says nothing of a paragraph: programs make up class
// names, and some look like words.
func (r *reader) usualClass() string {
	words := map[string]int{}
	for k := range r.blocks {
		if b := &r.blocks[k]; b.prose() && r.tag(b.owner) == atom.P {
			class := attr(r.spots[b.owner].n, "class")
			if words[class] += b.words; 2*words[class] > r.prose[len(r.blocks)] {
				return class
			}
		}
	}
	return ""
}

// apart reports whether something outside of spot i says that it holds the
// text, so that i may be struck although it has most of the words. A name that
// may err needs more: a tenth as many words outside of it, or something there
// that is named for the text.
func (r *reader) apart(i int) bool {
	if r.cores[i] == 0 && r.cores[len(r.cores)-1] == r.cores[r.spots[i].end] {
		return false
	}
	if r.spots[i].mark&byName == 0 {
		return true
	}
	outside := r.prose[len(r.blocks)] - r.proseIn(i)
	if frame := r.above(r.spots[i].up, r.hinted); frame >= 0 {
		outside = r.proseIn(frame) - r.proseIn(i)
	}
	return !r.core(i) && (10*outside >= r.proseIn(i) || r.bodyBeside(i))
}

// foreign reports whether the element at spot i is no text by its mark and the
// place where it stands.
func (r *reader) foreign(i int) bool {
	m := r.spots[i].mark
	switch {
	case m&notes != 0 && m&(chrome|answers) == 0:
		return false
	case m&doubtful != 0 && r.tag(i) != atom.Nav:
		return r.widget(i)
	case m&(chrome|answers) != 0:
		return true
	case m&siteName != 0 && i != r.title && !r.core(i):
		return true
	case m&meta != 0:
		all, _ := r.words(i)
		most := 3
		if r.core(i) {
			most = 0 // a diary may call its paragraphs dates
		}
		return all <= 60 && !r.sentenced(i, most) && !r.quoted(i)
	case m&pitch != 0:
		// Some call the text behind a wall by its name as well.
		all, _ := r.words(i)
		return all <= 60 && 4*all <= r.sum[len(r.blocks)]
	case m&header != 0:
		return r.headerForeign(i)
	case m&footer != 0:
		return r.footerForeign(i)
	case m&beside != 0:
		return r.asideForeign(i)
	}
	switch r.tag(i) {
	case atom.Address:
		return r.imprint(i)
	case atom.Button, atom.Select:
		return r.above(i, func(k int) bool { return r.tag(k) == atom.Form }) < 0
	case atom.Form:
		return !r.contactForm(i)
	}
	return false
}

// retell reads blocks again of which a part was taken out, such as a link to
// edit or to read on.
func (r *reader) retell() {
	last := -1
	for i := range r.spots {
		s := &r.spots[i]
		if !s.out || s.up < 0 || r.spots[s.up].out || !flows(s.n) {
			continue
		}
		k := r.first(s.end) - 1
		if k > last && r.inside(i, r.blocks[k].owner) {
			last = k
			r.retellBlock(&r.blocks[k])
		}
	}
	r.total()
}

func (r *reader) retellBlock(b *block) {
	var texts []string
	at := -1
	for i := b.at; i < r.spots[b.owner].end && inlineSpot(r.tree, i); i++ {
		if n := r.spots[i].n; n.Type == html.TextNode && !r.spots[i].out {
			if at < 0 {
				at = i
			}
			texts = append(texts, n.Data)
		}
	}
	if at < 0 {
		return
	}
	lost := b.words
	b.at, b.text = at, tidy(strings.Join(texts, ""))
	b.words = words(b.text)
	lost -= b.words
	b.linked = max(0, min(b.words, b.linked-lost))
}

// widget reports whether an element of a doubtful name is one to press on
// rather than to read.
func (r *reader) widget(i int) bool {
	all, linked := r.words(i)
	if linked*2 >= all || all <= 3 && !r.sentenced(i, 0) || r.slight(i) {
		return true
	}
	for k := i + 1; k < r.spots[i].end; k++ {
		if tag := r.tag(k); tag == atom.Button || tag == atom.Input || r.spots[k].mark&answers != 0 {
			return true
		}
	}
	return false
}

// sentenced reports whether more than n blocks of prose lie below a spot.
func (r *reader) sentenced(i, n int) bool {
	from, to := r.within(i)
	for k := from; k < to; k++ {
		if r.blocks[k].prose() {
			n--
		}
	}
	return n < 0
}

// core reports whether spot i lies in an element that says it is the text.
func (r *reader) core(i int) bool {
	return r.above(r.spots[i].up, func(k int) bool { return r.spots[k].mark&body != 0 }) >= 0
}

// framed finds the nearest article or main part around spot i.
func (r *reader) framed(i int) int {
	return r.above(r.spots[i].up, func(k int) bool { return r.spots[k].mark&(article|mainPart|body) != 0 })
}

func (r *reader) headerForeign(i int) bool {
	if r.quoted(i) || r.core(i) {
		return false
	}
	frame := r.framed(i)
	if frame < 0 {
		return true
	}
	// The header of a section within the text is text.
	return r.title > i && r.spots[frame].mark&article == 0
}

func (r *reader) footerForeign(i int) bool {
	if up := r.spots[i].up; r.quoted(i) || r.tag(up) == atom.Section && !r.hinted(up) && r.framed(i) >= 0 {
		return false
	}
	for k := i + 1; k < r.spots[i].end; k++ {
		if r.spots[k].mark&notes != 0 {
			return false
		}
	}
	return true
}

// quoted reports whether spot i belongs to a quotation or a picture, whose
// footer says where it comes from.
func (r *reader) quoted(i int) bool {
	return r.above(r.spots[i].up, func(k int) bool { return r.tag(k) == atom.Blockquote || r.tag(k) == atom.Figure }) >= 0
}

// asideForeign lets notes and boxes stand that an author put into the text.
func (r *reader) asideForeign(i int) bool {
	frame := r.framed(i)
	all, linked := r.words(i)
	if linked*2 > all {
		return true
	}
	if r.flanked(i) {
		return false
	}
	if frame < 0 {
		return true
	}
	if r.spots[frame].mark&(body|article) != 0 {
		return false
	}
	// In the main part: a neighbour of the article stands beside it.
	up := r.spots[i].up
	return r.texts[r.spots[up].end]-r.texts[up+1] > r.texts[r.spots[i].end]-r.texts[i]
}

// flanked reports whether a paragraph stands right before and more right behind.
func (r *reader) flanked(i int) bool {
	before := r.spots[i].n.PrevSibling
	for before != nil && before.Type != html.ElementNode {
		before = before.PrevSibling
	}
	after := r.spots[i].n.NextSibling
	for after != nil && after.Type != html.ElementNode {
		after = after.NextSibling
	}
	if before == nil || after == nil || before.DataAtom != atom.P {
		return false
	}
	switch after.DataAtom {
	case atom.P, atom.Div, atom.H2, atom.H3, atom.H4, atom.Ul, atom.Ol, atom.Table, atom.Figure, atom.Blockquote, atom.Pre:
		return true
	}
	return false
}
