package slim

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Scripts stay if something on the page answers to them and they are small. A
// bundle over the small size stays only if a button of the page needs it.
const (
	smallScript  = 8_000
	bundleScript = 64_000
)

var (
	// needless are scripts by their file names: what decorates, watches, or
	// makes pictures and links quicker that are slim already.
	needlessName = regexp.MustCompile(`(?i)emoji|comment-reply|lightbox|photoswipe|fancybox|magnific|prefetch|quicklink|instant\.?page|` +
		`lazy|analytics|gtm|gtag|matomo|piwik|plausible|umami|attribution|polyfill|animat|\baos\b|\bwow\b|gsap|parallax|particles|` +
		`jquery|bootstrap|embed|livereload|recaptcha|adsense|smoothscroll|slick|swiper|owl\.carousel|masonry`)
	// needlessText are texts of inline scripts of the same kinds.
	needlessText = regexp.MustCompile(`(?i)_wpemojiSettings|googletagmanager|google-analytics|gtag\(|dataLayer|_gaq|fbq\(|_paq|hotjar|` +
		`clarity\.ms|adsbygoogle|doubleclick|plausible|umami|hs-script|intercom|speculationrules|document\.write|` +
		`jQuery\s*\(|\$\(function|\$\(document\)|XMLHttpRequest|serviceWorker`)
	// touches is what scripts do that change the page.
	touches = regexp.MustCompile(`classList|className|getElement|querySelector|documentElement|setAttribute|addEventListener|\.style\b`)
	// declares finds the names that a script gives to values for others.
	declares    = regexp.MustCompile(`(?m)(?:^|[;\s])(?:var|let|const)\s+([\w$]+)|window\.([\w$]+)\s*=`)
	needsJQuery = regexp.MustCompile(`\bjQuery\s*\(|\(\s*jQuery\b|\$\(\s*(?:document|window|function|["'])`)
	imports     = regexp.MustCompile(`(?m)^\s*import\b|\bimport\s*[{*("'\w]`)
	quoted      = regexp.MustCompile("[\"'`][^\"'`\n]{1,200}[\"'`]")
)

// dropScripts takes out what the page can do without and remembers the rest.
func (s *slimmer) dropScripts() {
	handles := s.handles()
	var maybe []*html.Node // values for scripts that may stay
	slimEach(s.doc, func(n *html.Node) bool {
		if n.DataAtom == atom.Noscript {
			s.noscript(n)
			return true
		}
		for _, a := range n.Attr {
			if n.DataAtom != atom.Link && strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
				s.scripts = append(s.scripts, a.Val)
			}
		}
		if n.DataAtom != atom.Script {
			return true
		}
		text, keep, values := s.script(n, handles)
		switch {
		case keep:
			s.scripts = append(s.scripts, text)
		case values:
			maybe = append(maybe, n)
		default:
			slimTake(n)
		}
		return true
	})
	for _, n := range maybe {
		if text := slimText(n); s.asked(text, slimGet(n, "id")) {
			s.scripts = append(s.scripts, text)
		} else {
			slimTake(n)
		}
	}
}

// script decides about one script. Values is true for one that only holds
// values: it stays if another that stays asks for them.
func (s *slimmer) script(n *html.Node, h handles) (text string, keep, values bool) {
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(slimGet(n, "type"))), ";")
	switch kind {
	case "application/ld+json":
		slimCompact(n)
		return "", true, false
	case "", "module", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript":
	default:
		return "", false, kind == "application/json" || kind == "text/template" || kind == "text/html"
	}
	src := strings.TrimSpace(slimGet(n, "src"))
	if src == "" {
		text = slimText(n)
		if needlessText.MatchString(text) || len(text) > smallScript || kind == "module" && imports.MatchString(text) {
			return "", false, false
		}
		return text, touches.MatchString(text), true
	}
	f, ok := s.find(src)
	if !ok || s.foreign(src) || needlessName.MatchString(slimFile(f.URL)) || f.Size > bundleScript || slimHas(n, "nomodule") {
		return "", false, false
	}
	data, err := s.p.Files.Read(f)
	if err != nil {
		return "", false, false
	}
	text = string(data)
	if !touches.MatchString(text) || needsJQuery.MatchString(text) || kind == "module" && imports.MatchString(text) {
		return "", false, false
	}
	keep = h.answer(text, f.Size <= smallScript)
	if keep {
		s.weight += slimSent(data)
	}
	return text, keep, false
}

