package article

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// pieces returns what belongs to the text of a find, in order: the lead and
// the picture between the title and the first core, the cores, and what goes
// on in the same article behind them.
func (r *reader) pieces(f find) []int {
	first, last := f.cores[0], f.cores[len(f.cores)-1]
	frame := r.frame(f)
	if frame < 0 {
		return append(slices.Clone(f.cores), r.loose(last)...)
	}
	var pieces []int
	for i := frame + 1; i < r.spots[frame].end; {
		s := &r.spots[i]
		switch {
		case s.out || i == r.title:
			i = s.end
		case slices.Contains(f.cores, i):
			pieces = append(pieces, i)
			i = s.end
		case r.inside(first, i) || r.inside(last, i) || r.tag(i) == 0:
			i++ // its children
		case i < first && r.leads(i, frame), i > last && r.trails(i, last, frame), i > first && i < last && r.readableBelow(i):
			pieces = append(pieces, i)
			i = s.end
		case r.leaf(i):
			i = s.end
		default:
			i++
		}
	}
	for _, i := range r.loose(last) {
		if !slices.Contains(pieces, i) && i > pieces[len(pieces)-1] {
			pieces = append(pieces, i)
		}
	}
	return pieces
}

// loose returns the paragraphs without a name that follow a div: where tags
// are wrong, the div is closed too early.
func (r *reader) loose(core int) []int {
	var found []int
	up := r.spots[core].up
	if r.tag(core) != atom.Div || up < 0 {
		return nil
	}
	for i := r.spots[core].end; i < r.spots[up].end; i = r.spots[i].end {
		s := &r.spots[i]
		if from, to := r.within(i); from == to && !r.pictured(i) {
			continue
		}
		tag := r.tag(i)
		bare := tag == 0 && s.n.Type == html.TextNode || len(s.n.Attr) == 0 && (tag == atom.P || tag == atom.Ul || tag == atom.Ol || tag == atom.Blockquote || tag == atom.Pre || tag == atom.B || tag == atom.I)
		if s.out || !bare || !r.readableBelow(i) {
			break
		}
		found = append(found, i)
	}
	return found
}

// frame finds the element that holds the cores and the title: the article
// around them, or else the lowest that holds both.
func (r *reader) frame(f find) int {
	first, last := f.cores[0], f.cores[len(f.cores)-1]
	holdsAll := func(i int) bool { return r.inside(last, i) && i != first }
	frame := r.above(r.spots[first].up, func(i int) bool {
		return holdsAll(i) && r.spots[i].mark&(article|mainPart) != 0
	})
	if r.title >= 0 && (frame < 0 || !r.inside(r.title, frame)) {
		frame = r.above(r.spots[first].up, func(i int) bool { return holdsAll(i) && r.inside(r.title, i) })
	}
	if frame < 0 && len(f.cores) > 1 {
		frame = r.above(r.spots[first].up, holdsAll)
	}
	return frame
}

// leads reports whether spot i, above the core, is a standfirst or a picture.
func (r *reader) leads(i, frame int) bool {
	tag := r.tag(i)
	named := r.spots[i].mark&lead != 0
	if tag == atom.Figure || tag == atom.Picture || tag == atom.Img {
		return (i > r.title || r.near(i, frame)) && r.pictured(i)
	}
	if i < r.title || !r.leaf(i) && !named {
		return false
	}
	from, to := r.within(i)
	if to == from {
		return false
	}
	all, linked := r.words(i)
	if linked*3 > all {
		return false
	}
	b := &r.blocks[from]
	return named && all <= 120 || b.prose() && sentence(b.text) && !r.who(b) || (tag == atom.H2 || tag == atom.P) && all >= 4 && !r.who(b) && r.title >= 0
}

// near reports whether spot i lies in the article itself, not only in the main
// part of the page.
func (r *reader) near(i, frame int) bool {
	return r.spots[frame].mark&article != 0 || r.above(r.spots[i].up, func(k int) bool { return k > frame && r.inside(r.title, k) }) >= 0
}

// pictured tells pictures from icons and avatars.
func (r *reader) pictured(i int) bool {
	for k := i; k < r.spots[i].end; k++ {
		n := r.spots[k].n
		if r.tag(k) == atom.Img && !strings.Contains(attr(n, "class"), "avatar") && !strings.Contains(attr(n, "src"), "gravatar.com") && !small(n) {
			return true
		}
		if r.tag(k) == atom.Video || r.tag(k) == atom.Iframe || r.tag(k) == atom.Audio {
			return true
		}
	}
	return false
}

