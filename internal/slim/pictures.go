package slim

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/site"
	"buzzproof/internal/style"
)

// The widest that a picture in a text is wished for, in CSS pixels, and the
// width of the screen that sizes in shares of it are reckoned on.
const (
	widest      = 800
	screenWidth = 1366
)

// firstScreen is how many pictures load at once: what one screen shows of a
// theme with a logo, a portrait and a picture above the text.
const firstScreen = 3

// images makes one small picture of each that the page shows.
func (s *slimmer) images(set *style.Set) {
	bound := set.Where(s.doc, func(property, value string) bool {
		switch property {
		case "height", "max-height", "min-height", "block-size", "max-block-size", "aspect-ratio":
			return !strings.HasPrefix(value, "auto") && value != "none"
		}
		return false
	})
	free := set.Where(s.doc, func(property, value string) bool {
		return (property == "width" || property == "inline-size") && (strings.HasPrefix(value, "auto") || strings.HasSuffix(value, "-content"))
	})
	slimEach(s.doc, func(n *html.Node) bool {
		switch {
		case n.DataAtom == atom.Source && n.Parent.DataAtom == atom.Picture:
			n.Parent.RemoveChild(n)
		case n.DataAtom == atom.Img:
			s.image(n, bound[n], bound[n] || free[n])
		case n.DataAtom == atom.Input && slimGet(n, "type") == "image":
			if f, ok := s.find(slimGet(n, "src")); ok {
				slimSet(n, "src", s.shot(f, widest).address())
			}
		case n.Data == "image" && n.Namespace == "svg":
			s.svgImage(n)
		}
		return true
	})
}

func (s *slimmer) svgImage(n *html.Node) {
	for i, a := range n.Attr {
		if f, ok := s.find(a.Val); ok && a.Key == "href" {
			n.Attr[i].Val = s.shot(f, widest).address()
		}
	}
}

// image gives a picture its one source, its size and its turn.
func (s *slimmer) image(n *html.Node, bound, own bool) {
	candidates, lazy := s.candidates(n)
	f, ok := s.firstHeld(candidates)
	if !ok {
		s.foreignImage(n, candidates, lazy)
		return
	}
	attrW, attrH := slimNumber(slimGet(n, "width")), slimNumber(slimGet(n, "height"))
	naturalW, naturalH, known := s.pictures.Dimensions(f)
	layout := slimSizes(slimGet(n, "sizes"))
	if layout == 0 || lazy && attrW > 0 {
		layout = naturalW
	}
	wish := slimWish(attrW, layout, naturalW)
	shot := s.shot(f, wish)
	if !slimHas(n, "srcset") {
		layout = naturalW
	}
	slimDel(n, "srcset", "sizes", "data-srcset", "data-lazy-srcset", "data-sizes", "data-lazy-sizes", "data-src", "data-lazy-src",
		"data-original", "loading", "fetchpriority", "decoding")
	slimSet(n, "src", shot.address())
	if lazy {
		slimUnlazy(n)
	}
	if known && naturalW > 0 && naturalH > 0 && attrH == 0 {
		s.size(n, attrW, layout, naturalW, naturalH, bound)
	}
	if known && own && len(shot.variants) > 0 { // a set of one: the page sees the size that the picture itself had
		slimSet(n, "srcset", shot.address()+" "+shot.mark("width")+"w")
		slimSet(n, "sizes", fmt.Sprintf("%dpx", layout))
	}
	if known && naturalW > 0 && naturalH > 0 && len(shot.variants) > 0 {
		s.keepRatio(n, naturalW, naturalH)
	}
	s.turn(n, wish)
	if f.Type == "image/gif" && len(shot.variants) > 0 && !slimIn(n, "a") && s.animated(f) {
		slimLink(n, f.URL)
	}
}

// slimWish is the narrowest of the widths that are known.
func slimWish(widths ...int) int {
	wish := widest
	for _, w := range widths {
		if w > 0 {
			wish = min(wish, w)
		}
	}
	return wish
}

// slimLink puts an element into a link.
func slimLink(n *html.Node, to string) {
	a := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A, Attr: []html.Attribute{{Key: "href", Val: to}}}
	n.Parent.InsertBefore(a, n)
	n.Parent.RemoveChild(n)
	a.AppendChild(n)
}

