package article

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// A lead-in is an entry of a list: a heading that leads to a page of the site,
// and the box around it.
type leadIn struct {
	head, link, box int
	to              Link
}

// mostItems bounds the entries of a list.
const mostItems = 2000

// summaryBytes is how much of an entry's text is its summary: three lines.
const summaryBytes = 300

// list reads a page that leads to others; false if it is no list.
func (r *reader) list(p *Page, h *head) bool {
	if saysPost(h) {
		return false
	}
	entries := r.entries(h)
	if len(entries) > 0 && r.leadsOn(entries, h) {
		r.readEntries(p, entries)
		return true
	}
	return r.collection(p, h)
}

func saysPost(h *head) bool {
	for _, class := range []string{" single ", " single-post ", " post-template "} {
		if strings.Contains(h.class, class) {
			return true
		}
	}
	return h.meta["og:type"] == "article" || strings.HasSuffix(h.sort, "Article") || h.sort == "BlogPosting"
}

func saysList(h *head) bool {
	for _, class := range []string{" blog ", " archive ", " category ", " search ", " home-template ", " tag-template ", " author-template ", " paged ", " search-results "} {
		if strings.Contains(h.class, class) {
			return true
		}
	}
	return h.sort == "CollectionPage" || h.sort == "Blog" || h.sort == "SearchResultsPage"
}

// entries finds headings that lead on, and the largest box around each that
// holds no other of them.
func (r *reader) entries(h *head) []leadIn {
	var found []leadIn
	sum := make([]int, len(r.spots)+1)
	for i := range r.spots {
		sum[i+1] = sum[i]
		if r.spots[i].out || len(found) >= mostItems || !heading[r.tag(i)] && r.spots[i].mark&headline == 0 {
			continue
		}
		if n := len(found); n > 0 && r.inside(i, found[n-1].head) {
			continue
		}
		link := r.linkOf(i)
		if link < 0 {
			continue
		}
		to, ok := r.link(link, h)
		if !ok || to.URL.Host != h.base.Host || leadsUp(to.URL, h.base) || r.speaker(link) {
			continue
		}
		to.Text = r.text(i)
		found = append(found, leadIn{head: i, link: link, to: to})
		sum[i+1]++
	}
	for k := range found {
		e := &found[k]
		e.box = e.head
		for up := r.spots[e.head].up; up > 0 && sum[r.spots[up].end]-sum[up] == 1; up = r.spots[up].up {
			if up == r.title || r.tag(up) == atom.Body || r.spots[up].mark&mainPart != 0 || r.title >= 0 && r.title != e.head && r.inside(r.title, up) || r.late(e.head, up) {
				break
			}
			e.box = up
		}
	}
	return found
}

// late reports whether the heading of an entry stands in the middle of a text
// rather than before its summary: 30 words of prose stand above it.
func (r *reader) late(head, box int) bool {
	return r.prose[r.first(head)]-r.prose[r.first(box)] >= 30
}

// linkOf finds the link that is a whole heading or stands around it.
func (r *reader) linkOf(i int) int {
	all, linked := r.words(i)
	if linked*5 < all*4 || r.spots[i].end-i > 60 {
		return -1
	}
	for k := i; k < r.spots[i].end; k++ {
		if r.tag(k) == atom.A && has(r.spots[k].n, "href") {
			return k
		}
	}
	up := r.spots[i].up
	for range 6 {
		if up < 0 {
			break
		}
		if r.tag(up) == atom.A {
			return up
		}
		up = r.spots[up].up
	}
	return -1
}

// leadsOn weighs what stands in the entries against what stands around them.
func (r *reader) leadsOn(entries []leadIn, h *head) bool {
	inside, boxes := 0, 0
	in := make([]bool, len(r.blocks))
	for _, e := range entries {
		all, _ := r.words(e.box)
		inside += all
		if e.box != e.head {
			boxes++
		}
		from, to := r.within(e.box)
		for k := from; k < to; k++ {
			in[k] = true
		}
	}
	if saysList(h) {
		return true
	}
	outside := 0
	for k := range r.blocks {
		if !in[k] && r.readable(&r.blocks[k]) {
			outside += r.blocks[k].words
		}
	}
	if r.ownText(in) || r.titled(in) {
		return false
	}
	return boxes >= 2 && outside < inside || len(entries) == 1 && boxes == 1 && r.title == entries[0].head && outside < inside
}

