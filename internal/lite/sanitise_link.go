package lite

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/idna"

	"buzzproof/internal/refs"
)

// links rewrites what a text refers to, so that it leads where it led.
type links struct {
	self string   // URL of the page without its fragment
	root string   // scheme and host of the page
	base *url.URL // what relative links are relative to, if not the page
}

func newLinks(p *Page) links {
	self := *p.URL
	self.Fragment, self.RawFragment = "", ""
	l := links{self: self.String(), root: self.Scheme + "://" + self.Host}
	if b := first(p.Doc, "base"); b != nil {
		if ref, err := url.Parse(tidy(value(b, "href"))); err == nil && ref.String() != "" {
			if base := self.ResolveReference(ref); base.String() != l.self && base.Host != "" {
				l.base = base
			}
		}
	}
	return l
}

// schemes are what a link may lead to. What a browser would run is not here.
var schemes = set("http", "https", "mailto", "tel", "sms", "xmpp", "ftp", "irc", "ircs", "matrix", "geo",
	"magnet", "gemini", "gopher", "news", "nntp", "sip", "sips", "webcal", "feed", "bitcoin", "doi", "urn", "acct")

// href returns a reference as it may be written. It is false for one that
// leads nowhere, or where nobody should be led.
func (l links) href(raw string) (string, bool) {
	ref := tidy(raw)
	scheme, hasScheme := schemeOf(ref)
	if hasScheme && !schemes[scheme] {
		return "", false
	}
	u, err := url.Parse(ref)
	if err != nil || !goodHost(u) || u.Opaque != "" && (scheme == "http" || scheme == "https") {
		return "", false
	}
	if (scheme == "http" || scheme == "https") && u.Host == "" || strings.HasPrefix(ref, "//") && u.Host == "" {
		return "", false
	}
	if !hasScheme && l.base != nil {
		ref = tidy(l.base.ResolveReference(u).String())
	}
	return l.shorten(ref), true
}

// shorten leaves out of a reference what its page says anyway.
func (l links) shorten(ref string) string {
	switch rest, ours := strings.CutPrefix(ref, l.self); {
	case ref == "":
		ref = l.self
	case ours && strings.HasPrefix(rest, "#"):
		return rest
	}
	if rest, ours := strings.CutPrefix(ref, l.root); ours && strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") {
		return rest
	}
	return ref
}

// resolve returns the absolute URL of a reference, nil if it has none.
func (l links) resolve(href string) *url.URL {
	self, err := url.Parse(l.self)
	if err != nil {
		return nil
	}
	u, err := self.Parse(href)
	if err != nil {
		return nil
	}
	return u
}

// schemeOf returns the scheme of a reference (RFC 3986, section 3.1).
func schemeOf(ref string) (string, bool) {
	end := strings.IndexAny(ref, ":/?#")
	if end < 0 || ref[end] != ':' {
		return "", false
	}
	return strings.ToLower(ref[:end]), true
}

// hosts spells host names as browsers do (URL Living Standard, section 3.3).
var hosts = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

// goodHost says whether a URL leads to no host or to one that can exist. One
// with a password in it shows something else than where it leads.
func goodHost(u *url.URL) bool {
	name := u.Hostname()
	if u.Host == "" {
		return u.User == nil
	}
	if port := u.Port(); u.User != nil || port != "" && !number(port, 0, 65535) {
		return false
	}
	if strings.HasPrefix(u.Host, "[") {
		_, err := netip.ParseAddr(name)
		return err == nil
	}
	plain, err := refs.Host(name)
	if err != nil {
		return false
	}
	ascii, err := hosts.ToASCII(plain)
	if err != nil || strings.ContainsAny(ascii, " !\"#$%&'()*+,;<=>?@\\^`{|}~:[]/") || strings.Contains("."+ascii, "..") {
		return false
	}
	if last := ascii[strings.LastIndex(strings.TrimSuffix(ascii, "."), ".")+1:]; last != "" && last[0] >= '0' && last[0] <= '9' {
		_, err := netip.ParseAddr(ascii)
		return err == nil
	}
	return true
}

// tidy spells a reference as browsers read it (URL Living Standard, section
// 4.4): white space around it and line ends in it do not count, a backslash is
// a slash; what may not stand in it is percent-encoded.
func tidy(raw string) string {
	raw = strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	var b strings.Builder
	path, fragment, six := true, false, false // six: in the host of IPv6
	for i, r := range raw {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
		case r == '\\' && path:
			b.WriteByte('/')
		case r == '[' && path && strings.HasSuffix(raw[:i], "//"), r == ']' && six:
			six = r == '['
			b.WriteRune(r)
		case r == '#' && fragment, r == '%' && !hex(raw[i+1:]), r <= ' ', strings.ContainsRune("\"<>[\\]^`{|}", r):
			const digits = "0123456789ABCDEF"
			b.WriteString("%" + string(digits[r>>4]) + string(digits[r&15]))
		case legible(string(r)) == "":
		default:
			path = path && r != '?' && r != '#'
			fragment = fragment || r == '#'
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hex says whether two hexadecimal digits come first.
func hex(s string) bool {
	return len(s) > 1 && strings.Contains("0123456789abcdefABCDEF", s[:1]) && strings.Contains("0123456789abcdefABCDEF", s[1:2])
}

// value returns an attribute, "" if there is none.
func value(n *html.Node, key string) string {
	v, _ := lookup(n, key)
	return v
}

func lookup(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

// first returns the first element of a name below n, in document order.
func first(n *html.Node, names ...string) *html.Node {
	if n == nil {
		return nil
	}
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			for _, name := range names {
				if c.Data == name {
					return c
				}
			}
		}
	}
	return nil
}
