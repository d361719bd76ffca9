package refs

import (
	"net/url"
	"strings"
)

// LinkHeader reads the values of Link headers (RFC 8288).
func LinkHeader(values []string, base *url.URL) []Ref {
	var list []Ref
	w := walk{base: base, visit: func(r Ref) Edit {
		list = append(list, r)
		return Keep()
	}}
	if base == nil {
		w.base = &url.URL{}
	}
	for _, v := range values {
		for v != "" {
			v = w.linkValue(v)
		}
	}
	return list
}

// linkValue reads the first link of v and returns what follows it.
func (w *walk) linkValue(v string) (rest string) {
	v = strings.TrimLeft(v, " \t,")
	if !strings.HasPrefix(v, "<") {
		_, v, _ = strings.Cut(v, ",")
		return v
	}
	target, v, found := strings.Cut(v[1:], ">")
	if !found {
		return ""
	}
	params := map[string]string{}
	for {
		v = strings.TrimLeft(v, " \t;")
		if v == "" || v[0] == ',' {
			break
		}
		var name, value string
		name, value, v = linkParam(v)
		if _, twice := params[name]; !twice { // the first one counts
			params[name] = value
		}
	}
	raw := strings.TrimSpace(target)
	_, hreflang := params["hreflang"]
	r := linkRef(strings.ToLower(params["rel"]), strings.ToLower(params["type"]), hreflang)
	w.present(nil, 0, 0, raw, plain, r)
	return v
}

// linkParam reads one parameter, whose value may be a quoted string.
func linkParam(v string) (name, value, rest string) {
	i := strings.IndexAny(v, "=;,")
	if i < 0 {
		i = len(v)
	}
	name = strings.ToLower(strings.TrimSpace(v[:i]))
	if i == len(v) || v[i] != '=' {
		return name, "", v[i:]
	}
	v = strings.TrimLeft(v[i+1:], " \t")
	if !strings.HasPrefix(v, `"`) {
		if i = strings.IndexAny(v, ";,"); i < 0 {
			i = len(v)
		}
		return name, strings.TrimSpace(v[:i]), v[i:]
	}
	var b strings.Builder
	for i = 1; i < len(v) && v[i] != '"'; i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		b.WriteByte(v[i])
	}
	return name, b.String(), v[min(i+1, len(v)):]
}

// ReplaceEncodedOrigin replaces the origins that stand percent-encoded in raw,
// once or twice, as in "https://example.net/share?url=http%3A%2F%2Flocalhost".
func ReplaceEncodedOrigin(raw string, from []string, to string) (string, bool) {
	changed := false
	to = strings.TrimRight(to, "/")
	for _, origin := range from {
		origin = strings.TrimRight(origin, "/")
		for _, encode := range encodings {
			if s := replaceFold(raw, encode(origin), encode(to)); s != raw {
				raw, changed = s, true
			}
		}
	}
	return raw, changed
}

// encodings are the ways in which an origin is found in a query. Some programs
// leave the colons alone.
var encodings = []func(string) string{
	func(s string) string { return percentEncode(percentEncode(s)) },
	percentEncode,
	func(s string) string { return strings.ReplaceAll(percentEncode(percentEncode(s)), "%253A", ":") },
	func(s string) string { return strings.ReplaceAll(percentEncode(s), "%3A", ":") },
}

// percentEncode escapes all but unreserved characters.
func percentEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isLetter(c) || isDigit(c) || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			writePercent(&b, c)
		}
	}
	return b.String()
}

// replaceFold replaces an encoded origin, whatever the case of its hexadecimal
// digits, where it is not the beginning of a longer host or port.
func replaceFold(s, origin, by string) string {
	lower := strings.ToLower(s)
	if len(lower) != len(s) || origin == "" {
		return s
	}
	origin = strings.ToLower(origin)
	var b strings.Builder
	done := 0
	for i := 0; ; {
		n := strings.Index(lower[i:], origin)
		if n < 0 {
			break
		}
		start, end := i+n, i+n+len(origin)
		i = end
		if end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || s[end] == '-' || s[end] == '.' ||
			s[end] == ':' || strings.HasPrefix(lower[end:], "%3a") || strings.HasPrefix(lower[end:], "%253a")) {
			continue
		}
		b.WriteString(s[done:start])
		b.WriteString(by)
		done = end
	}
	return b.String() + s[done:]
}
