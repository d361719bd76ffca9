package line

import "buzzproof/internal/site"

// A Kind says what an answer is to its visitor.
type Kind int

// The kinds.
const (
	Text  Kind = iota // what was asked for: a page, a feed
	Asset             // what the page shows: styles, pictures
)

// levels order the queue: text before assets, and within each people before
// previews before machines. A feed reader asks for people, who are not waiting.
const (
	levelText   = 0
	levelAsset  = 3
	levels      = 6
	ofPeople    = 0
	ofPreviews  = 1
	ofMachines  = 2
	noneWaiting = -1
)

func levelOf(k Kind, c site.Class) int {
	who := ofMachines
	switch c {
	case site.Person:
		who = ofPeople
	case site.Preview:
		who = ofPreviews
	}
	if k == Text {
		return levelText + who
	}
	return levelAsset + who
}

// A queue is a heap of connections that wait to send. Within a level the one
// with the fewest bytes left goes first: most are served soonest that way
// (Schrage 1968). Among their like, in steps of 4 KB, whoever has waited longest
// goes first: an average that moves must not let the young overtake the old.
type queue []*Conn

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.level != b.level {
		return a.level < b.level
	}
	if alike := a.left>>12 == b.left>>12; !alike {
		return a.left < b.left
	}
	return a.began.Before(b.began)
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	c := x.(*Conn)
	c.index = len(*q)
	*q = append(*q, c)
}

func (q *queue) Pop() any {
	old := *q
	c := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	c.index = noneWaiting
	return c
}
