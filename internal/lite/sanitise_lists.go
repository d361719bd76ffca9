package lite

// What may be where. A name that stands on none of these lists is never
// written; its text is.

var headings = [...]string{"h2", "h3", "h4", "h5", "h6"}

// onlyPhrases are the blocks that hold words and inline elements only.
var onlyPhrases = set("p", "h", "h2", "h3", "h4", "h5", "h6", "pre", "dt", "summary", "caption", "label")

// loose blocks hold words without a paragraph around them.
var loose = set("li", "dd", "td", "th", "figure", "figcaption")

// itemOf names what a list is made of, and listOf where an item belongs.
var (
	itemOf = map[string]string{"ul": "li", "ol": "li", "dl": "dd"}
	listOf = map[string]string{"li": "ul", "dt": "dl", "dd": "dl"}
)

// fits says whether a child may be directly in a parent.
func fits(parent, child string) bool {
	switch parent {
	case "ul", "ol":
		return child == "li"
	case "dl":
		return child == "dt" || child == "dd"
	case "table":
		return child == "tr" || child == "caption"
	case "tr":
		return child == "td" || child == "th"
	}
	return listOf[child] == ""
}

// silent elements are left out with everything in them: they hold no text of
// the author, or none that a reader sees.
var silent = set("script", "style", "template", "noscript", "head", "title", "meta", "link", "base",
	"noframes", "frameset", "frame", "noembed", "canvas", "applet", "source", "track", "param",
	"input", "select", "datalist", "option", "optgroup", "textarea", "colgroup", "col", "bgsound",
	"image", "keygen")

// inlines are the inline elements that are kept, under the name they have today.
var inlines = map[string]string{
	"abbr": "abbr", "acronym": "abbr", "b": "b", "bdi": "bdi", "cite": "cite", "code": "code",
	"tt": "code", "del": "del", "s": "s", "strike": "s", "dfn": "dfn", "em": "em", "i": "i", "ins": "ins",
	"kbd": "kbd", "mark": "mark", "q": "q", "samp": "samp", "small": "small", "strong": "strong",
	"sub": "sub", "sup": "sup", "u": "u", "var": "var",
}

// nested bounds how often an inline element may be in itself. Quotes and
// indices mean something there, the others do not.
var nested = map[string]int{"q": 4, "sub": 4, "sup": 4, "span": 4}

// through are blocks whose border counts but whose element does not.
var through = set("div", "section", "article", "main", "header", "footer", "aside", "nav", "center",
	"address", "form", "fieldset", "legend", "hgroup", "search", "dialog", "body", "html", "thead", "tbody",
	"tfoot", "tr", "td", "th", "caption", "marquee", "figcaption", "summary")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}

func has(attrs []attr, key string) bool {
	for _, a := range attrs {
		if a.key == key {
			return true
		}
	}
	return false
}