// titled reports whether the article around the title has text and no entries.
func (r *reader) titled(in []bool) bool {
	if r.title < 0 {
		return false
	}
	frame := r.above(r.title, func(i int) bool { return r.spots[i].mark&article != 0 })
	if frame < 0 {
		return false
	}
	text := false
	for k, to := r.within(frame); k < to; k++ {
		if in[k] {
			return false
		}
		text = text || r.readable(&r.blocks[k])
	}
	return text
}

// ownText reports whether an element that says it is the text of the page has
// prose outside of the entries.
func (r *reader) ownText(in []bool) bool {
	own, all := 0, 0
	for k := range r.blocks {
		b := &r.blocks[k]
		if !r.readable(b) {
			continue
		}
		if !in[k] && r.core(b.at) {
			own += b.words
		}
		if in[k] {
			all += b.words
		}
	}
	return own > 0 && own*3 > all
}

// readEntries fills in a page that is a list of entries; the text around them
// is its Body.
func (r *reader) readEntries(p *Page, entries []leadIn) {
	p.Kind = List
	inBox := make([]bool, len(r.blocks))
	for _, e := range entries {
		p.Items = append(p.Items, r.item(e))
		from, to := r.within(e.box)
		for k := from; k < to; k++ {
			inBox[k] = true
		}
	}
	r.around(p, inBox)
}

// around keeps the text of a list that stands in none of its entries.
func (r *reader) around(p *Page, in []bool) {
	var pieces []int
	for k := range r.blocks {
		b := &r.blocks[k]
		if !r.readable(b) {
			continue
		}
		p.Readable += b.words
		p.Kept += b.words
		if in[k] || r.above(b.owner, func(i int) bool { return r.spots[i].mark&(header|siteName) != 0 }) >= 0 && r.framed(b.owner) < 0 {
			continue
		}
		if n := len(pieces); n == 0 || !r.inside(b.owner, pieces[n-1]) {
			if r.leaf(b.owner) {
				pieces = append(pieces, b.owner)
			} else {
				p.Kept -= b.words
			}
		}
	}
	if len(pieces) > 0 {
		p.Body = r.copyOf(pieces)
	}
}

func (r *reader) item(e leadIn) Item {
	item := Item{Link: e.to}
	for i := e.box; i < r.spots[e.box].end && item.Published.IsZero(); i++ {
		if n := r.spots[i].n; r.tag(i) == atom.Time || strings.Contains(attr(n, "class"), "date") {
			item.Published = moment(first(attr(n, "datetime"), r.brief(i)))
		}
	}
	var texts []string
	size := 0
	for k, to := r.within(e.box); k < to && size < summaryBytes; k++ {
		b := &r.blocks[k]
		if b.words == 0 || r.inside(b.at, e.head) || r.spots[b.at].out || r.labelled(b, e) {
			continue
		}
		texts = append(texts, b.text)
		size += len(b.text)
	}
	item.Summary = short(strings.Join(texts, " "), summaryBytes)
	return item
}

func (r *reader) brief(i int) string {
	if r.spots[i].end-i > 20 {
		return ""
	}
	return r.text(i)
}

// labelled reports whether a block of an entry says when, who or where to
// rather than what.
func (r *reader) labelled(b *block, e leadIn) bool {
	if r.who(b) || r.tag(e.link) == atom.A && r.inside(b.at, e.link) && !b.proseCard() {
		return true
	}
	return !r.inside(b.at, e.link) && !b.prose() && b.words < 6 && (b.linked > 0 || !sentence(b.text))
}

// proseCard is prose within a card that is one link.
func (b *block) proseCard() bool { return b.words >= 8 || b.words >= 3 && sentence(b.text) }
