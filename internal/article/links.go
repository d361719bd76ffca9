package article

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// most entries of a menu that are kept.
const mostMenu = 12

// follow finds the links that lead on from the page.
func (r *reader) follow(p *Page, h *head) {
	p.Home = r.home(p, h)
	p.Menu = r.menu(h)
	r.known(p, h)
	r.neighbours(p, h)
}

// link reads the a element at spot i; false if it leads to no page.
func (r *reader) link(i int, h *head) (Link, bool) {
	n := r.spots[i].n
	href := strings.TrimSpace(attr(n, "href"))
	if r.tag(i) != atom.A || href == "" || href[0] == '#' {
		return Link{}, false
	}
	u := h.resolve(href)
	if u == nil {
		return Link{}, false
	}
	text := ""
	if r.spots[i].end-i < 60 {
		text = r.text(i)
	}
	return Link{Text: first(text, tidy(attr(n, "aria-label")), tidy(attr(n, "title")), r.alt(i)), URL: u}, true
}

func (r *reader) alt(i int) string {
	for k := i; k < min(r.spots[i].end, i+20); k++ {
		if alt := tidy(attr(r.spots[k].n, "alt")); alt != "" {
			return alt
		}
	}
	return ""
}

// home leads to the site's front page: where the page says so, or the root.
func (r *reader) home(p *Page, h *head) Link {
	for i := range r.spots {
		if r.tag(i) != atom.A {
			continue
		}
		n := r.spots[i].n
		named := strings.Contains(" "+attr(n, "rel")+" ", " home ") || strings.Contains(attr(n, "class"), "logo") ||
			r.above(i, func(k int) bool { return r.spots[k].mark&siteName != 0 }) >= 0
		if named {
			if l, ok := r.link(i, h); ok && l.URL.Host == h.base.Host {
				l.Text = first(p.Site, l.Text)
				return l
			}
		}
	}
	if u := h.resolve("/"); u != nil {
		return Link{p.Site, u}
	}
	return Link{}
}

// menu reads the first navigation that leads to several places of the site.
func (r *reader) menu(h *head) []Link {
	var fallback []Link
	for i := 0; i < len(r.spots); i++ {
		s := &r.spots[i]
		if s.mark&chrome == 0 {
			continue
		}
		nav := r.tag(i) == atom.Nav || attr(s.n, "role") == "navigation" || strings.Contains(attr(s.n, "class")+attr(s.n, "id"), "menu") || strings.Contains(attr(s.n, "class")+attr(s.n, "id"), "nav")
		if !nav || r.crumbs(i) {
			i = s.end - 1
			continue
		}
		links := r.menuIn(i, h)
		if len(links) >= 2 {
			return links
		}
		if len(fallback) == 0 {
			fallback = links
		}
		i = s.end - 1
	}
	return fallback
}

// crumbs tells trails, tables of contents and page numbers from menus.
func (r *reader) crumbs(i int) bool {
	n := r.spots[i].n
	said := strings.ToLower(attr(n, "class") + " " + attr(n, "id") + " " + attr(n, "aria-label"))
	for _, word := range []string{"crumb", "toc", "pagination", "paging", "post-nav", "post nav", "page-links", "pager", "personal", "namespaces", "variants", "views", "cactions", "contents", "skip", "social", "share"} {
		if strings.Contains(said, word) {
			return true
		}
	}
	return r.above(i, func(k int) bool { return r.spots[k].mark&(answers|body) != 0 }) >= 0
}

func (r *reader) menuIn(i int, h *head) []Link {
	var links []Link
	for k := i; k < r.spots[i].end && len(links) < mostMenu; k++ {
		l, ok := r.link(k, h)
		if ok && l.URL.Host == h.base.Host && l.Text != "" && l.URL.Fragment == "" && words(l.Text) <= 8 &&
			!slices.ContainsFunc(links, func(other Link) bool { return other.URL.String() == l.URL.String() }) {
			links = append(links, l)
		}
	}
	return links
}

// The words by which links to pages about the site and its owner are known, in
// texts and in paths.
var (
	aboutWords   = set(`about aboutus aboutme apropos àpropos quisommesnous uber über überuns uns überuns ueberuns übermich acercade acerca sobre sobremi sobrenosotros quienessomos chisiamo über-mich om omos omoss overons over оnas oнас онас обавторе осайте обомне оnas онас 关于 關於 关于我 关于我们 關於我 について このサイトについて プロフィール 소개 عن عنا منnحن مننحن حول אודות עלינו دربارهما درباره hakkında hakkımızda onas omnie oprojektu`)
	contactWords = set(`contact contactus contactme contactez contacteznous nouscontacter kontakt kontaktiereuns contacto contactar contactanos contáctanos contato contatto contatti fale kontakta yhteystiedot контакты контакт связь обратнаясвязь 联系 联系我们 聯絡 聯繫 联系方式 お問い合わせ 問い合わせ 連絡先 문의 연락처 اتصل اتصلبنا تواصل تواصلمعنا צורקשר יצירתקשר تماس تماسباما iletişim impressum`)
)

