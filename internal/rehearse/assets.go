package rehearse

import (
	"bytes"
	"cmp"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// An asset is what a page needs besides itself.
type asset struct {
	url  string // absolute
	rank int    // what a browser asks for first comes first
}

const (
	rankStyle = iota
	rankScript
	rankPicture
	rankLazy
)

// A finder collects what a page needs.
type finder struct {
	base      *url.URL
	found     [rankLazy + 1][]asset
	seen      map[string]bool
	inPicture bool
	chosen    bool // the picture has its source
}

// assetsOf finds what a browser loads for a page from the page's own host:
// style sheets, scripts and pictures, those out of sight last. What style
// sheets and scripts ask for themselves is left aside.
func assetsOf(page []byte, base *url.URL) (all []asset) {
	f := &finder{base: base, seen: map[string]bool{}}
	z := html.NewTokenizer(bytes.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			f.start(element(z))
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "picture" {
				f.inPicture, f.chosen = false, false
			}
		}
	}
	for _, list := range f.found {
		all = append(all, list...)
	}
	return all
}

func (f *finder) start(name string, attrs map[string]string) {
	switch name {
	case "link":
		f.add(neededLink(attrs))
	case "script":
		f.add(attrs["src"], rankScript)
	case "picture":
		f.inPicture, f.chosen = true, false
	case "source":
		if f.inPicture && !f.chosen {
			f.add(candidate(attrs["srcset"]), pictureRank(attrs))
			f.chosen = true
		}
	case "img":
		if !f.chosen {
			f.add(cmp.Or(candidate(attrs["srcset"]), attrs["src"]), pictureRank(attrs))
		}
	}
}

func (f *finder) add(raw string, rank int) {
	u, err := f.base.Parse(strings.TrimSpace(raw))
	if raw == "" || err != nil || u.Host != f.base.Host || u.Scheme != f.base.Scheme {
		return
	}
	u.Fragment = ""
	if s := u.String(); !f.seen[s] {
		f.seen[s] = true
		f.found[rank] = append(f.found[rank], asset{s, rank})
	}
}

func element(z *html.Tokenizer) (string, map[string]string) {
	tag, more := z.TagName()
	name := string(tag) // the next call overwrites tag
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		attrs[string(key)] = string(value)
	}
	return name, attrs
}

// neededLink returns what a link element makes a browser load.
func neededLink(attrs map[string]string) (string, int) {
	for rel := range strings.FieldsSeq(strings.ToLower(attrs["rel"])) {
		switch rel {
		case "stylesheet", "preload", "modulepreload":
			return attrs["href"], rankStyle
		case "icon":
			return attrs["href"], rankLazy
		}
	}
	return "", 0
}

func pictureRank(attrs map[string]string) int {
	if strings.EqualFold(attrs["loading"], "lazy") {
		return rankLazy
	}
	return rankPicture
}

// screen is the width in pixels that visitors have for a picture.
const screen = 1024

// candidate chooses from a srcset as a browser would that gives a picture the
// whole width: the first that is wide enough, else the widest.
func candidate(srcset string) string {
	best, width := "", 0
	for entry := range strings.SplitSeq(srcset, ", ") {
		fields := strings.Fields(strings.Trim(entry, " ,\n\t"))
		if len(fields) == 0 {
			continue
		}
		w := 1
		if len(fields) > 1 {
			w = number(fields[1])
		}
		if best == "" || width < screen && w > width || w >= screen && w < width {
			best, width = fields[0], w
		}
	}
	return best
}

// number reads the digits that s begins with.
func number(s string) int {
	n := 0
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9' && n < 1e6; i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
