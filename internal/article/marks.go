package article

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A mark is what an element's name, role and classes say of it.
type mark uint32

const (
	chrome   mark = 1 << iota // navigation, sharing, related posts: never the text
	meta                      // who, when, filed under what
	answers                   // comments, and the form for them
	header                    // stands before a text
	footer                    // stands after a text
	beside                    // stands beside a text
	lead                      // the paragraph under the title
	notes                     // footnotes
	byName                    // chrome by the words of its class, which may err
	doubtful                  // chrome by a word that an author may use as well
	body                      // holds the text of an article and nothing else
	article                   // holds an article
	mainPart                  // holds what the page is about
	entry                     // a card or an entry of a list
	headline                  // the title of a text
	siteName                  // the name of the site
	parts                     // leads to the other pages of a text
	pitch                     // asks for money or an address if it is short
)

// markOf reads an element.
func markOf(n *html.Node) mark {
	if partsOf(n) {
		return parts
	}
	m := markOfTag(n) | markOfRole(attr(n, "role"))
	if nameless[n.DataAtom] {
		return m
	}
	for class := range strings.FieldsSeq(attr(n, "class")) {
		m |= markOfName(class)
	}
	if id := attr(n, "id"); id != "" && numbered[n.DataAtom] && !strings.Contains(attr(n, "class"), "section") {
		m |= markOfName(id)
	}
	if comment, found := strings.CutPrefix(attr(n, "id"), "comment-"); found && comment != "" && strings.Trim(comment, "0123456789") == "" {
		m |= answers // as WordPress numbers them, whatever the theme calls them
	}
	if n.DataAtom == atom.Section {
		// The ids of sections may come from what the author wrote in headings.
		if of := markOfName(attr(n, "id")) & (chrome | answers); of != 0 {
			m |= of | doubtful
		}
	}
	switch attr(n, "itemprop") {
	case "articleBody":
		m |= body
	case "author", "datePublished", "dateModified", "keywords":
		m |= meta
	}
	if inline[n.DataAtom] && m&byName != 0 {
		return 0
	}
	if m&body != 0 && m&byName != 0 {
		m &^= chrome | byName // a text says where it stands, and in how many parts it comes
	}
	if inline[n.DataAtom] {
		// A sentence may hold a name or a date.
		m &^= meta | answers | header | footer | beside | lead | body | mainPart
	}
	if n.DataAtom == atom.Label || n.DataAtom == atom.Input {
		m = 0
	}
	return m
}

// partsOf knows the links to the pages that a system made of one text.
func partsOf(n *html.Node) bool {
	for class := range strings.FieldsSeq(attr(n, "class")) {
		switch class {
		case "page-links", "page-link", "post-nav-links", "pagelink", "pagelinks", "post-page-numbers", "post-pages", "article-pages", "entry-pages", "multipage-nav":
			return n.DataAtom != atom.A && n.DataAtom != atom.Li && n.DataAtom != atom.Span
		}
	}
	return false
}

// nameless are elements whose classes and ids say nothing: those around the
// page, those that bloggers name, those that sites number.
var nameless = map[atom.Atom]bool{
	atom.Html: true, atom.Body: true, atom.Pre: true, atom.Code: true, atom.Img: true,
	atom.Figure: true, atom.Picture: true, atom.Figcaption: true, atom.Blockquote: true, atom.Dl: true, atom.Tr: true,
}

// numbered are elements whose ids the makers of themes choose. Ids of headings
// and sections are made from what the author wrote.
var numbered = map[atom.Atom]bool{
	atom.Div: true, atom.Aside: true, atom.Ul: true, atom.Ol: true, atom.Form: true, atom.Header: true,
	atom.Footer: true, atom.Table: true, atom.Td: true, atom.Main: true, atom.Nav: true, 0: true,
}

func markOfTag(n *html.Node) mark {
	switch n.DataAtom {
	case atom.Nav, atom.Menu:
		return chrome
	case atom.Header:
		return header
	case atom.Footer:
		return footer
	case atom.Aside:
		return beside
	case atom.Article:
		return article
	case atom.Main:
		return mainPart
	case atom.A:
		if c := n.FirstChild; c != nil && c.NextSibling == nil && permalink[strings.TrimSpace(c.Data)] && strings.HasPrefix(attr(n, "href"), "#") {
			return chrome
		}
	}
	return 0
}

// permalink are the texts of links by which headings point to themselves.
var permalink = map[string]bool{"#": true, "¶": true, "§": true, "🔗": true, "⚓": true, "\u200b": true}

func markOfRole(role string) mark {
	switch role {
	case "navigation", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog", "doc-toc":
		return chrome
	case "tablist":
		return chrome | doubtful // toolkits say so of all that the tabs open
	case "banner":
		return header
	case "contentinfo":
		return footer
	case "complementary":
		return beside
	case "article":
		return article
	case "main":
		return mainPart
	case "doc-endnotes", "doc-footnote", "doc-footnotes":
		return notes
	}
	return 0
}

// markOfName reads a class or an id. Words that only say where in a page a
// thing stands are left aside, so that post-share-buttons is read as share;
// has-sidebar and market-share-chart are not.
func markOfName(name string) mark {
	if m, known := exact[name]; known {
		return m
	}
	tokens := tokensOf(name)
	if m, known := phrases[strings.Join(tokens, " ")]; known {
		return m
	}
	for len(tokens) > 1 && before[tokens[0]] {
		tokens = tokens[1:]
	}
	for len(tokens) > 1 && after[tokens[len(tokens)-1]] {
		tokens = tokens[:len(tokens)-1]
	}
	if m, known := phrases[strings.Join(tokens, " ")]; known {
		if m&body != 0 {
			return 0 // only as it stands
		}
		return m
	}
	if strings.HasPrefix(name, "jp-") { // of Jetpack
		return chrome | byName
	}
	for _, token := range tokens {
		if anywhere[token] && !refusing[tokens[0]] {
			return chrome | byName
		}
	}
	return 0
}

// tokensOf splits a name at its hyphens and at its capitals, in lower case.
func tokensOf(name string) []string {
	// Card_title__x7Yq is made by CSS modules; its end says nothing.
	if at := strings.Index(name, "__"); at > 0 && strings.Contains(name[:at], "_") {
		name = name[:at]
	}
	var b strings.Builder
	low := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
			low = false
			continue
		case unicode.IsUpper(r) && low:
			b.WriteByte(' ')
		}
		low = !unicode.IsUpper(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}