// known finds the links to the pages about the site and to its owner.
func (r *reader) known(p *Page, h *head) {
	for i := range r.spots {
		if r.tag(i) != atom.A || p.About.URL != nil && p.Contact.URL != nil {
			continue
		}
		l, ok := r.link(i, h)
		if !ok || l.URL.Host != h.base.Host || words(l.Text) > 5 {
			continue
		}
		if r.above(i, func(k int) bool { return r.spots[k].mark&(body|answers) != 0 }) >= 0 {
			continue
		}
		if p.About.URL == nil && means(l, aboutWords) {
			p.About = l
		} else if p.Contact.URL == nil && means(l, contactWords) {
			p.Contact = l
		}
	}
}

// means reports whether a link says one of the words: as its whole text, as
// the first word of a short one, or as the last part of its path.
func means(l Link, said map[string]bool) bool {
	if said[letters(l.Text)] {
		return true
	}
	path := strings.Split(strings.Trim(l.URL.Path, "/"), "/")
	last, _, _ := strings.Cut(path[len(path)-1], ".")
	if len(path) <= 2 && said[letters(last)] {
		return true
	}
	word, _, _ := strings.Cut(strings.ToLower(l.Text), " ")
	return words(l.Text) <= 3 && len(word) > 4 && said[letters(word)]
}

// neighbours finds the older post or page and the newer one.
func (r *reader) neighbours(p *Page, h *head) {
	for _, rel := range []string{"prev", "previous"} {
		if u := h.resolve(h.rels[rel]); u != nil && p.Previous.URL == nil {
			p.Previous = Link{URL: u}
		}
	}
	if u := h.resolve(h.rels["next"]); u != nil {
		p.Next = Link{URL: u}
	}
	for i := range r.spots {
		if r.tag(i) != atom.A {
			continue
		}
		previous, next := r.way(i)
		if !previous && !next {
			continue
		}
		l, ok := r.link(i, h)
		if !ok || r.above(i, func(k int) bool { return r.spots[k].mark&answers != 0 }) >= 0 {
			continue
		}
		l.Text = r.target(i, l.Text)
		if previous {
			p.Previous = better(p.Previous, l)
		} else {
			p.Next = better(p.Next, l)
		}
	}
}

// better keeps the first link, with a text if one of them has any.
func better(a, b Link) Link {
	if a.URL == nil {
		return b
	}
	if a.Text == "" && a.URL.String() == b.URL.String() {
		a.Text = b.Text
	}
	return a
}

// way reports whether the a element at spot i leads to a neighbour.
func (r *reader) way(i int) (previous, next bool) {
	n := r.spots[i].n
	said := " " + attr(n, "rel") + " " + attr(n, "class")
	for up, k := r.spots[i].up, 0; up >= 0 && k < 3 && !r.hinted(up); up, k = r.spots[up].up, k+1 {
		if from, to := r.within(up); to-from <= 4 {
			said += " " + attr(r.spots[up].n, "class")
		}
	}
	for word := range strings.FieldsSeq(said) {
		switch word {
		case "prev", "previous", "nav-previous", "nav-prev", "previous-post", "prev-post", "post-previous", "post-nav-prev", "older-posts", "pagination-prev", "navigation-previous", "pager__item--previous":
			previous = true
		case "next", "nav-next", "next-post", "post-next", "post-nav-next", "newer-posts", "pagination-next", "navigation-next", "pager__item--next":
			next = true
		}
	}
	return previous && !next, next && !previous
}

// target is the title in a link that says "Previous post" above it.
func (r *reader) target(i int, text string) string {
	from, to := r.within(i)
	if to-from >= 2 {
		return r.blocks[to-1].text
	}
	for k := i; k < min(r.spots[i].end, i+30); k++ {
		n := r.spots[k].n
		if n.Type == html.ElementNode && strings.Contains(attr(n, "class"), "title") {
			return first(r.text(k), text)
		}
	}
	return strings.Trim(text, " ←→«»‹›")
}

// sameDocument reports whether two addresses differ in their fragment only.
func sameDocument(a, b *url.URL) bool {
	if a == nil || b == nil {
		return false
	}
	return a.Host == b.Host && strings.TrimSuffix(a.Path, "/") == strings.TrimSuffix(b.Path, "/") && a.RawQuery == b.RawQuery
}

// leadsUp reports whether a link leads to the page itself or to one above it,
// such as the front page, by their paths.
func leadsUp(to, at *url.URL) bool {
	if to.Host != at.Host || to.RawQuery != "" && to.RawQuery != at.RawQuery {
		return false
	}
	path := strings.TrimSuffix(to.Path, "/")
	return path == strings.TrimSuffix(at.Path, "/") || strings.HasPrefix(at.Path, path+"/")
}
