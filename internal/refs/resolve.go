package refs

import (
	"net/url"
	"strings"
)

const upperHex = "0123456789ABCDEF"

// resolve reads raw as a browser does, relative to the base. It returns nil
// for what is not http or https and for a mere fragment.
func (w *walk) resolve(raw string) *url.URL {
	if raw == "" || raw[0] == '#' {
		return nil
	}
	return w.resolveAny(raw)
}

// rooted resolves the most common kind of reference, "/path?query" in plain
// characters, without parsing anything; nil if raw is of another kind.
func (w *walk) rooted(raw string) *url.URL {
	if len(raw) < 2 || raw[0] != '/' || raw[1] == '/' || w.base.Host == "" || w.base.Opaque != "" {
		return nil
	}
	path, query, found := strings.Cut(raw, "?")
	if found && (query == "" || strings.IndexByte(query, '#') >= 0 || needsCare(query)) || strings.Contains(path, "/.") {
		return nil
	}
	if !ascii(w.base.Host) {
		return nil
	}
	for i := range len(path) {
		if c := path[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte("/-_.~", c) < 0 {
			return nil
		}
	}
	return &url.URL{Scheme: w.base.Scheme, User: w.base.User, Host: plainHost(w.base.Scheme, w.base.Host), Path: path, RawQuery: query}
}

// resolveAny also accepts the empty reference, which names the document.
func (w *walk) resolveAny(raw string) *url.URL {
	if u := w.rooted(raw); u != nil && (u.Scheme == "http" || u.Scheme == "https") {
		return u
	}
	scheme := schemeOf(raw)
	if scheme != "" && scheme != "http" && scheme != "https" {
		return nil
	}
	text, absolute := w.lenient(raw, scheme)
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	if !absolute {
		fragment, rawFragment := u.Fragment, u.RawFragment
		u = w.base.ResolveReference(u)
		u.Fragment, u.RawFragment = fragment, rawFragment // that of the base never counts
	} else if strings.Contains(u.Path, "/.") {
		u = u.ResolveReference(u)
	}
	if !nameable(u.Host) || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Host, err = Host(plainHost(u.Scheme, u.Host))
	if err != nil {
		return nil
	}
	return u
}

// Resolve reads raw as a browser does, relative to base; nil if it is neither
// http nor https.
func Resolve(base *url.URL, raw string) *url.URL {
	w := walk{base: base}
	if base == nil {
		w.base = &url.URL{}
	}
	start, end := trim([]byte(raw), 0, len(raw))
	return w.resolveAny(raw[start:end])
}

// schemeOf returns the scheme of an absolute URL in lower case, or "".
func schemeOf(raw string) string {
	for i := range len(raw) {
		switch c := raw[i] | 0x20; {
		case 'a' <= c && c <= 'z', raw[i] == '\t', raw[i] == '\n', raw[i] == '\r':
		case i > 0 && (raw[i] >= '0' && raw[i] <= '9' || raw[i] == '+' || raw[i] == '-' || raw[i] == '.'):
		case i > 0 && raw[i] == ':':
			return strings.ToLower(strings.Map(withoutBreaks, raw[:i]))
		default:
			return ""
		}
	}
	return ""
}

// withoutBreaks removes what the URL standard removes before it parses.
func withoutBreaks(r rune) rune {
	if r == '\t' || r == '\n' || r == '\r' {
		return -1
	}
	return r
}

// lenient turns what browsers accept into what url.Parse accepts: line breaks
// go, backslashes become slashes, odd bytes and stray percents are escaped, and
// a scheme is followed by exactly two slashes. It also says whether the result
// is absolute: "http:page" is not, on a page that is http itself.
func (w *walk) lenient(raw, scheme string) (text string, absolute bool) {
	if needsCare(raw) {
		raw = plainDots(w.escapeOdd(strings.Map(withoutBreaks, raw)))
	}
	if scheme != "" {
		raw = raw[strings.IndexByte(raw, ':')+1:]
		if scheme != w.base.Scheme || strings.HasPrefix(raw, "//") {
			return scheme + "://" + strings.TrimLeft(raw, "/"), true
		}
	}
	if strings.HasPrefix(raw, "//") {
		return "//" + strings.TrimLeft(raw, "/"), false
	}
	if i := strings.IndexAny(raw, ":/?#"); i >= 0 && raw[i] == ':' {
		return "./" + raw, false
	}
	return raw, false
}

// needsCare reports whether url.Parse could read raw differently from a browser.
func needsCare(raw string) bool {
	for i := range len(raw) {
		switch c := raw[i]; {
		case c <= ' ', c >= 0x7f, c == '\\', c == '"', c == '<', c == '>', c == '%', c == '\'', c == '^', c == '`', c == '{', c == '|', c == '}':
			return true
		}
	}
	return false
}

// escapeOdd escapes the bytes that no URL contains. A query in a legacy charset
// is sent in that charset, everything else in UTF-8.
func (w *walk) escapeOdd(raw string) string {
	var b strings.Builder
	query := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '?':
			query = true
			b.WriteByte(c)
			if w.legacy != nil {
				tail, fragment, found := strings.Cut(raw[i+1:], "#")
				raw = raw[:i+1] + w.encodeQuery(tail)
				if found {
					raw += "#" + fragment
				}
			}
		case c == '#':
			b.WriteString(raw[i:])
			return escapeFragment(b.String())
		case c == '\\' && !query:
			b.WriteByte('/')
		case c == '%' && !hexAt(raw, i+1):
			b.WriteString("%25")
		case c <= ' ', c == 0x7f, c == '"', c == '<', c == '>', c == '\'' && query, c >= 0x80,
			c == '`' && !query, (c == '{' || c == '}' || c == '^') && !query:
			writePercent(&b, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// plainDots writes the segments "." and ".." of a path without escapes.
func plainDots(raw string) string {
	i := strings.IndexAny(raw, "?#")
	if i < 0 {
		i = len(raw)
	}
	if !strings.Contains(raw[:i], "%2e") && !strings.Contains(raw[:i], "%2E") {
		return raw
	}
	segments := strings.Split(raw[:i], "/")
	for j, s := range segments {
		if dots := strings.NewReplacer("%2e", ".", "%2E", ".").Replace(s); dots == "." || dots == ".." {
			segments[j] = dots
		}
	}
	return strings.Join(segments, "/") + raw[i:]
}

// escapeFragment mends what url.Parse would refuse after the first '#'.
func escapeFragment(raw string) string {
	i := strings.IndexByte(raw, '#')
	var b strings.Builder
	b.WriteString(raw[:i+1])
	for i++; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '%' && !hexAt(raw, i+1):
			b.WriteString("%25")
		case c <= ' ', c >= 0x7f, c == '"', c == '<', c == '>', c == '`':
			writePercent(&b, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func writePercent(b *strings.Builder, c byte) {
	b.WriteByte('%')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

// hexAt reports whether two hexadecimal digits stand at s[i:].
func hexAt(s string, i int) bool {
	return i+1 < len(s) && isHex(s[i]) && isHex(s[i+1])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// asciiURL escapes the bytes beyond ASCII, for documents that are not UTF-8.
func asciiURL(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] >= 0x80 {
			writePercent(&b, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