// size writes the size that a picture has, so that nothing moves when it comes.
// It must not win over rules: one that bounds the height lets the width follow.
func (s *slimmer) size(n *html.Node, attrW, layout, naturalW, naturalH int, bound bool) {
	w := layout
	if attrW > 0 {
		w = attrW
	}
	slimSet(n, "width", fmt.Sprint(w))
	slimSet(n, "height", fmt.Sprint((w*naturalH+naturalW/2)/naturalW))
	slimSet(n, "data-slim", "")
	s.rule(":where(img[data-slim]){height:auto}")
	if bound && attrW == 0 {
		slimSet(n, "data-slim", "s")
		s.rule(":where(img[data-slim=s]){width:auto}")
	}
}

// keepRatio holds a smaller picture to the proportions of the one it stands
// for: 640 by 427 are not quite 800 by 533, and the text below would move by
// half a pixel when it comes. The rule loses to every rule of the site.
func (s *slimmer) keepRatio(n *html.Node, w, h int) {
	own := strings.TrimRight(strings.TrimSpace(slimGet(n, "style")), ";")
	if own != "" {
		own += ";"
	}
	slimSet(n, "style", fmt.Sprintf("%s--ratio:%d/%d", own, w, h))
	s.rule(`:where(img[style*="--ratio"]){aspect-ratio:var(--ratio)}`)
}

// rule adds a rule of the slim page itself, once.
func (s *slimmer) rule(text string) {
	if !strings.Contains(s.ownRules, text) {
		s.ownRules += text
	}
}

// turn lets the pictures of the first screen load at once and the others when
// they come into sight.
func (s *slimmer) turn(n *html.Node, wish int) {
	slimSet(n, "decoding", "async")
	s.first++
	if s.first > firstScreen {
		slimSet(n, "loading", "lazy")
	} else if wish >= 300 && s.hero == nil { // no logo and no portrait
		s.hero = n
		slimSet(n, "fetchpriority", "high")
	}
}

// candidates returns where the picture is, the best for a slim page first, and
// whether a script was to load it.
func (s *slimmer) candidates(n *html.Node) ([]string, bool) {
	src, set := slimGet(n, "src"), slimGet(n, "srcset")
	lazySrc := cmp.Or(slimGet(n, "data-src"), slimGet(n, "data-lazy-src"), slimGet(n, "data-original"))
	lazySet := cmp.Or(slimGet(n, "data-srcset"), slimGet(n, "data-lazy-srcset"))
	lazy := lazySrc != "" || lazySet != ""
	if lazy {
		set = lazySet
		src = cmp.Or(lazySrc, src)
	}
	best, widths := slimBest(set)
	out := []string{src, best} // of densities, the source is the one for common screens
	if widths {
		out = []string{best, src}
	}
	if p := n.Parent; p.DataAtom == atom.Picture {
		for c := p.FirstChild; c != nil; c = c.NextSibling {
			if best, _ := slimBest(slimGet(c, "srcset")); c.DataAtom == atom.Source {
				out = append(out, best)
			}
		}
	}
	return out, lazy
}

func (s *slimmer) firstHeld(candidates []string) (site.File, bool) {
	for _, ref := range candidates {
		if f, ok := s.find(ref); ok && !f.Page {
			return f, true
		}
	}
	return site.File{}, false
}

// foreignImage keeps a picture of another host, which costs this line nothing,
// unless it only counts visitors.
func (s *slimmer) foreignImage(n *html.Node, candidates []string, lazy bool) {
	best := cmp.Or(candidates...)
	if best != "" && slimPixel(n) && s.foreign(best) {
		n.Parent.RemoveChild(n)
		return
	}
	if lazy {
		slimSet(n, "src", best)
		slimDel(n, "data-src", "data-lazy-src", "data-original", "data-srcset", "data-lazy-srcset", "srcset", "sizes")
		slimUnlazy(n)
	}
	s.turn(n, 0)
}

// slimUnlazy gives the classes that the scripts of lazy pictures would give.
func slimUnlazy(n *html.Node) {
	var out []string
	for _, c := range strings.Fields(slimGet(n, "class")) {
		switch c {
		case "lazyload", "lazyloading":
			c = "lazyloaded"
		case "lazy":
			c = "lazy loaded"
		}
		out = append(out, c)
	}
	if len(out) > 0 {
		slimSet(n, "class", strings.Join(out, " "))
	}
}

// animated tells whether a GIF has more than one picture: each has a Graphic
// Control Extension, GIF89a section 23.
func (s *slimmer) animated(f site.File) bool {
	data, err := s.p.Files.Read(f)
	return err == nil && bytes.Count(data, []byte{0x21, 0xf9, 4}) > 1
}
