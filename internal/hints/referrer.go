// Package hints reads what an address, a referrer and an agent give away. All
// of it is what strangers say of themselves: good for statistics, and for
// nothing that must not be fooled.
package hints

import (
	"net/url"
	"strings"
)

// isStaticEnding reports whether addresses that end so are files rather than
// pages, by the list that GoAccess 1.11 ships in its configuration.
func isStaticEnding(end string) bool {
	switch end {
	case "css", "js", "jpg", "png", "gif", "ico", "jpeg", "pdf", "csv", "mpeg", "mpg", "swf", "woff", "woff2", "xls", "xlsx", "doc",
		"docx", "ppt", "pptx", "txt", "zip", "ogg", "mp3", "mp4", "exe", "iso", "gz", "rar", "svg", "bmp", "tar", "tgz", "tiff", "tif",
		"ttf", "flv", "dmg", "xz", "zst":
		return true
	}
	return false
}

// maxEnding is the length of the longest of them.
const maxEnding = len("woff2")

// IsStatic reports whether an address ends like a file. A query hides the
// ending, as in GoAccess.
func IsStatic(path string) bool {
	at := len(path) - 1
	for n := 0; at > 0 && n <= maxEnding && path[at] != '.'; n++ {
		at--
	}
	if at <= 0 || path[at] != '.' || len(path)-at-1 > maxEnding {
		return false
	}
	var lower [maxEnding]byte
	n := copy(lower[:], path[at+1:])
	for i := range n {
		if 'A' <= lower[i] && lower[i] <= 'Z' {
			lower[i] |= 0x20
		}
	}
	return isStaticEnding(string(lower[:n]))
}

// Site returns the host of a referrer, with its port; empty if it has none.
func Site(referrer string) string {
	_, host, ok := strings.Cut(referrer, "//")
	if !ok {
		return ""
	}
	if at := strings.IndexAny(host, "/?"); at >= 0 {
		host = host[:at]
	}
	return host[:min(len(host), 511)]
}

// engines are search engines that may tell what was searched for, besides
// Google, with the name of the parameter. A host that ends in a dot has a
// different end in each country.
var engines = []struct{ host, parameter string }{
	{"bing.com", "q"},
	{"duckduckgo.com", "q"},
	{"ecosia.org", "q"},
	{"qwant.com", "q"},
	{"search.brave.com", "q"},
	{"yahoo.", "p"},
	{"yandex.", "text"},
	{"m.baidu.com", "word"},
	{"baidu.com", "wd"},
	{"startpage.com", "query"},
	{"kagi.com", "q"},
	{"search.marginalia.nu", "query"},
	{"mojeek.com", "q"},
	{"swisscows.com", "query"},
	{"metager.de", "eingabe"},
	{"metager.org", "eingabe"},
	{"search.lilo.org", "q"},
	{"presearch.com", "q"},
	{"search.seznam.cz", "q"},
	{"go.mail.ru", "q"},
	{"search.naver.com", "query"},
	{"search.daum.net", "q"},
	{"sogou.com", "query"},
	{"ask.com", "q"},
	{"aol.com", "q"},
}

// belongs reports whether a host, which may have a port, is that of an engine
// or lies below it.
func belongs(host, engine string) bool {
	for from := 0; ; {
		at := strings.Index(host[from:], engine)
		if at < 0 {
			return false
		}
		at += from
		from = at + len(engine)
		begins := at == 0 || host[at-1] == '.'
		ends := from == len(host) || host[from] == ':' || strings.HasSuffix(engine, ".")
		if begins && ends {
			return true
		}
	}
}

// Phrase returns what a visitor searched for, and the referrer as it is
// counted: Google's is cut behind the phrase, as GoAccess does, for what
// follows differs with every click.
func Phrase(referrer string) (phrase, counted string) {
	if strings.Contains(referrer, "google") {
		return googlePhrase(referrer)
	}
	host := Site(referrer)
	for _, e := range engines {
		if !belongs(host, e.host) {
			continue
		}
		if u, err := url.Parse(referrer); err == nil {
			return strings.TrimSpace(u.Query().Get(e.parameter)), referrer
		}
	}
	return "", referrer
}

// googlePhrase follows GoAccess 1.11 step by step, so that both list the same
// phrases: Google's search, its cache, its translations.
func googlePhrase(referrer string) (phrase, counted string) {
	if !fromGoogle(referrer) || strings.Contains(referrer, "/+&") {
		return "", referrer
	}
	at, end := -1, "&"
	if i := strings.Index(referrer, "/+"); i >= 0 {
		at = i + 2
	} else if i := strings.Index(referrer, "q=cache:"); i >= 0 {
		at = i
		if plus := strings.IndexByte(referrer[i:], '+'); plus >= 0 {
			at = i + plus + 1
		}
	} else if i, n := firstOf(referrer, "&q=", "?q="); i >= 0 {
		at = i + n
	} else if i, n := firstOf(referrer, "%26q%3D", "%3Fq%3D"); i >= 0 {
		at, end = i+n, "%26"
	}
	if at < 0 {
		return "", referrer
	}
	phrase, counted = referrer[at:], referrer
	if i := strings.Index(phrase, end); i >= 0 {
		phrase, counted = phrase[:i], referrer[:at+i]
	}
	return plain(phrase), counted
}

func fromGoogle(referrer string) bool {
	for _, host := range []string{"www.google.", "webcache.googleusercontent.com/", "translate.googleusercontent.com/"} {
		if strings.Contains(referrer, "http://"+host) || strings.Contains(referrer, "https://"+host) {
			return true
		}
	}
	return false
}

func firstOf(s string, options ...string) (at, size int) {
	for _, o := range options {
		if i := strings.Index(s, o); i >= 0 {
			return i, len(o)
		}
	}
	return -1, 0
}

// plain decodes an escaped phrase. Escapes that are none stay as they are.
func plain(escaped string) string {
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c == '%' && i+2 < len(escaped) {
			if whole, err := url.PathUnescape(escaped[i : i+3]); err == nil {
				c = whole[0]
				i += 2
			}
		}
		if c == 0 {
			break
		}
		if c == '+' {
			c = ' '
		}
		if c != '\n' && c != '\r' {
			b.WriteByte(c)
		}
	}
	return strings.Trim(b.String(), " \t\v\f")
}
