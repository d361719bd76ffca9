package integration

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

// A found is a reference as it stands in a document.
type found struct {
	kind string
	raw  string
	base string // of a <base> element, if the document has one
	form bool   // the target of a form
}

// referencesOf returns what a document refers to.
func referencesOf(kind, uri, body string) []found {
	switch {
	case kind == "text/html" || kind == "application/xhtml+xml":
		return inHTML(body)
	case kind == "text/css":
		return inCSS("css", body)
	case kind == "text/xsl" || kind == "application/xslt+xml":
		return nil // templates of references, not references
	case strings.HasSuffix(kind, "xml"):
		return inXML(body)
	case strings.HasSuffix(kind, "json"):
		return inJSON("json", body)
	case strings.HasPrefix(uri, "/robots.txt"):
		return inRobots(body)
	}
	return nil
}

func inRobots(body string) []found {
	var refs []found
	for line := range strings.Lines(body) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(name), "sitemap") {
			refs = append(refs, found{kind: "robots sitemap", raw: strings.TrimSpace(value)})
		}
	}
	return refs
}

// inCSS returns what url(), @import and image-set() name.
func inCSS(kind, sheet string) []found {
	sheet = withoutComments(sheet)
	var refs []found
	for rest := sheet; ; {
		at := strings.Index(strings.ToLower(rest), "url(")
		if at < 0 {
			break
		}
		var raw string
		raw, rest = cssValue(rest[at+len("url("):])
		refs = append(refs, found{kind: kind + " url()", raw: raw})
	}
	for _, before := range []string{"@import", "image-set("} {
		for rest := sheet; ; {
			at := strings.Index(strings.ToLower(rest), before)
			if at < 0 {
				break
			}
			rest = strings.TrimLeft(rest[at+len(before):], " \t\r\n")
			if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
				var raw string
				raw, rest = cssValue(rest)
				refs = append(refs, found{kind: kind + " " + before, raw: raw})
			}
		}
	}
	return slices.DeleteFunc(refs, func(f found) bool { return f.raw == "" || f.raw[0] == '#' })
}

func withoutComments(sheet string) string {
	var b strings.Builder
	for {
		before, rest, opened := strings.Cut(sheet, "/*")
		b.WriteString(before)
		_, after, closed := strings.Cut(rest, "*/")
		if !opened || !closed {
			return b.String()
		}
		sheet = after
	}
}

// cssValue reads a quoted string or the bare content of url( up to its end.
func cssValue(s string) (value, rest string) {
	s = strings.TrimLeft(s, " \t\r\n")
	end := byte(')')
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		end, s = s[0], s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == end:
			return strings.TrimSpace(b.String()), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return strings.TrimSpace(b.String()), ""
}

// inXML returns what a feed, a sitemap or an SVG refers to. Feeds hold HTML in
// their texts; that is read too.
func inXML(body string) []found {
	var refs []found
	var open []xml.StartElement
	decoder := xml.NewDecoder(strings.NewReader(body))
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		token, err := decoder.Token()
		if err != nil {
			return refs
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Copy())
			refs = append(refs, inXMLAttributes(token)...)
		case xml.EndElement:
			open = open[:max(0, len(open)-1)]
		case xml.CharData:
			if len(open) > 0 {
				refs = append(refs, inXMLText(open[len(open)-1], strings.TrimSpace(string(token)))...)
			}
		case xml.ProcInst:
			if _, rest, ok := strings.Cut(string(token.Inst), `href="`); ok {
				raw, _, _ := strings.Cut(rest, `"`)
				refs = append(refs, found{kind: token.Target, raw: raw})
			}
		}
	}
}

func inXMLAttributes(e xml.StartElement) []found {
	var refs []found
	for _, a := range e.Attr {
		if slices.Contains([]string{"href", "url", "src"}, a.Name.Local) && a.Value != "" && a.Value[0] != '#' {
			refs = append(refs, found{kind: e.Name.Local + " " + a.Name.Local, raw: a.Value})
		}
	}
	return refs
}

func inXMLText(e xml.StartElement, text string) []found {
	name := e.Name.Local
	switch {
	case name == "id" || name == "guid" && attribute(e, "isPermaLink") == "false":
		return nil // a name, not an address
	case name == "style":
		return inCSS("style", text)
	case strings.ContainsRune(text, '<'):
		var refs []found
		for _, f := range inHTML(text) {
			f.kind = name + ": " + f.kind
			refs = append(refs, f)
		}
		return refs
	case isAddress(text):
		return []found{{kind: name, raw: text}}
	}
	return nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// isAddress reports whether a text is one absolute URL and nothing else.
func isAddress(text string) bool {
	return (strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")) && !strings.ContainsAny(text, " \t\r\n<")
}

// inJSON returns the addresses of a JSON document: absolute URLs anywhere, and
// what a web app manifest names.
func inJSON(kind, body string) []found {
	var value any
	if json.Unmarshal([]byte(body), &value) != nil {
		return nil
	}
	var refs []found
	var walk func(key string, value any)
	walk = func(key string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for k, v := range value {
				walk(k, v)
			}
		case []any:
			for _, v := range value {
				walk(key, v)
			}
		case string:
			if isAddress(value) || key == "src" || key == "start_url" {
				refs = append(refs, found{kind: kind + " " + key, raw: value})
			}
		}
	}
	walk("", value)
	return refs
}
