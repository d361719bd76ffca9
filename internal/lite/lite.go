// Package lite makes the renditions that are text: a lite page, postcards and a
// preview.
//
// A page's text is walked once and written anew from a short list of elements
// and attributes. What is not on the list cannot come out, whatever a stranger
// wrote, so nothing of it can ask for anything or run.
package lite

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"buzzproof/internal/article"
	"buzzproof/internal/coding"
	"buzzproof/internal/site"
	"buzzproof/internal/words"
)

// liteMost is how many bytes a lite page with its comments may have after
// brotli. The text alone has no bound: it is whole, however long.
const liteMost = 8 << 10

// A Page is a page on its way to its text renditions.
type Page struct {
	URL    *url.URL      // public, absolute
	Doc    *html.Node    // for its head; may be nil
	Said   *article.Page // what the page says
	Files  site.Files    // may be nil
	Words  *words.Words
	Weight int64  // bytes of the full page with all it needs, as sent; 0 if not known
	Accent string // "#rrggbb" from the theme, or ""

	// Notices are what the owner should know, once the renditions are made.
	Notices []string

	packed map[string][]byte // see Pack
}

// notice tells the owner something about the page, once.
func (p *Page) notice(text string) {
	if !slices.Contains(p.Notices, text) {
		p.Notices = append(p.Notices, text)
	}
}

// A sheet is a document in the making.
type sheet struct {
	strings.Builder
	p     *Page
	links links
	head  head
}

func (p *Page) sheet() *sheet {
	return &sheet{p: p, links: newLinks(p), head: readHead(p)}
}

// Lite returns the whole text in one document that asks for nothing else; nil
// if the text is not known.
func (p *Page) Lite() ([]byte, error) {
	if p.Said.Kind == article.Unsure {
		return nil, nil
	}
	text, comments := p.text()
	data := p.sheet().lite(text, comments)
	if len(comments) > 0 && len(data) > liteMost && len(packed(data, coding.Fast)) > liteMost {
		data = p.sheet().lite(text, nil)
	}
	return data, nil
}

// text returns what the page says, and what others said about it.
func (p *Page) text() (text, comments []piece) {
	s := newSanitiser(p)
	s.headingAnchor()
	s.body(p.Said.Body)
	s.items()
	text = s.finish()
	s.out, s.quiet = nil, true
	s.comments()
	return text, s.finish()
}

func (d *sheet) lite(text, comments []piece) []byte {
	d.top(d.p.name(), "")
	d.meta()
	d.style(text, comments)
	d.WriteString("<header><p" + d.tongue() + ">")
	writeText(&d.Builder, d.p.Words.Light+" ")
	d.full()
	d.menu()
	d.WriteString("</header><main><h1>")
	writeText(&d.Builder, d.p.name())
	d.WriteString("</h1>")
	d.byline(text)
	render(&d.Builder, text)
	d.talk(comments)
	d.WriteString("</main>")
	d.neighbours()
	return []byte(d.String())
}

// full writes the link to the full page, with its weight.
func (d *sheet) full() {
	text := d.p.Words.FullUnweighed
	if d.p.Weight > 0 {
		text = words.Fill(d.p.Words.Full, "size", d.p.Words.Size(d.p.Weight))
	}
	d.link(d.p.as("full"), text)
}

// as refers to the page in another rendition. The query of the page's own
// address stays: a reference that is only a query would replace it.
func (p *Page) as(rendition string) string {
	if p.URL.RawQuery == "" {
		return "?" + rendition
	}
	return "?" + p.URL.RawQuery + "&" + rendition
}

func (d *sheet) link(href, text string) {
	d.tag("a", "href", href)
	writeText(&d.Builder, strings.TrimSpace(fold(legible(text))))
	d.WriteString("</a>")
}

// menu writes where one goes from here, each place once.
func (d *sheet) menu() {
	said := d.p.Said
	links := []article.Link{named(said.Home, d.p.Words.Home)}
	links = append(links, said.Menu...)
	links = append(links, named(said.About, d.p.Words.About), named(said.Contact, d.p.Words.Contact))
	seen := map[string]bool{}
	for _, l := range links {
		href, ok := d.where(l)
		if !ok || seen[href] || strings.TrimSpace(legible(l.Text)) == "" || len(seen) == 12 {
			continue
		}
		if len(seen) == 0 {
			d.WriteString("<nav>")
		}
		seen[href] = true
		d.link(href, l.Text)
		d.WriteByte(' ')
	}
	if len(seen) > 0 {
		d.WriteString("</nav>")
	}
}

