package integration

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// mentionsOf returns every place of a document that names host in a way a
// program would follow: whatever the attribute, script, feed element or
// stylesheet, with slashes plain, after backslashes or percent-encoded. What a
// page only says to its reader, in its text or in comments, is no reference.
func mentionsOf(kind, body, host string) []found {
	if kind != "text/html" && kind != "application/xhtml+xml" {
		return mentions(kind, body, host)
	}
	root, err := html.ParseWithOptions(strings.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		return mentions(kind, body, host)
	}
	var refs []found
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			// Where a form sends is for the owner to know, not to be mended.
			if a.Key != "action" && a.Key != "formaction" {
				refs = append(refs, mentions(n.Data+" "+a.Key, a.Val, host)...)
			}
		}
		if n.Data == "script" || n.Data == "style" {
			refs = append(refs, mentions(n.Data, text(n), host)...)
		}
	}
	return refs
}

// mentions finds host in a text and reads the address that it belongs to.
func mentions(kind, body, host string) []found {
	var refs []found
	for _, spelling := range []string{host, url.QueryEscape(host)} {
		for at := 0; ; {
			next := strings.Index(strings.ToLower(body[at:]), strings.ToLower(spelling))
			if next < 0 {
				break
			}
			at += next + len(spelling)
			if at < len(body) && body[at] >= '0' && body[at] <= '9' {
				continue // the beginning of another port
			}
			refs = append(refs, found{kind: kind + " names", raw: "http://" + host + pathAfter(body[at:])})
		}
		if spelling == url.QueryEscape(spelling) {
			break // nothing to escape: both spellings are one
		}
	}
	return refs
}

// pathAfter reads the path that follows a host in a text, plain again.
func pathAfter(text string) string {
	escaped := len(text) >= 3 && strings.EqualFold(text[:3], "%2f")
	text = strings.NewReplacer(`\/`, "/", `\u002F`, "/", `\u002f`, "/", `\u0026`, "&").Replace(text[:min(len(text), 2000)])
	stop := "\"'`<>)\\ \t\r\n|,"
	if escaped {
		stop += "&"
	}
	if end := strings.IndexAny(text, stop); end >= 0 {
		text = text[:end]
	}
	text = html.UnescapeString(text)
	if escaped {
		if plain, err := url.QueryUnescape(text); err == nil {
			text = plain
		}
	}
	if text == "" || text[0] != '/' && text[0] != '?' {
		return "/"
	}
	return text
}
