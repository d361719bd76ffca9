// Package slim makes the slim rendition of a page: the same look in a fraction
// of the bytes.
//
// Whatever a visitor does not see on this page goes: style rules that no
// element matches, pixels that the layout does not show, scripts that only
// decorate, and everything that comes from third parties.
package slim

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/site"
	"buzzproof/internal/style"
)

// A Page is a page on its way to its slim rendition.
type Page struct {
	URL    *url.URL   // public, absolute
	Doc    *html.Node // is not changed
	Files  site.Files
	Weight int64 // bytes of the full page with all it needs, as sent; 0 if not known

	// Notices are what the owner should know, once Slim has returned.
	Notices []string
	// PictureBytes and OtherBytes are what the slim page needs beside its text,
	// as sent.
	PictureBytes, OtherBytes int64
}

// notice tells the owner something about the page, once.
func (p *Page) notice(text string) {
	if !slices.Contains(p.Notices, text) {
		p.Notices = append(p.Notices, text)
	}
}

// Pictures says in which sizes a picture of the site can be had.
type Pictures interface {
	// Variants returns them from the best to the lightest. If there are none,
	// the picture is sent as it is.
	Variants(f site.File) ([]Variant, error)
	// Dimensions returns the size of the picture itself in pixels.
	Dimensions(f site.File) (width, height int, ok bool)
}

// A Variant is a picture in one size. A page asks for it by ?slim=Name.
type Variant struct {
	Name          string
	Width, Height int   // pixels
	Bytes         int64 // of the heaviest form that a browser may be sent
}

// slimBytes is what a slim page may weigh in all, as sent. Through 1 Mbit/s
// that is 0.8 s.
const slimBytes = 100_000

// mostNodes bounds the pages that are slimmed: a node takes some 200 bytes with
// its attributes, so a page and its copy stay under 120 MB. Tags left open make
// a megabyte of markup a million of them.
const mostNodes = 300_000

// A slimmer makes the slim rendition of one page.
type slimmer struct {
	p        *Page
	doc      *html.Node // its own copy
	base     *url.URL   // what references in the page are relative to
	pictures Pictures
	scripts  []string // texts of those that stay
	weight   int64    // bytes as sent of what the page needs and no choice makes lighter
	shots    []*shot
	byURL    map[string]*shot
	place    *html.Node // where the style sheets go
	ownRules string     // of the slim page, before those of its sheets
	first    int        // pictures so far
	hero     *html.Node // the picture that loads before all others
}

// Slim returns the page with the same look in at most 100 KB in all, pictures
// and scripts included, if its text and its smallest pictures allow that. It
// returns nil for a page that cannot be slimmed, and says why in a notice.
func (p *Page) Slim(pictures Pictures) ([]byte, error) {
	if slimNodes(p.Doc) > mostNodes {
		p.notice("no slim page: its markup has too many elements")
		return nil, nil
	}
	s := &slimmer{p: p, doc: slimCopy(p.Doc), pictures: pictures, byURL: map[string]*shot{}, place: &html.Node{Type: html.CommentNode}}
	s.base = s.findBase()
	if why := s.refusal(); why != "" {
		p.notice("no slim page: " + why)
		return nil, nil
	}
	s.dropScripts()
	s.dropHead()
	s.embeds()
	set, err := style.Read(s.sheets(), s.imported)
	if err != nil {
		p.notice("no slim page: " + err.Error())
		return nil, nil
	}
	s.images(set)
	s.dress(set)
	s.tidy(set)
	var b bytes.Buffer
	if err := html.Render(&b, s.doc); err != nil {
		return nil, err
	}
	return s.fit(b.Bytes()), nil
}

// findBase follows a base element, HTML section 4.2.3.
func (s *slimmer) findBase() *url.URL {
	base := s.p.URL
	slimEach(s.doc, func(n *html.Node) bool {
		if n.DataAtom != atom.Base || slimGet(n, "href") == "" {
			return true
		}
		if u, err := s.p.URL.Parse(slimGet(n, "href")); err == nil {
			base = u
		}
		return false
	})
	return base
}

// refusal says why the page cannot be slimmed, or "".
func (s *slimmer) refusal() string {
	words, pictures, scripts, why := 0, 0, 0, ""
	slimEach(s.doc, func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Meta:
			policy := strings.ToLower(slimGet(n, "content"))
			if strings.EqualFold(slimGet(n, "http-equiv"), "content-security-policy") && !strings.Contains(policy, "'unsafe-inline'") {
				why = "its Content-Security-Policy forbids styles in the page"
			}
		case atom.Frameset:
			why = "it is a frameset"
		case atom.Img, atom.Svg, atom.Video, atom.Iframe:
			pictures++
		case atom.Script:
			scripts++
		}
		if n.DataAtom != atom.Script && n.DataAtom != atom.Style && n.DataAtom != atom.Noscript && n.DataAtom != atom.Title {
			words += slimWords(n)
		}
		return true
	})
	if why == "" && words < 3 && pictures == 0 && scripts > 0 {
		why = "its content appears only through scripts"
	}
	return why
}

// find returns what the site holds at a reference.
func (s *slimmer) find(ref string) (site.File, bool) {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "data:") || strings.HasPrefix(ref, "#") {
		return site.File{}, false
	}
	u, err := s.base.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return site.File{}, false
	}
	return s.p.Files.Find(u)
}

// foreign tells whether a reference leads to another host.
func (s *slimmer) foreign(ref string) bool {
	u, err := s.base.Parse(strings.TrimSpace(ref))
	return err != nil || u.Host != "" && !strings.EqualFold(u.Host, s.p.URL.Host)
}

// slimSent returns how many bytes a text has as sent. Level 5 is quick and a few
// percent above what level 11 makes of it.
func slimSent(text []byte) int64 {
	var n counter
	w := brotli.NewWriterLevel(&n, 5)
	_, _ = w.Write(text) // a counter takes everything
	_ = w.Close()
	return int64(n)
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
