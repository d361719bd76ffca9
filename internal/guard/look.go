package guard

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// Lists of what scanners ask for.
var (
	//go:embed paths.txt
	pathList []byte
	//go:embed attacks.txt
	attackList []byte
)

// A sort is what an address is to who judges by it.
type sort uint8

const (
	aPage   sort = iota // a document, as far as its name tells
	anAsset             // what pages are made of
	aFeed
	aCourtesy // robots.txt and the like, which everybody may ask for
	aProbe    // of a product that the site may run or not
	aSecret   // a probe whatever the site runs
	anAttack
)

// A look is what an address tells.
type look struct {
	sort    sort
	product int  // which product a probe is after, or shows itself
	runs    bool // it shows itself in an asset
	login   bool // where passwords are tried
}

// pathMarks are the list of paths: products by name, and what each line means.
type pathMarks struct {
	marks    *marks
	lines    []look
	products []string // by number; at most 64, so that a set of them is a word
	secret   int      // the number of what nobody publishes
	attacks  *marks
}

var paths = sync.OnceValue(func() *pathMarks {
	p := &pathMarks{marks: newMarks(), attacks: newMarks()}
	for line := range strings.Lines(string(pathList)) {
		if err := p.add(strings.TrimSuffix(line, "\n")); err != nil {
			panic("guard: paths.txt: " + err.Error())
		}
	}
	for line := range strings.Lines(string(attackList)) {
		if _, mark, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok {
			if err := p.attacks.add(mark, 0); err != nil {
				panic("guard: attacks.txt: " + err.Error())
			}
		}
	}
	p.secret = p.product("secret")
	return p
})

func (p *pathMarks) add(line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	name, mark, _ := strings.Cut(line, "\t")
	name, runs := strings.CutPrefix(name, "runs:")
	l := look{sort: aProbe, product: p.product(name), runs: runs}
	switch {
	case runs:
		l.sort = aPage
	case name == "secret":
		l.sort = aSecret
	}
	l.login = strings.HasPrefix(mark, "/wp-login") || strings.HasPrefix(mark, "/xmlrpc") ||
		strings.HasPrefix(mark, "/administrator") || strings.HasPrefix(mark, "/phpmyadmin") || strings.Contains(mark, "/login")
	if len(p.products) > bits.UintSize {
		return fmt.Errorf("more than %d products", bits.UintSize)
	}
	if err := p.marks.add(mark, len(p.lines)); err != nil {
		return err
	}
	p.lines = append(p.lines, l)
	return nil
}

func (p *pathMarks) product(name string) int {
	for i, known := range p.products {
		if known == name {
			return i
		}
	}
	p.products = append(p.products, name)
	return len(p.products) - 1
}

// longestPath is as much of an address as is looked at.
const longestPath = 1024

// lookAt tells what somebody asks for. The address is as it stands in a
// request: a path, and maybe a query.
func (p *pathMarks) lookAt(address string) look {
	var room [longestPath]byte
	end := len(address)
	if q := strings.IndexByte(address, '?'); q >= 0 {
		end = q
	}
	path := decode(room[:0], address[:end])
	all := decode(path, address[end:])
	l := p.lookAtPath(path)
	if lowest(p.attacks, all, 1) == 0 {
		l.sort = anAttack
	}
	if l.sort == aPage && bytes.Contains(all[len(path):], []byte("feed=")) {
		l.sort = aFeed
	}
	return l
}

func (p *pathMarks) lookAtPath(path []byte) look {
	l := look{sort: sortOf(path)}
	if l.sort == aPage && hidden(path) {
		l = look{sort: aProbe, product: p.secret}
	}
	found := lowest(p.marks, path, len(p.lines))
	if found == len(p.lines) || l.sort == aCourtesy {
		if l.sort == aPage && bytes.Contains(path, []byte("/.well-known/")) {
			l.sort = aCourtesy
		}
		return l
	}
	m := p.lines[found]
	if l.sort == anAsset && m.sort == aProbe || m.runs {
		// A plug-in's picture is asked for by pages, and tells what the site runs.
		l.product, l.runs = p.running(path)
		return l
	}
	return m
}

// shown are folders whose names begin with a dot and where browsers are sent by
// pages, or answers are read: RFC 8615, Ghost, Azure, Netlify, Adobe, Magnolia.
var shown = []string{"/.well-known/", "/.ghost/", "/.auth/", "/.netlify/", "/.rum/", "/.rest/"}

// hidden reports whether a name in the path begins with a dot, as those of files
// do that are not meant to be seen: settings of editors, keys, histories. Every
// year brings others than are listed. What is answered well is no probe.
func hidden(path []byte) bool {
	for i := 0; i+2 < len(path); i++ {
		if path[i] == '/' && path[i+1] == '.' && (isLetter(path[i+2]) || '0' <= path[i+2] && path[i+2] <= '9') &&
			!slices.ContainsFunc(shown, func(name string) bool { return bytes.HasPrefix(path[i:], []byte(name)) }) {
			return true
		}
	}
	return false
}

// running returns the product that an asset belongs to.
func (p *pathMarks) running(path []byte) (product int, ok bool) {
	for i := range p.lines {
		if p.lines[i].runs && bytes.Contains(path, []byte(p.marks.all[i].text)) {
			return p.lines[i].product, true
		}
	}
	return 0, false
}

// decode appends an address in lower case with its escapes resolved, as much
// of it as there is room for.
func decode(to []byte, s string) []byte {
	for i := 0; i < len(s) && len(to) < cap(to); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && hexOf(s[i+1]) < 16 && hexOf(s[i+2]) < 16:
			c = hexOf(s[i+1])<<4 | hexOf(s[i+2])
			i += 2
		case c == '+':
			c = ' '
		}
		to = append(to, lowered[c])
	}
	return to
}

func hexOf(c byte) byte {
	switch c = lowered[c]; {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 16
}

// sortOf tells assets, feeds and courtesies by their name.
func sortOf(path []byte) sort {
	base := path[bytes.LastIndexByte(path, '/')+1:]
	switch string(base) {
	case "robots.txt", "favicon.ico", "ads.txt", "app-ads.txt", "humans.txt", "security.txt", "sitemap.xml", "sitemap_index.xml",
		"apple-touch-icon.png", "apple-touch-icon-precomposed.png", "browserconfig.xml", "manifest.json", "site.webmanifest",
		"opensearch.xml", "crossdomain.xml", "llms.txt", "dnt-policy.txt":
		return aCourtesy
	case "feed", "rss", "atom", "feed.xml", "rss.xml", "atom.xml", "index.xml", "index.rss", "feed.json", "index.rdf":
		return aFeed
	case "":
		for _, name := range [...]string{"/feed/", "/rss/", "/atom/"} {
			if bytes.HasSuffix(path, []byte(name)) {
				return aFeed
			}
		}
		return aPage
	}
	switch string(base[bytes.LastIndexByte(base, '.')+1:]) {
	case "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp", "woff", "woff2", "ttf", "otf",
		"eot", "mp4", "webm", "mp3", "ogg", "m4a", "wasm", "xbm", "mpg", "wav", "au":
		return anAsset
	case "rss", "atom", "rdf":
		return aFeed
	}
	return aPage
}
