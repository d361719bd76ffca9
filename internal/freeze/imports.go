package freeze

import (
	"bytes"
	"cmp"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"buzzproof/internal/refs"
)

// longestImport bounds the name of a module: longer quotes are not names.
const longestImport = 500

// modules lists what the scripts of a document import, and the address that
// these names are relative to.
func modules(kind refs.Kind, text []byte, doc *url.URL) (names []string, from *url.URL) {
	switch {
	case kind == refs.KindScript:
		return imports(text), doc
	case kind == refs.KindHTML && len(imports(text)) > 0: // few pages are worth a second reading
		return inlineImports(text, doc)
	}
	return nil, doc
}

// inlineImports lists what the scripts that stand in a page import. Their
// names are relative to the page's first base element, if it has one (HTML
// section 8.1.3.2).
func inlineImports(page []byte, doc *url.URL) (names []string, from *url.URL) {
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(maxText)
	inScript := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return names, cmp.Or(from, doc)
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			inScript = string(name) == "script"
			if string(name) != "base" || from != nil {
				continue
			}
			if href, has := attributes(z, more)["href"]; has {
				from = refs.Resolve(doc, href)
			}
		case html.TextToken:
			if inScript {
				names = append(names, imports(z.Text())...)
			}
			inScript = false
		}
	}
}

// imports lists the modules that a script names as its own neighbours, by
// import, export ... from or import(). They keep their names: a script and its
// neighbours lie in the copy as they lay at the origin. What else a script
// asks for while it runs is not to be known by reading it.
func imports(script []byte) []string {
	var names []string
	for _, word := range []string{"import", "from"} {
		for rest := script; ; {
			i := bytes.Index(rest, []byte(word))
			if i < 0 {
				break
			}
			rest = rest[i+len(word):]
			if name, ok := quoted(rest); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// quoted reads the relative or root-relative name in quotes that s begins
// with, after spaces and an opening bracket.
func quoted(s []byte) (string, bool) {
	s = bytes.TrimLeft(s[:min(len(s), longestImport)], " \t\r\n(")
	if len(s) < 3 || s[0] != '"' && s[0] != '\'' && s[0] != '`' {
		return "", false
	}
	end := bytes.IndexByte(s[1:], s[0])
	if end < 0 {
		return "", false
	}
	name := string(s[1 : 1+end])
	relative := strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/")
	return name, relative && !strings.ContainsAny(name, "\r\n\\$*")
}
