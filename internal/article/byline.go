package article

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// siteName finds the name of the site in its logo or header.
func (r *reader) siteName() string {
	for i := range r.spots {
		if r.spots[i].mark&siteName != 0 && i != r.title && r.spots[i].end-i < 50 {
			if text := r.text(i); text != "" && words(text) <= 12 {
				return text
			}
		}
	}
	return ""
}

// signed finds who wrote the text, and when, where readers find it.
func (r *reader) signed(p *Page) {
	for i := range r.spots {
		n := r.spots[i].n
		if r.tag(i) == 0 || p.Author != "" && !p.Published.IsZero() && !p.Modified.IsZero() {
			continue
		}
		if r.above(i, func(k int) bool { return r.spots[k].mark&(answers|entry|beside) != 0 && r.tag(k) != atom.Body }) >= 0 {
			continue
		}
		if p.Author == "" && r.signature(i) && !r.quoted(i) && r.spots[i].end-i < 40 {
			if name := byless(r.text(i)); letters(name) != letters(p.Site) {
				p.Author = name
			}
		}
		class := " " + attr(n, "class") + " "
		dated := r.tag(i) == atom.Time || r.tag(i) == atom.Abbr && strings.Contains(class, " published ")
		if prop := attr(n, "itemprop"); !dated && prop != "datePublished" && prop != "dateModified" || r.ofEntry(i) {
			continue
		}
		t := moment(first(attr(n, "datetime"), attr(n, "content"), r.abbreviated(i), r.text(i)))
		switch {
		case t.IsZero():
		case strings.Contains(class, "updated") && !strings.Contains(class, "published") || attr(n, "itemprop") == "dateModified":
			p.Modified = earliest(p.Modified, t)
		case p.Published.IsZero():
			p.Published = t
		}
	}
}

// ofEntry reports whether spot i stands in a small box with a heading that
// leads away from the page, as times of related posts do.
func (r *reader) ofEntry(i int) bool {
	up := r.spots[i].up
	for range 4 {
		if up < 0 || r.spots[up].end-up > 60 || r.title >= 0 && r.inside(r.title, up) {
			return false
		}
		for k := up; k < r.spots[up].end; k++ {
			if heading[r.tag(k)] {
				return r.linkOf(k) >= 0 && k != r.title
			}
		}
		up = r.spots[up].up
	}
	return false
}

// signature reports whether the element at spot i names the author.
func (r *reader) signature(i int) bool {
	n := r.spots[i].n
	if r.above(i, func(k int) bool { return r.spots[k].mark&siteName != 0 }) >= 0 || attr(n, "href") == "/" {
		return false // a theme may call the site the author of its pages
	}
	class := " " + attr(n, "class") + " "
	return strings.Contains(" "+attr(n, "rel")+" ", " author ") || attr(n, "itemprop") == "author" ||
		strings.Contains(class, " p-author ") || strings.Contains(class, " byline ") || strings.Contains(class, "author-name") || strings.Contains(class, " createdby ") || strings.Contains(class, " author ")
}

// speaker reports whether the element at spot i names who wrote what follows:
// an author, or one of many in a forum.
func (r *reader) speaker(i int) bool {
	return r.signature(i) || strings.Contains(" "+attr(r.spots[i].n, "class")+" ", " username ")
}

// abbreviated is the date that stands in the title of an abbr, as hAtom has it
// (microformats.org/wiki/datetime-design-pattern).
func (r *reader) abbreviated(i int) string {
	if r.tag(i) != atom.Abbr {
		return ""
	}
	return attr(r.spots[i].n, "title")
}

// byless takes the word before a name away.
func byless(s string) string {
	if words(s) > 12 {
		return ""
	}
	s = bySign.ReplaceAllString(s, "")
	for _, bar := range []string{" on ", " | ", " · ", " • ", " – ", ", "} {
		s, _, _ = strings.Cut(s, bar)
	}
	return strings.Trim(s, " ,;:·|")
}