// where returns the reference to write for a link.
func (d *sheet) where(l article.Link) (string, bool) {
	if l.URL == nil {
		return "", false
	}
	return d.links.href(l.URL.String())
}

func named(l article.Link, name string) article.Link {
	if strings.TrimSpace(l.Text) == "" {
		l.Text = name
	}
	return l
}

// byline says who wrote the text, when, and how long it takes to read.
func (d *sheet) byline(text []piece) {
	var parts []string
	if d.p.Said.Kind != article.Post {
		return
	}
	if author := brief(strings.TrimSpace(fold(legible(d.p.Said.Author))), 200); author != "" {
		parts = append(parts, textEscaper.Replace(author))
	}
	if t := d.p.Said.Published; !t.IsZero() {
		parts = append(parts, d.time(t))
	}
	if minutes := readingTime(text, d.p.Words.WordsPerMinute); minutes > 0 {
		said := textEscaper.Replace(words.Fill(d.p.Words.Reading, "minutes", strconv.Itoa(minutes)))
		if tongue := d.tongue(); tongue != "" {
			said = "<span" + tongue + ">" + said + "</span>"
		}
		parts = append(parts, said)
	}
	if len(parts) > 0 {
		d.WriteString("<p>" + strings.Join(parts, " · ") + "</p>")
	}
}

func (d *sheet) time(t time.Time) string {
	return "<time datetime=" + t.Format(time.DateOnly) + d.tongue() + ">" + textEscaper.Replace(d.p.Words.Date(t)) + "</time>"
}

// ideographsPerMinute is how fast Chinese and Japanese are read; people read
// 400 to 600 characters a minute.
const ideographsPerMinute = 500

// readingTime returns minutes, rounded up.
func readingTime(text []piece, wordsPerMinute int) int {
	count, ideographs := 0, 0
	for _, p := range text {
		if p.step != chars {
			continue
		}
		for _, word := range strings.Fields(p.text) {
			before := ideographs
			for _, r := range word {
				if wide(r) {
					ideographs++
				}
			}
			if before == ideographs {
				count++
			}
		}
	}
	perWord, perIdeograph := 60/float64(wordsPerMinute), 60/float64(ideographsPerMinute)
	return int((float64(count)*perWord + float64(ideographs)*perIdeograph + 59) / 60)
}

// talk writes the comments, or how many there are elsewhere.
func (d *sheet) talk(comments []piece) {
	if len(d.p.Said.Comments) == 0 {
		return
	}
	d.WriteString("<h2" + d.tongue() + ">")
	writeText(&d.Builder, d.p.Words.Comments)
	d.WriteString("</h2>")
	if len(comments) > 0 {
		render(&d.Builder, comments)
		return
	}
	d.WriteString("<p" + d.tongue() + ">")
	d.link(d.p.as("full")+"#comments", d.p.Words.Count(len(d.p.Said.Comments)))
	d.WriteString("</p>")
}

// neighbours writes where the text before and after this one is.
func (d *sheet) neighbours() {
	before, after := d.p.Words.Previous, d.p.Words.Next
	switch {
	case d.p.Said.Kind == article.List:
		before, after = d.p.Words.Newer, d.p.Words.Older
	case d.tongue() != "": // no words of ours among those of another language
		before, after = "← {title}", "{title} →"
	}
	wrote := false
	for _, l := range []struct {
		article.Link
		form string
	}{{d.p.Said.Previous, before}, {d.p.Said.Next, after}} {
		href, ok := d.where(l.Link)
		if !ok {
			continue
		}
		if !wrote {
			d.WriteString("<footer>")
			wrote = true
		}
		d.link(href, strings.TrimRight(words.Fill(l.form, "title", l.Text), ": \u00a0"))
		d.WriteByte(' ')
	}
	if wrote {
		d.WriteString("</footer>")
	}
}