// asked tells whether a script that stays names one of the values in text.
func (s *slimmer) asked(text, id string) bool {
	names := []string{id}
	for _, m := range declares.FindAllStringSubmatch(text, 50) {
		names = append(names, m[1]+m[2])
	}
	for _, script := range s.scripts {
		for _, name := range names {
			if len(name) > 2 && strings.Contains(script, name) {
				return true
			}
		}
	}
	return false
}

// handles are the names of elements by which scripts take hold of a page.
type handles struct {
	any      map[string]bool // classes and ids
	controls map[string]bool // those of buttons and what they open
}

func (s *slimmer) handles() handles {
	h := handles{any: map[string]bool{}, controls: map[string]bool{}}
	slimEach(s.doc, func(n *html.Node) bool {
		control := n.DataAtom == atom.Button && !strings.EqualFold(slimGet(n, "type"), "submit") ||
			slimHas(n, "aria-controls") || slimHas(n, "aria-expanded") || slimGet(n, "role") == "button"
		names := strings.Fields(slimGet(n, "class") + " " + slimGet(n, "id"))
		if len(names) > 100 {
			names = names[:100]
		}
		for _, name := range names {
			h.any[name] = true
			h.controls[name] = h.controls[name] || control
		}
		return true
	})
	return h
}

// answer tells whether strings of a script name what is on the page: anything
// that is no common word for a small script, a control for a bundle.
func (h handles) answer(text string, small bool) bool {
	for _, quoted := range quoted.FindAllString(text, 5_000) {
		for _, name := range strings.FieldsFunc(quoted, func(r rune) bool { return strings.ContainsRune("\"'`.#,> :[]()=~+*", r) }) {
			known := h.controls[name]
			if small {
				known = h.any[name]
			}
			if known && (strings.ContainsAny(name, "-_") || strings.Contains(name, "menu") || strings.Contains(name, "nav")) {
				return true
			}
		}
	}
	return false
}

// noscript goes where its picture is shown anyway; a picture that a dropped
// script would have brought comes out of it.
func (s *slimmer) noscript(n *html.Node) {
	source := slimText(n)
	lower := strings.ToLower(source)
	if !slimIn(n, "body") {
		n.Parent.RemoveChild(n)
		return
	}
	nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil || !strings.Contains(lower, "<img") || len(nodes) == 0 || nodes[0].DataAtom != atom.Img || slimPixel(nodes[0]) ||
		slimIsImage(n.PrevSibling) || slimIsImage(n.NextSibling) {
		if strings.Contains(lower, "<img") || strings.Contains(lower, "<iframe") {
			slimTake(n)
		}
		return
	}
	n.Parent.InsertBefore(nodes[0], n)
	n.Parent.RemoveChild(n)
}

func slimIsImage(n *html.Node) bool {
	return n != nil && (n.DataAtom == atom.Img || n.DataAtom == atom.Picture)
}

// slimPixel tells whether a picture is there to count visitors.
func slimPixel(n *html.Node) bool {
	w, h := slimGet(n, "width"), slimGet(n, "height")
	return (w == "0" || w == "1") && (h == "0" || h == "1")
}

// slimCompact takes the white space out of JSON.
func slimCompact(n *html.Node) {
	var b bytes.Buffer
	if c := n.FirstChild; c != nil && json.Compact(&b, []byte(slimText(n))) == nil {
		c.Data = strings.ReplaceAll(b.String(), "</", `<\/`)
		for c.NextSibling != nil {
			n.RemoveChild(c.NextSibling)
		}
	}
}

// slimFile is the last part of a path, without the query.
func slimFile(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}
