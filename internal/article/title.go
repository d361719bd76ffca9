package article

import (
	"strings"
	"time"

	"golang.org/x/net/html/atom"
)

// findTitle finds the heading that is the title of the page, and its name.
func (r *reader) findTitle(h *head) int {
	names := []string{letters(h.meta["og:title"]), letters(h.name), letters(h.meta["twitter:title"]), letters(h.title)}
	best, most := -1, 0
	for i := range r.spots {
		tag := r.tag(i)
		if !heading[tag] && r.spots[i].mark&headline == 0 || r.spots[i].end-i > 200 {
			continue
		}
		if tag != atom.H1 && most >= 60 || tag == atom.H4 || tag == atom.H5 || tag == atom.H6 {
			continue
		}
		if points := r.titleness(i, names, h); points > most && (names[0] == "" || letters(h.siteName()) == names[0] || letters(h.siteName()) != letters(r.text(i))) {
			best, most = i, points
		}
	}
	if best < 0 {
		best = r.titleBlock(letters(h.meta["og:title"]), letters(h.trimmed()))
	}
	if best >= 0 {
		r.name = r.text(best)
	}
	// A heading that was never closed holds the text after it as well.
	if from, to := r.within(max(best, 0)); best >= 0 && to-from > 1 && words(r.name) > 25 {
		r.name = r.blocks[from].text
		r.drop(&r.blocks[from])
		return -1
	}
	if best < 0 || r.spots[best].mark&siteName != 0 {
		r.name = first(h.meta["og:title"], h.name, h.trimmed())
	}
	if r.name == "" {
		r.name = h.title
	}
	return best
}

// titleBlock finds the first block that says just what the head says, on pages
// that have no headings.
func (r *reader) titleBlock(names ...string) int {
	for k := range r.blocks {
		b := &r.blocks[k]
		if b.linked > 0 || b.words > 40 || b.words == 0 {
			continue
		}
		text := letters(b.text)
		if from, to := r.within(b.owner); to-from == 1 && (text == names[0] || text == names[1]) && !heading[r.tag(b.owner)] {
			return b.owner
		}
	}
	return -1
}

// titleness weighs how much a heading looks like the title of the page. The
// first of equals wins.
func (r *reader) titleness(i int, names []string, h *head) int {
	text := letters(r.text(i))
	m := r.spots[i].mark
	if text == "" || m&(siteName|answers) != 0 || r.above(r.spots[i].up, func(k int) bool {
		return r.spots[k].mark&(answers|chrome|beside|siteName|footer) != 0 && r.spots[k].mark&doubtful == 0 && r.texts[r.spots[k].end] == r.texts[k]
	}) >= 0 {
		return 0
	}
	points := 0
	for k, name := range names {
		if name == text {
			points = max(points, 80)
		} else if k == len(names)-1 && len(text) > 5 && strings.Contains(name, text) {
			points = max(points, 50)
		}
	}
	switch {
	case r.tag(i) == atom.H1:
		points += 30
	case m&headline != 0:
		points += 10
	case points < 50:
		return 0 // a lower heading is a title only if the head says so
	case r.tag(i) != atom.H2:
		points -= 20
	}
	if r.framed(i) >= 0 {
		points += 15
	}
	if all, linked := r.words(i); linked > 0 && linked == all && text != names[0] {
		points -= r.leading(i, h)
	}
	return points
}

// leading weighs where a heading leads that is a link: old themes let the
// title lead to its own page, and the name of the site to the page above all.
func (r *reader) leading(i int, h *head) int {
	to, ok := r.link(max(r.linkOf(i), 0), h)
	switch {
	case !ok || to.URL.Host != h.base.Host || !leadsUp(to.URL, h.base):
		return 40
	case sameDocument(to.URL, h.base):
		return 0
	}
	return 60
}

// trimmed is the <title> without the name of the site at its end or beginning.
func (h *head) trimmed() string {
	for _, bar := range []string{" | ", " – ", " — ", " - ", " · ", " « ", " » ", " :: ", " • ", " ‹ ", " › ", " / "} {
		parts := strings.Split(h.title, bar)
		if len(parts) < 2 {
			continue
		}
		site := letters(h.siteName())
		if site != "" && letters(parts[0]) == site {
			return strings.Join(parts[1:], bar)
		}
		return strings.Join(parts[:len(parts)-1], bar)
	}
	return h.title
}

func (h *head) siteName() string {
	return first(h.meta["og:site_name"], h.site, h.meta["application-name"])
}

// describe fills in what the page says of itself.
func (h *head) describe(p *Page, r *reader) {
	p.Lang, p.Dir, p.Feeds = first(h.lang, strings.ReplaceAll(h.meta["og:locale"], "_", "-"), h.meta["content-language"]), h.dir, h.feeds
	p.Title, p.Site = r.name, h.siteName()
	if p.Site == "" {
		p.Site = r.siteName()
	}
	if p.Site == "" && p.Title != h.title && strings.HasPrefix(h.title, p.Title) {
		p.Site = strings.Trim(strings.TrimPrefix(h.title, p.Title), " |–—-·«»:•‹›/")
	}
	p.Summary = first(h.meta["description"], h.meta["og:description"], h.meta["twitter:description"])
	p.Author = h.writer(letters(p.Site))
	p.Published = earliest(h.made, moment(h.meta["article:published_time"]), moment(h.meta["datepublished"]), moment(h.meta["date"]), moment(h.meta["dc.date"]))
	p.Modified = earliest(h.edited, moment(h.meta["article:modified_time"]), moment(h.meta["datemodified"]), moment(h.meta["og:updated_time"]))
	r.signed(p)
	p.Author = first(p.Author, h.author, h.meta["author"], h.group)
	r.author = p.Author
	if p.Dir == "" && p.Lang != "" {
		switch lang, _, _ := strings.Cut(strings.ToLower(p.Lang), "-"); lang {
		case "ar", "he", "fa", "ur", "yi", "ps", "dv", "sd", "ug", "ckb":
			p.Dir = "rtl"
		}
	}
}

// writer is the author that the head names, unless that is the site.
func (h *head) writer(site string) string {
	names := []string{h.author, h.meta["author"], h.meta["article:author_name"], h.meta["parsely-author"], h.meta["dc.creator"]}
	if strings.HasPrefix(strings.ToLower(h.meta["twitter:label1"]), "written by") {
		names = append(names, h.meta["twitter:data1"])
	}
	if author := h.meta["article:author"]; !strings.Contains(author, "/") {
		names = append(names, author)
	}
	for _, name := range names {
		if name != "" && letters(name) != site {
			return name
		}
	}
	return ""
}

// earliest returns the first time that is one.
func earliest(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
