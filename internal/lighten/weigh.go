package lighten

import (
	"net/url"
	"path"
	"strings"
	"sync"

	"buzzproof/internal/coding"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
)

// A Weight is what one visit to a page costs in bytes as sent, by kind. What
// third parties send is not in it: it does not come through this line.
type Weight struct {
	HTML   int64 `json:"html"`
	CSS    int64 `json:"css"`
	JS     int64 `json:"js"`
	Fonts  int64 `json:"fonts"`
	Images int64 `json:"images"`
	Other  int64 `json:"other"`
}

// Sum is the weight in all.
func (w Weight) Sum() int64 { return w.HTML + w.CSS + w.JS + w.Fonts + w.Images + w.Other }

// figures are the weight as a bundle keeps it, see weightOf.
func (w Weight) figures() map[string]int64 {
	return map[string]int64{"html": w.HTML, "css": w.CSS, "js": w.JS, "fonts": w.Fonts, "images": w.Images, "other": w.Other}
}

// add counts a file as what its type says it is.
func (w *Weight) add(f site.File, sent int64) {
	kind := coding.MediaType(f.Type)
	switch {
	case kind == "text/css":
		w.CSS += sent
	case strings.Contains(kind, "javascript") || strings.Contains(kind, "ecmascript"):
		w.JS += sent
	case strings.HasPrefix(kind, "image/"):
		w.Images += sent
	case strings.Contains(kind, "font") || strings.HasPrefix(path.Ext(f.URL), ".woff"):
		w.Fonts += sent
	default:
		w.Other += sent
	}
}

// scales remember what files weigh, for the style sheets that all pages share.
type scales struct {
	files site.Files
	sent  sync.Map // int64 by digest
	holds sync.Map // []site.File by digest: what a style sheet draws in
}

// weigh adds up a page and what a browser loads with it: of each picture the
// one in src, of each font the WOFF2. It follows style sheets to their fonts.
func (s *scales) weigh(source []byte, at *url.URL, files site.Files) Weight {
	w := Weight{HTML: s.coded(source, "text/html")}
	seen := map[string]bool{}
	take := func(f site.File) {
		if !seen[f.URL] {
			seen[f.URL] = true
			w.add(f, s.weightOf(f))
		}
	}
	refs.HTML(source, refs.Doc{URL: at, Charset: "utf-8"}, func(r refs.Ref) refs.Edit {
		if !loads(r) {
			return refs.Keep()
		}
		f, ok := files.Find(r.URL)
		if !ok || f.Page {
			return refs.Keep()
		}
		take(f)
		if coding.MediaType(f.Type) == "text/css" {
			for _, held := range s.drawnBy(f, at, files) {
				take(held)
			}
		}
		return refs.Keep()
	})
	return w
}

// loads reports whether a browser asks for what a reference names as soon as
// it shows the page, or scrolls through it.
func loads(r refs.Ref) bool {
	if r.Use != refs.Embed || r.Element == "meta" || r.Element == "source" || r.Element == "video" || r.Element == "audio" {
		return false
	}
	if strings.HasSuffix(r.Attr, "srcset") {
		return false
	}
	return r.Element != "link" || strings.Contains(r.Rel, "stylesheet") || strings.Contains(r.Rel, "preload") ||
		strings.Contains(r.Rel, "icon") && !strings.Contains(r.Rel, "apple")
}

// weightOf is what a file weighs as sent.
func (s *scales) weightOf(f site.File) int64 {
	if known, ok := s.sent.Load(f.Digest); ok {
		return known.(int64)
	}
	sent := f.Size
	if coding.Pays(f.Type, f.Size) {
		if data, err := s.files.Read(f); err == nil {
			sent = s.coded(data, f.Type)
		}
	}
	s.sent.Store(f.Digest, sent)
	return sent
}

// coded is about what a text weighs in brotli: the fast level, which is a
// tenth more than what is sent in the end.
func (s *scales) coded(data []byte, contentType string) int64 {
	if !coding.Pays(contentType, int64(len(data))) {
		return int64(len(data))
	}
	out, err := coding.Encode(data, coding.BR, coding.Fast)
	if err != nil {
		return int64(len(data))
	}
	return int64(len(out))
}

// drawnBy returns the fonts and style sheets that a style sheet draws in.
func (s *scales) drawnBy(sheet site.File, at *url.URL, files site.Files) []site.File {
	if known, ok := s.holds.Load(sheet.Digest); ok {
		return known.([]site.File)
	}
	var all []site.File
	if data, err := s.files.Read(sheet); err == nil {
		base := at.ResolveReference(&url.URL{Path: "/"})
		if u, err := base.Parse(sheet.URL); err == nil {
			base = u
		}
		refs.CSS(data, refs.Doc{URL: base}, func(r refs.Ref) refs.Edit {
			if f, ok := files.Find(r.URL); ok && (strings.HasSuffix(r.URL.Path, ".woff2") || coding.MediaType(f.Type) == "text/css") {
				all = append(all, f)
			}
			return refs.Keep()
		})
	}
	s.holds.Store(sheet.Digest, all)
	return all
}