// trails reports whether spot i, behind the core, goes on with the text: notes
// and long prose do; what is short there is about the text.
func (r *reader) trails(i, core, frame int) bool {
	m := r.spots[i].mark
	if m&(notes|parts) != 0 {
		return true
	}
	if _, linked := r.words(i); linked == 0 && m == 0 && r.sentenced(i, 0) && r.kindred(i, core) {
		return true // a field that the author filled in, such as a source
	}
	if r.spots[frame].mark&(article|mainPart) == 0 || m&(entry|lead|article) != 0 || r.t.known(r, i) {
		return false
	}
	all, linked := r.words(i)
	return all >= 30 && linked*4 < all && r.sentenced(i, 0) && (r.leaf(i) || r.sentenced(i, 1))
}

// kindred reports whether two neighbours are fields of one record: their
// classes share a word and each of them has one of its own that begins with it.
func (r *reader) kindred(i, core int) bool {
	if r.spots[i].up != r.spots[core].up {
		return false
	}
	own := strings.Fields(attr(r.spots[i].n, "class"))
	for class := range strings.FieldsSeq(attr(r.spots[core].n, "class")) {
		if slices.Contains(own, class) && slices.ContainsFunc(own, func(name string) bool {
			return len(name) > len(class)+1 && strings.HasPrefix(name, class+"-")
		}) {
			return true
		}
	}
	return false
}

// readableBelow reports whether something readable lies below spot i.
func (r *reader) readableBelow(i int) bool {
	for k, to := r.within(i); k < to; k++ {
		if r.readable(&r.blocks[k]) {
			return true
		}
	}
	return r.pictured(i)
}

// leaf reports whether spot i holds one block only.
func (r *reader) leaf(i int) bool {
	from, to := r.within(i)
	return to-from <= 1
}

// edges takes out what stands above the title in a core that is only guessed,
// and menus before the first and behind the last of its prose.
func (r *reader) edges(core int) {
	from, to := r.within(core)
	if r.title >= 0 && r.inside(r.title, core) {
		for k := from; k < to && r.blocks[k].at < r.title; k++ {
			r.drop(&r.blocks[k])
		}
	}
	for k := from; k < to && !r.readable(&r.blocks[k]); k++ {
		r.dropMenu(&r.blocks[k])
	}
	for k := to - 1; k >= from && !r.readable(&r.blocks[k]); k-- {
		r.dropMenu(&r.blocks[k])
	}
}

func (r *reader) dropMenu(b *block) {
	if b.linked*5 >= b.words*4 && !r.gone(b) && b.owner != r.title {
		r.drop(b)
	}
}

// known reports whether all texts below spot i stand on many pages.
func (t *Template) known(r *reader, i int) bool {
	from, to := r.within(i)
	for k := from; k < to; k++ {
		if !t.repeats(r.blocks[k].text) {
			return false
		}
	}
	return t != nil && from < to
}

// who reports whether a block says who wrote the text, or when.
func (r *reader) who(b *block) bool {
	if b.words > 20 {
		return false
	}
	text := strings.ToLower(b.text)
	if r.tag(b.owner) == atom.Figcaption || r.tag(b.owner) == atom.Li && b.linked > 0 || sentence(text) && !aboutWho.MatchString(text) {
		return false
	}
	if r.author != "" && strings.Contains(text, strings.ToLower(r.author)) && b.words <= words(r.author)+12 {
		return true
	}
	if aboutWho.MatchString(text) && b.words <= 14 {
		return !sentence(text) || aboutTime.MatchString(text)
	}
	return aboutTime.MatchString(text) && b.words <= 12 || r.timed(b)
}

// timed reports whether a short block is little more than a time.
func (r *reader) timed(b *block) bool {
	for i := b.owner; i < r.spots[b.owner].end && i < b.owner+40; i++ {
		if r.tag(i) == atom.Time {
			return b.words <= 14
		}
	}
	return false
}

// bylines takes out who and when around the title: the block above it and the
// six below, as far as they are short.
func (r *reader) bylines() {
	if r.title < 0 {
		return
	}
	k := r.first(r.spots[r.title].end)
	for ; k < len(r.blocks) && k < r.first(r.title)+7; k++ {
		b := &r.blocks[k]
		if r.gone(b) {
			continue
		}
		if b.words > 25 || heading[r.tag(b.owner)] && k > r.first(r.spots[r.title].end) {
			return
		}
		if !heading[r.tag(b.owner)] && !r.quoted(b.at) && r.who(b) {
			r.drop(b)
		}
	}
}
