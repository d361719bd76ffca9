package article

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A find is a place where the text of a page may be.
type find struct {
	cores []int // spots that hold the text, in order
	sure  bool  // the page itself says that it is there
	told  bool  // it says so by an element or a name that has no other use
}

// finds lists where the text may be, the surest first.
func (r *reader) finds() []find {
	var found []find
	for _, m := range []mark{body, article, mainPart} {
		if cores := r.marked(m); len(cores) > 0 {
			told := m != mainPart || r.tag(cores[0]) == atom.Main
			found = append(found, find{cores, true, told})
		}
	}
	if i := r.densest(); i >= 0 {
		found = append(found, find{cores: []int{i}})
	}
	return found
}

// marked collects the outermost elements with a mark: the one that has the most
// words, and its likes beside it, since some systems split a text.
func (r *reader) marked(m mark) []int {
	var all []int
	best, most := -1, -1
	for i := 0; i < len(r.spots); {
		s := &r.spots[i]
		if s.out || s.mark&m == 0 || s.mark&(answers|entry) != 0 {
			i++
			continue
		}
		// A feed's article lies in the main part; a text in a text is quoted.
		size := r.size(i)
		if r.title >= 0 && r.inside(r.title, i) {
			size += 1 << 30
		}
		if size > most {
			best, most = i, size
		}
		all = append(all, i)
		if m == mainPart {
			i++ // the innermost counts when it holds as much
		} else {
			i = s.end
		}
	}
	if m == mainPart || best < 0 {
		return r.innermost(all, best)
	}
	var cores []int
	for _, i := range all {
		if r.alike(i, best) {
			cores = append(cores, i)
		}
	}
	return cores
}

// innermost goes down from spot i as long as nothing is lost.
func (r *reader) innermost(all []int, i int) []int {
	if i < 0 {
		return nil
	}
	for _, k := range all {
		if k != i && r.inside(k, i) && r.size(k) == r.size(i) {
			i = k
		}
	}
	return []int{i}
}

// alike reports whether two elements are parts of one text: neighbours of the
// same make, or of which one follows the other in one article.
func (r *reader) alike(i, best int) bool {
	if i == best {
		return true
	}
	a, b := r.spots[i], r.spots[best]
	if a.n.DataAtom != b.n.DataAtom || attr(a.n, "class") != attr(b.n, "class") || r.headed(i) {
		return false
	}
	if a.up == b.up {
		return true
	}
	frame := r.framed(i)
	return frame >= 0 && frame == r.framed(best)
}

// headed reports whether the first heading below spot i is a link, as those of
// related posts are, and does not name who speaks.
func (r *reader) headed(i int) bool {
	for k := i; k < r.spots[i].end; k++ {
		if heading[r.tag(k)] {
			link := r.linkOf(k)
			return link >= 0 && !r.speaker(link)
		}
	}
	return false
}

// size counts what a reader would miss if spot i were left out: words that are
// no links, and pictures.
func (r *reader) size(i int) int {
	size := 0
	for k, to := r.within(i); k < to; k++ {
		if b := &r.blocks[k]; !r.gone(b) {
			size += 4*(b.words-b.linked) + b.linked
		}
	}
	if size == 0 {
		for k := i; k < r.spots[i].end; k++ {
			if !r.spots[k].out && r.tag(k) == atom.Img {
				size++
			}
		}
	}
	return size
}

// gone reports whether a block is boilerplate.
func (r *reader) gone(b *block) bool { return b.away || r.spots[b.at].out }

// densest goes down from the body to the element among whose children the
// prose of the page is spread.
func (r *reader) densest() int {
	weight := r.weights()
	at := -1
	for i := range r.spots {
		if r.tag(i) == atom.Body {
			at = i
			break
		}
	}
	if at < 0 || weight[len(r.blocks)] == 0 {
		if r.title >= 0 { // a gallery: the pictures beside the title
			return max(at, r.above(r.spots[r.title].up, r.pictured))
		}
		return at
	}
	below := func(i int) int {
		from, to := r.within(i)
		return weight[to] - weight[from]
	}
	for {
		next, share := -1, 9
		for k := at + 1; k < r.spots[at].end; k = r.spots[k].end {
			if share = 9; r.title >= 0 && r.inside(r.title, k) {
				share = 6 // a column beside the title's is another one
			}
			if r.spots[k].n.Type == html.ElementNode && holdsText[r.tag(k)] && 10*below(k) >= share*below(at) {
				next = k
			}
		}
		if next < 0 {
			return at
		}
		at = next
	}
}

// weights[k] is the weight of the first k blocks: words of prose count, and
// more so the more of them stand together.
func (r *reader) weights() []int {
	weight := make([]int, len(r.blocks)+1)
	for k := range r.blocks {
		weight[k+1] = weight[k]
		if b := &r.blocks[k]; r.readable(b) {
			weight[k+1] += (b.words - b.linked) * min(b.words, 40)
		}
	}
	return weight
}

// holdsText are elements that may hold a whole text. A list or a table may be
// one, but its parent serves as well.
var holdsText = map[atom.Atom]bool{
	0: true, atom.Div: true, atom.Section: true, atom.Article: true, atom.Main: true, atom.Table: true, atom.Form: true,
	atom.Tbody: true, atom.Tr: true, atom.Td: true, atom.Center: true, atom.Font: true, atom.Span: true, atom.Header: true,
}
