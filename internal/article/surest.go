package article

import (
	"slices"

	"golang.org/x/net/html/atom"
)

// count prepares holds. A box that is foreign by its name says nothing by what
// it has inside: cards are articles, too, and a comment has a content.
func (r *reader) count() {
	r.countProse()
	r.reframe()
	r.best = r.surest()
	r.cores = make([]int, len(r.spots)+1)
	void, weak := 0, 0 // where boxes end in which no name counts, or no common one
	for i := range r.spots {
		r.cores[i+1] = r.cores[i]
		if r.claims(i) && r.besides(i) {
			void = max(void, r.spots[i].end)
		}
		if r.claims(i) && r.spots[i].mark&answers != 0 && r.title >= 0 && r.title < i {
			weak = max(weak, r.spots[i].end)
		}
		if r.hinted(i) && i >= void && (i >= weak || r.strength(i) > 1 || r.tag(i) == atom.Main) || i == r.title {
			r.cores[i+1]++
		}
	}
}

// reframe looks at what calls itself the body of an article and holds the
// article with its title: that is a frame around it.
func (r *reader) reframe() {
	framed := false
	for i := r.title; i >= 0; i = r.spots[i].up {
		s := &r.spots[i]
		if framed && s.mark&body != 0 {
			s.mark = s.mark&^body | mainPart
		}
		framed = framed || s.mark&(article|mainPart) != 0
	}
}

// countProse prepares proseIn.
func (r *reader) countProse() {
	r.prose = make([]int, len(r.blocks)+1)
	for k := range r.blocks {
		r.prose[k+1] = r.prose[k]
		if r.blocks[k].prose() {
			r.prose[k+1] += r.blocks[k].words
		}
	}
}

// proseIn counts the words of prose below spot i.
func (r *reader) proseIn(i int) int {
	from, to := r.within(i)
	return r.prose[to] - r.prose[from]
}

// claims reports whether spot i is no text if its name is true, and does not
// hold the title.
func (r *reader) claims(i int) bool {
	return r.spots[i].mark&(chrome|answers) != 0 && (r.title < 0 || !r.inside(r.title, i))
}

// surest finds the element that says most clearly that it holds the text: the
// body of an article, or else an article, or else the main part; of equals the
// one with the title, or else the one with the most words. -1 if none has any.
func (r *reader) surest() int {
	best, most := -1, [3]int{}
	for i := 0; i < len(r.spots); i++ {
		if r.claims(i) {
			i = r.spots[i].end - 1
			continue
		}
		if !r.hinted(i) {
			continue
		}
		weight := [3]int{r.strength(i), 0, r.proseIn(i)}
		if r.title >= 0 && r.inside(r.title, i) {
			weight[1] = 1
		}
		if weight[2] > 0 && slices.Compare(weight[:], most[:]) > 0 {
			best, most = i, weight
		}
	}
	return best
}

// strength says how much the names of an element mean.
func (r *reader) strength(i int) int {
	switch m := r.spots[i].mark; {
	case m&body != 0:
		return 3
	case m&article != 0:
		return 2
	}
	return 1
}

// besides reports whether the surest text stands beside spot i and is no
// smaller, or is a body around it.
func (r *reader) besides(i int) bool {
	switch {
	case r.best < 0 || r.inside(r.best, i):
		return false
	case r.inside(i, r.best):
		return r.spots[r.best].mark&body != 0 && 2*r.proseIn(i) < r.proseIn(r.best)
	}
	return r.strength(r.best) > 1 || r.proseIn(r.best) >= r.proseIn(i)
}
