package article

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A head is what a page says of itself where no reader looks.
type head struct {
	base   *url.URL
	meta   map[string]string // first value of each, by name in lower case
	rels   map[string]string // first href of each rel in the head
	feeds  []Link
	title  string // <title>
	lang   string
	dir    string
	class  string // of the body
	author string // person of JSON-LD
	group  string // author of JSON-LD that is no person
	made   time.Time
	edited time.Time
	name   string // headline of JSON-LD
	site   string // publisher of JSON-LD
	sort   string // @type of JSON-LD
	length int    // words of the articleBody of JSON-LD
}

// readHead reads the whole tree, since links and data of the head may stand
// anywhere.
func readHead(doc *html.Node, at *url.URL) *head {
	h := &head{base: at, meta: map[string]string{}, rels: map[string]string{}}
	if h.base == nil {
		h.base = &url.URL{}
	}
	var scripts []string
	for n := doc; n != nil; n = next(n, doc) {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.DataAtom {
		case atom.Html, atom.Body:
			h.page(n)
		case atom.Base:
			if u, err := h.base.Parse(strings.TrimSpace(attr(n, "href"))); err == nil && has(n, "href") {
				h.base = u
			}
		case atom.Title:
			if h.title == "" && n.Parent != nil && n.Parent.Namespace == "" && n.FirstChild != nil {
				h.title = tidy(n.FirstChild.Data)
			}
		case atom.Meta:
			h.readMeta(n)
		case atom.Link:
			h.readLink(n)
		case atom.Script:
			if strings.EqualFold(attr(n, "type"), "application/ld+json") && n.FirstChild != nil && len(scripts) < 20 {
				scripts = append(scripts, n.FirstChild.Data)
			}
		}
	}
	for _, s := range scripts {
		h.readData(s)
	}
	return h
}

// next walks a tree in document order.
func next(n, top *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	for n != nil && n != top && n.NextSibling == nil {
		n = n.Parent
	}
	if n == nil || n == top {
		return nil
	}
	return n.NextSibling
}

func (h *head) page(n *html.Node) {
	if n.DataAtom == atom.Body {
		h.class = " " + strings.ToLower(attr(n, "class")) + " "
	}
	if lang := first(attr(n, "lang"), attr(n, "xml:lang")); lang != "" && h.lang == "" {
		h.lang = strings.ReplaceAll(tidy(lang), "_", "-")
	}
	if dir := strings.ToLower(attr(n, "dir")); dir == "rtl" || dir == "ltr" {
		h.dir = dir
	}
}

func (h *head) readMeta(n *html.Node) {
	key := strings.ToLower(first(attr(n, "property"), attr(n, "name"), attr(n, "itemprop"), attr(n, "http-equiv")))
	if value := tidy(attr(n, "content")); value != "" && h.meta[key] == "" {
		h.meta[key] = value
	}
}

func (h *head) readLink(n *html.Node) {
	href := attr(n, "href")
	for rel := range strings.FieldsSeq(strings.ToLower(attr(n, "rel"))) {
		if rel == "alternate" && isFeed(attr(n, "type")) && len(h.feeds) < 12 {
			if u := h.resolve(href); u != nil {
				h.feeds = append(h.feeds, Link{tidy(attr(n, "title")), u})
			}
		}
		if h.rels[rel] == "" {
			h.rels[rel] = href
		}
	}
}

func isFeed(kind string) bool {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	switch strings.TrimSpace(kind) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/json+feed":
		return true
	}
	return false
}

// resolve makes an address absolute; nil if it leads to no page.
func (h *head) resolve(href string) *url.URL {
	href = strings.TrimSpace(href)
	if href == "" || len(href) > 4096 {
		return nil
	}
	u, err := h.base.Parse(href)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil
	}
	return u
}

// readData reads JSON-LD: the first object that speaks of a text.
func (h *head) readData(source string) {
	if len(source) > 1<<20 {
		return
	}
	var data any
	if json.Unmarshal([]byte(strings.TrimSpace(source)), &data) != nil {
		return
	}
	queue := []any{data}
	for len(queue) > 0 && len(queue) < 1000 {
		one := queue[0]
		queue = queue[1:]
		switch v := one.(type) {
		case []any:
			queue = append(queue, v...)
		case map[string]any:
			if graph, ok := v["@graph"].([]any); ok {
				queue = append(queue, graph...)
			}
			if entity, ok := v["mainEntity"].(map[string]any); ok {
				queue = append(queue, entity)
			}
			h.readObject(v)
		}
	}
}

func (h *head) readObject(v map[string]any) {
	kind := nameOf(v["@type"])
	if kind == "WebSite" {
		h.site = first(nameOf(v["name"]), h.site)
		return
	}
	if h.sort == "" || strings.Contains(kind, "Article") || kind == "BlogPosting" {
		h.sort = kind
	}
	if !strings.Contains(kind, "Article") && !strings.HasSuffix(kind, "Posting") && !strings.HasSuffix(kind, "Page") && kind != "Report" && kind != "Recipe" {
		return
	}
	if text, ok := v["articleBody"].(string); ok {
		h.length = max(h.length, words(text))
	}
	h.name = first(h.name, nameOf(v["headline"]), nameOf(v["name"]))
	if by := nameOf(v["author"]); collective(v["author"]) {
		h.group = first(h.group, by)
	} else {
		h.author = first(h.author, by)
	}
	h.site = first(h.site, nameOf(v["publisher"]))
	if h.made.IsZero() {
		h.made = moment(nameOf(v["datePublished"]))
	}
	if h.edited.IsZero() {
		h.edited = moment(nameOf(v["dateModified"]))
	}
}

// collective reports whether an author of JSON-LD is said to be no person.
func collective(author any) bool {
	v, _ := author.(map[string]any)
	kind, _ := v["@type"].(string)
	return strings.HasSuffix(kind, "Organization") || strings.HasSuffix(kind, "WebSite") || kind == "Corporation" || kind == "LocalBusiness"
}

// nameOf finds a name in what JSON-LD allows to be a text, an object with a
// name, or a list of these.
func nameOf(v any) string {
	switch v := v.(type) {
	case string:
		return tidy(html.UnescapeString(v))
	case map[string]any:
		name, _ := v["name"].(string)
		return tidy(name)
	case []any:
		var names []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				names = append(names, tidy(s))
			} else if m, ok := one.(map[string]any); ok {
				if s, ok := m["name"].(string); ok {
					names = append(names, tidy(s))
				}
			}
		}
		return strings.Join(names, ", ")
	}
	return ""
}

// moment reads a date as pages write it for machines: RFC 3339, ISO 8601
// without a zone or without a time.
func moment(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02",
		time.RFC1123Z, time.RFC1123, "January 2, 2006", "2 January 2006", "Jan 2, 2006", "2 Jan 2006", "2006-01", "02.01.2006",
		"Mon Jan 2 15:04:05 2006",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
