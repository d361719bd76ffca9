package lighten

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"net/url"
	"slices"

	"golang.org/x/net/html"

	"buzzproof/internal/article"
	"buzzproof/internal/coding"
	"buzzproof/internal/lite"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
	"buzzproof/internal/slim"
	"buzzproof/internal/snapshot"
)

// Versions of what each stage makes, see stage.
const (
	textVersion    = 2
	slimVersion    = 3
	fullVersion    = 1
	pictureVersion = 1
)

const pageType = "text/html; charset=utf-8"

type hasher struct{ hash.Hash }

func newHash() hasher { return hasher{sha256.New()} }

// name is half of the digest in hex: plenty against chance.
func (h hasher) name() string { return fmt.Sprintf("%x", h.Sum(nil)[:sha256.Size/2]) }

// A page is one page as it was read.
type page struct {
	url    *url.URL // public, absolute
	source []byte   // in UTF-8
	doc    *html.Node
	files  site.Files
}

// read prepares a page for its renditions.
func (l *Lightener) read(e *snapshot.Entry, files site.Files) (*page, error) {
	raw, err := l.site.read(e)
	if err != nil {
		return nil, err
	}
	at, err := l.site.public.Parse(e.URL)
	if err != nil {
		return nil, err
	}
	source := refs.UTF8(raw, e.Type)
	return &page{url: at, source: source, doc: article.Parse(source), files: files}, nil
}

// textStage makes what a full line needs: lite, postcards, preview.
func (l *Lightener) textStage() stage {
	pages, _ := l.pages()
	return stage{
		name: "text", version: textVersion, entries: pages,
		key: func(e *snapshot.Entry) string {
			return keyOf("text", textVersion, l.site.Manifest.Public, e.URL, e.Type, e.Digest, l.config.Words.Version())
		},
		make: l.makeText,
	}
}

func (l *Lightener) makeText(_ context.Context, e *snapshot.Entry, b *snapshot.Bundle) error {
	seen := newWitness(l.site)
	p, err := l.read(e, seen)
	if err != nil {
		return err
	}
	said := article.Extract(p.doc, p.url, l.template())
	weight := l.scales.weigh(p.source, p.url, seen)
	text := &lite.Page{
		URL: p.url, Doc: p.doc, Said: said, Files: seen, Words: l.config.Words.For(said.Lang),
		Weight: weight.Sum(), Accent: l.accents.of(p),
	}
	if err := addTexts(text, b); err != nil {
		return err
	}
	b.Needs, b.Notices = seen.needs, text.Notices
	if said.Kind == article.Unsure {
		b.Notices = append(b.Notices, "no lite page: "+said.Why)
	}
	b.Figures = weight.figures()
	b.Figures["kind"], b.Figures["readable"], b.Figures["kept"] = int64(said.Kind), int64(said.Readable), int64(said.Kept)
	return nil
}

// addTexts writes the text renditions of a page into its bundle.
func addTexts(p *lite.Page, b *snapshot.Bundle) error {
	whole, err := p.Lite()
	if err != nil {
		return err
	}
	cards, err := p.Postcards()
	if err != nil {
		return err
	}
	preview, image, err := p.Preview()
	if err != nil {
		return err
	}
	if image != nil {
		b.Image = image.URL
	}
	texts := map[string][]byte{Lite: whole, Preview: preview}
	for i, card := range cards {
		texts[PostcardName(i+1)] = card
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if texts[name] == nil {
			continue
		}
		text := unnamed(texts[name])
		// A postcard was coded already, to see whether it fits.
		ready := map[coding.Coding][]byte{coding.BR: p.Pack(text)}
		if err := addText(b, name, pageType, text, coding.Small, ready); err != nil {
			return err
		}
	}
	return nil
}

// addText adds a text in all the codings that make it smaller. ready are those
// that are known already.
func addText(b *snapshot.Bundle, name, contentType string, plain []byte, effort coding.Effort, ready map[coding.Coding][]byte) error {
	coded := map[coding.Coding][]byte{}
	for c := range coding.Identity {
		data, known := ready[c]
		if !known {
			var err error
			if data, err = coding.Encode(plain, c, effort); err != nil {
				return err
			}
		}
		if len(data) < len(plain) {
			coded[c] = data
		}
	}
	if len(coded) == 0 {
		coded[coding.Identity] = plain
	}
	b.Add(name, contentType, plain, coded)
	return nil
}

// slimStage makes the page that looks the same, and the pictures it needs.
func (l *Lightener) slimStage() stage {
	pages, _ := l.pages()
	return stage{
		name: "slim", version: slimVersion, entries: pages,
		key: func(e *snapshot.Entry) string {
			return keyOf("slim", slimVersion, l.site.Manifest.Public, e.URL, e.Type, e.Digest, l.pictures.settings())
		},
		make: l.makeSlim,
	}
}

func (l *Lightener) makeSlim(ctx context.Context, e *snapshot.Entry, b *snapshot.Bundle) error {
	seen := newWitness(l.site)
	p, err := l.read(e, seen)
	if err != nil {
		return err
	}
	used := &used{ctx: ctx, pictures: l.pictures}
	look := &slim.Page{URL: p.url, Doc: p.doc, Files: seen, Weight: l.scales.weigh(p.source, p.url, seen).Sum()}
	data, err := look.Slim(used)
	if err != nil {
		return err
	}
	if data != nil {
		b.Figures = map[string]int64{"pictures": look.PictureBytes, "other": look.OtherBytes}
		if err := addText(b, Slim, pageType, unnamed(data), coding.Fair, nil); err != nil {
			return err
		}
	}
	l.addPreviewImage(used, e, b)
	b.Uses = used.urls()
	b.Needs, b.Notices = seen.needs, look.Notices
	return ctx.Err()
}

// fullStage codes every text of the site with all effort.
func (l *Lightener) fullStage() stage {
	var texts []*snapshot.Entry
	for i := range l.site.Manifest.Entries {
		if e := &l.site.Manifest.Entries[i]; coding.Pays(e.Type, e.Size) && e.Size <= largestCoded {
			texts = append(texts, e)
		}
	}
	if e := l.site.Manifest.NotFound; e != nil && coding.Pays(e.Type, e.Size) {
		texts = append(texts, e)
	}
	return stage{
		name: Full, version: fullVersion, entries: texts,
		key:  func(e *snapshot.Entry) string { return keyOf(Full, fullVersion, e.Digest, e.Type, l.minifySetting()) },
		make: l.makeFull,
	}
}

// largestCoded is as much as the server would code on demand.
const largestCoded = 8 << 20

// largestSmall is the largest text that is coded with all effort: 1 MB takes
// some three seconds, which no Ctrl-C can cut short.
const largestSmall = 1 << 20

func (l *Lightener) makeFull(_ context.Context, e *snapshot.Entry, b *snapshot.Bundle) error {
	data, err := l.site.read(e)
	if err != nil {
		return err
	}
	if l.config.Minify {
		data = minified(data, e.Type)
	}
	effort := coding.Small
	if len(data) > largestSmall {
		effort = coding.Fair
	}
	return addText(b, Full, e.Type, data, effort, nil)
}
