package article

import "golang.org/x/net/html/atom"

// linkedBlocks counts the words that lead to one address.
type linkedBlocks struct {
	words, elements int
	last            int         // spot of the last a element
	of              map[int]int // words in each block
}

// linked counts words of the open block as those of the link at spot a.
func (g *grower) linked(a, n int) {
	g.blocks[g.open].linked += n
	to := attr(g.spots[a].n, "href")
	l := g.by[to]
	if l == nil {
		l = &linkedBlocks{last: -1, of: map[int]int{}}
		g.by[to] = l
	}
	l.words += n
	l.of[g.open] += n
	if l.last != a {
		l.last = a
		l.elements++
	}
}

// unlink finds a link that was never closed: the parser opens it again in
// what follows (HTML standard, 13.2.4.3), so that all the rest of the page
// leads to one address. Its words are no links then. Six blocks and 100 words
// are more than the links of a card have.
func (g *grower) unlink() {
	all := 0
	for k := range g.blocks {
		all += g.blocks[k].words
	}
	for to, l := range g.by {
		if l.elements < 2 || len(l.of) < 6 || l.words < 100 || 2*l.words <= all {
			continue
		}
		g.spilt = to
		for k, n := range l.of {
			g.blocks[k].linked = max(0, g.blocks[k].linked-n)
		}
	}
}

// spills reports whether spot i is a link that was never closed.
func (t *tree) spills(i int) bool {
	return t.spilt != "" && t.tag(i) == atom.A && attr(t.spots[i].n, "href") == t.spilt
}
