// Package site holds the words every part of buzzproof shares, as types.
//
// It knows nothing of disks, networks or clocks: what stands here means the
// same to the program that freezes a site and to the one that serves it.
package site

import (
	"net/url"
	"strings"
)

// Key returns the one spelling of an address by which a site knows a resource:
// its escaped path and, when there is one, its query. Scheme, host and
// fragment are not part of it. Two spellings of one address (RFC 3986 section
// 6.2.2: %7e and ~, lower-case hex, an empty path, dot segments, a bare "?")
// have the same key.
func Key(u *url.URL) string {
	path := normalEscapes(u.EscapedPath(), isPathByte)
	if strings.Contains(path, "/.") {
		path = removeDotSegments(path)
	}
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	if u.RawQuery == "" {
		return path
	}
	return path + "?" + normalEscapes(u.RawQuery, isQueryByte)
}

// SplitKey separates a key into its path and its query without the "?".
func SplitKey(key string) (path, query string) {
	path, query, _ = strings.Cut(key, "?")
	return path, query
}

// normalEscapes decodes the escapes of unreserved bytes, escapes the bytes that
// may not stand bare, and writes every escape that stays in upper case.
func normalEscapes(s string, bare func(byte) bool) string {
	if !needsNormalising(s, bare) {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		c, escaped := s[i], false
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c, escaped = unhex(s[i+1])<<4|unhex(s[i+2]), true
			i += 2
		}
		if isUnreserved(c) || !escaped && bare(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func needsNormalising(s string, bare func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '%' || !isUnreserved(c) && !bare(c) {
			return true
		}
	}
	return false
}

// removeDotSegments is the algorithm of RFC 3986 section 5.2.4.
func removeDotSegments(path string) string {
	segments := strings.Split(path, "/")
	kept := segments[:0]
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
			if last {
				kept = append(kept, "")
			}
		case "..":
			if len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, "/")
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// isPathByte reports whether c may stand bare in a path beside the unreserved
// ones: "/" and the sub-delims, ":" and "@" of RFC 3986 section 3.3.
func isPathByte(c byte) bool { return strings.IndexByte("/!$&'()*+,;=:@", c) >= 0 }

// isQueryByte adds what a query may hold bare beside a path's bytes. Brackets
// are not in RFC 3986's list, yet PHP sites link to them bare.
func isQueryByte(c byte) bool { return isPathByte(c) || c == '?' || c == '[' || c == ']' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
