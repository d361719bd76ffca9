package integration

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// addressAttributes hold one address each, on whatever element they stand.
// The data- ones are those that lazy-loading scripts read.
var addressAttributes = map[string]bool{
	"href": true, "src": true, "poster": true, "data": true, "background": true, "cite": true, "longdesc": true,
	"manifest": true, "action": true, "formaction": true, "xlink:href": true,
	"data-src": true, "data-lazy-src": true, "data-original": true, "data-bg": true, "data-full-url": true, "data-link": true,
}

// addressMetas are the names of meta elements whose content is an address.
var addressMetas = map[string]bool{
	"og:image": true, "og:image:url": true, "og:image:secure_url": true, "og:url": true, "og:video": true, "og:audio": true,
	"twitter:image": true, "twitter:url": true, "twitter:player": true, "msapplication-tileimage": true,
	"msapplication-config": true, "article:author": true,
}

// inHTML returns what a page refers to, for visitors with scripts and without.
func inHTML(page string) []found {
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil
	}
	var refs []found
	base := ""
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "base" && base == "" {
			base = attr(n, "href")
			continue
		}
		refs = append(refs, inElement(n)...)
	}
	for i := range refs {
		refs[i].base = base
	}
	return refs
}

func inElement(n *html.Node) []found {
	var refs []found
	for _, a := range n.Attr {
		key, kind := a.Key, n.Data+" "+a.Key
		if a.Namespace != "" {
			key = a.Namespace + ":" + key
		}
		value := strings.TrimSpace(a.Val)
		switch {
		case key == "srcset" || key == "imagesrcset" || key == "data-srcset" || key == "data-lazy-srcset":
			for _, candidate := range srcset(a.Val) {
				refs = append(refs, found{kind: kind, raw: candidate})
			}
		case key == "style":
			refs = append(refs, inCSS(kind, a.Val)...)
		case key == "srcdoc":
			refs = append(refs, inHTML(a.Val)...)
		case !addressAttributes[key] || value == "" || value[0] == '#' || key == "data" && n.Data != "object":
		default:
			refs = append(refs, found{kind: kind, raw: a.Val, form: key == "action" || key == "formaction"})
		}
	}
	switch n.Data {
	case "meta":
		refs = append(refs, inMeta(n)...)
	case "style":
		refs = append(refs, inCSS("style", text(n))...)
	case "script":
		refs = append(refs, inScript(attr(n, "type"), text(n))...)
	}
	return refs
}

func inMeta(n *html.Node) []found {
	content := strings.TrimSpace(attr(n, "content"))
	name := strings.ToLower(attr(n, "property") + attr(n, "name"))
	if addressMetas[name] && content != "" {
		return []found{{kind: "meta " + name, raw: content}}
	}
	if strings.EqualFold(attr(n, "http-equiv"), "refresh") {
		if _, target, ok := strings.Cut(content, "="); ok {
			return []found{{kind: "meta refresh", raw: strings.Trim(target, `'" `)}}
		}
	}
	return nil
}

// scriptString finds quoted absolute addresses in a script; JSON inside scripts
// may write its slashes with backslashes.
var scriptString = regexp.MustCompile(`["'](https?:\\?/\\?/[^"'\s<>]+)["']`)

func inScript(kind, script string) []found {
	if strings.HasSuffix(kind, "json") {
		return inJSON(kind, script)
	}
	var refs []found
	for _, m := range scriptString.FindAllStringSubmatch(script, -1) {
		refs = append(refs, found{kind: "script string", raw: strings.ReplaceAll(m[1], `\/`, "/")})
	}
	return refs
}

// srcset returns the addresses of a srcset by the rules of the HTML standard.
func srcset(value string) []string {
	const space = "\t\n\f\r "
	var urls []string
	for {
		value = strings.TrimLeft(value, space+",")
		if value == "" {
			return urls
		}
		end := strings.IndexAny(value, space)
		if end < 0 {
			end = len(value)
		}
		address := value[:end]
		value = value[end:]
		if bare := strings.TrimRight(address, ","); bare != address {
			urls = append(urls, bare) // a comma ends the candidate, no descriptors follow
			continue
		}
		urls = append(urls, address)
		value = value[descriptorsEnd(value):]
	}
}

// descriptorsEnd returns the length of a candidate's descriptors: up to the
// first comma outside parentheses.
func descriptorsEnd(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth <= 0 {
				return i
			}
		}
	}
	return len(s)
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text returns the text directly inside an element.
func text(n *html.Node) string {
	var b strings.Builder
	for child := range n.ChildNodes() {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}
