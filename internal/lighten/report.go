package lighten

import (
	"slices"
	"strings"
	"time"

	"buzzproof/internal/article"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A Report says what became of a snapshot's pages.
type Report struct {
	Pages  int   `json:"pages"`
	Full   int64 `json:"full"`   // bytes as sent of all pages with what each of them needs
	Slim   int64 `json:"slim"`   // the same in slim, for the pages that have it
	Lite   int64 `json:"lite"`   // the same in lite
	Median int64 `json:"median"` // bytes as sent of a lite page in the middle
	Most   int64 `json:"most"`   // bytes as sent of the heaviest lite page

	Slimmed int `json:"slimmed"` // pages that have a slim rendition
	Light   int `json:"light"`   // pages that have a lite one
	Made    int `json:"made"`    // bundles that were made now
	Reused  int `json:"reused"`  // bundles that were there

	Notices []Notice `json:"notices"`
	Seconds float64  `json:"seconds"`

	lites []int64
}

// A Notice is something about one page that its owner should know.
type Notice struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// weightOf reads back what makeText noted.
func weightOf(b *snapshot.Bundle) Weight {
	f := b.Figures
	return Weight{HTML: f["html"], CSS: f["css"], JS: f["js"], Fonts: f["fonts"], Images: f["images"], Other: f["other"]}
}

// count adds a bundle of an entry.
func (r *Report) count(e *snapshot.Entry, b *snapshot.Bundle, reused bool) {
	if reused {
		r.Reused++
	} else {
		r.Made++
	}
	for _, text := range b.Notices {
		r.Notices = append(r.Notices, Notice{e.URL, text})
	}
	if b.Part(Preview) != nil {
		r.Pages++
		r.Full += weightOf(b).Sum()
	}
	if part := b.Part(Lite); part != nil {
		r.Light++
		r.Lite += part.Smallest()
		r.lites = append(r.lites, part.Smallest())
	}
	if part := b.Part(Slim); part != nil {
		r.Slimmed++
		r.Slim += part.Smallest() + b.Figures["pictures"] + b.Figures["other"]
	}
}

func (r *Report) finish(took time.Duration) {
	slices.Sort(r.lites)
	if n := len(r.lites); n > 0 {
		r.Median, r.Most = r.lites[n/2], r.lites[n-1]
	}
	slices.SortFunc(r.Notices, func(a, b Notice) int {
		return strings.Compare(a.URL+" "+a.Text, b.URL+" "+b.Text)
	})
	r.Seconds = took.Seconds()
}

// KindOf is what a page was taken for when its texts were made.
func KindOf(b *snapshot.Bundle) article.Kind { return article.Kind(b.Figures["kind"]) }

// A Load is what one visit to a rendition costs.
type Load struct {
	Weight
	Parts int // documents: a postcard has several; 0 if the page has no such rendition
}

// weightAlone is the weight of what is no page, or of a page that could not be
// lightened: the file, as sent.
func weightAlone(s *snapshot.Snapshot, e *snapshot.Entry) Load {
	sent := e.Size
	if _, coded := s.Made(e.URL, Full); coded != nil {
		sent = coded.Smallest()
	}
	load := Load{Parts: 1}
	if e.Page {
		load.HTML = sent
	} else {
		load.add(site.File{URL: e.URL, Type: e.Type}, sent)
	}
	return load
}

// WeightOf returns what a page of a snapshot weighs in a rendition.
func WeightOf(s *snapshot.Snapshot, e *snapshot.Entry, name string) (load Load) {
	bundle, part := s.Made(e.URL, name)
	switch {
	case name == Full:
		if texts, _ := s.Made(e.URL, Preview); texts != nil {
			return Load{weightOf(texts), 1}
		}
		return weightAlone(s, e)
	case part == nil:
		return Load{}
	}
	load.HTML, load.Parts = part.Smallest(), 1
	switch name {
	case Slim:
		load.Images, load.Other = bundle.Figures["pictures"], bundle.Figures["other"]
	case Preview:
		if _, image := s.Made(e.URL, PreviewImage); image != nil {
			load.Images = image.Size
		}
	case Postcard:
		for n := 2; bundle.Part(PostcardName(n)) != nil; n++ {
			load.HTML += bundle.Part(PostcardName(n)).Smallest()
			load.Parts = n
		}
	}
	return load
}
