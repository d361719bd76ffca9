package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"buzzproof/internal/article"
	"buzzproof/internal/browse"
	"buzzproof/internal/coding"
	"buzzproof/internal/lite"
	"buzzproof/internal/picture"
	"buzzproof/internal/site"
	"buzzproof/internal/slim"
)

// What buzzproof itself sends around a rendition, in bytes.
const (
	headBytes = 330  // of an answer: status, date, type, coding, caching, tag, Vary
	quantum   = 1088 // the post-quantum share in an answer to a hello, which goes when the line is full: 1,120 - 32
)

// mostPictures is how many pictures of a page are made lighter to see what that
// saves; those behind count as they are.
const mostPictures = 60

// A held finds what the visit brought along, by every address it has.
type held struct {
	v     *visit
	byKey map[string]*item
	byURL map[string]*item
}

func hold(v *visit) *held {
	h := &held{v: v, byKey: map[string]*item{}, byURL: map[string]*item{}}
	for _, i := range v.order {
		if i.answer == nil || i.answer.Status != http.StatusOK || i.answer.Conn == nil || !v.owns(i.answer.Conn) || i.answer.Failure != nil {
			continue
		}
		for _, u := range append([]*url.URL{i.URL}, i.Names...) {
			if h.byURL[u.String()] == nil {
				h.byURL[u.String()] = i
			}
		}
		h.byKey[site.Key(i.answer.URL)] = i
	}
	return h
}

// Find implements site.Files.
func (h *held) Find(u *url.URL) (site.File, bool) {
	at := *u
	at.Fragment, at.RawFragment = "", ""
	i := h.byURL[at.String()]
	if i == nil {
		return site.File{}, false
	}
	digest := sha256.Sum256(i.answer.Body)
	return site.File{
		URL: site.Key(i.answer.URL), Type: coding.MediaType(i.answer.Header.Get("Content-Type")), Size: int64(len(i.answer.Body)),
		Digest: hex.EncodeToString(digest[:]), Page: i.Kind == "html",
	}, true
}

// Read implements site.Files.
func (h *held) Read(f site.File) ([]byte, error) {
	i := h.byKey[f.URL]
	if i == nil {
		return nil, fmt.Errorf("read %s: it did not come", f.URL)
	}
	return i.answer.Body, nil
}

// lighter makes pictures lighter, once each.
type lighter struct {
	ctx      context.Context
	files    *held
	encoders picture.Encoders
	mu       sync.Mutex
	made     map[string][]picture.Variant // by URL
}

// Variants implements slim.Pictures.
func (l *lighter) Variants(f site.File) ([]slim.Variant, error) {
	var out []slim.Variant
	for _, v := range l.make(f) {
		most := int64(0)
		for _, form := range v.Forms {
			most = max(most, int64(len(form.Data)))
		}
		out = append(out, slim.Variant{Name: v.Name, Width: v.Width, Height: v.Height, Bytes: most})
	}
	return out, nil
}

func (l *lighter) make(f site.File) []picture.Variant {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.made[f.URL]; ok || len(l.made) >= mostPictures {
		return known
	}
	data, err := l.files.Read(f)
	if err != nil {
		return nil
	}
	variants, err := picture.Variants(l.ctx, data, l.encoders)
	if err != nil {
		variants = nil // sent as it is
	}
	l.made[f.URL] = variants
	return variants
}

// Dimensions implements slim.Pictures.
func (l *lighter) Dimensions(f site.File) (width, height int, ok bool) {
	data, err := l.files.Read(f)
	if err != nil {
		return 0, 0, false
	}
	info, err := picture.Inspect(data)
	return info.Width, info.Height, err == nil
}

// rungs makes the lighter renditions of the page and weighs them. What they are
// made of comes along for the findings.
func (k *Checker) rungs(ctx context.Context) ([]Rung, *lighter) {
	v, p := k.visit, k.visit.page
	files := hold(v)
	pictures := &lighter{ctx: ctx, files: files, encoders: k.config.Encoders, made: map[string][]picture.Variant{}}
	if p == nil || v.front.Status != http.StatusOK {
		return nil, pictures
	}
	weight := v.front.Sent
	for _, i := range v.order {
		if !i.Lazy && i.answer != nil {
			weight += i.answer.Sent
		}
	}
	look := &slim.Page{URL: p.URL, Doc: p.Doc, Files: files, Weight: weight}
	all := []Rung{k.slim(look, pictures)}
	if all[0].Made && k.config.Encoders.AVIF == "" {
		all[0].Note = "pictures as WebP or JPEG; as AVIF they are lighter still"
	}
	said := article.Extract(p.Doc, p.URL, article.NewTemplate())
	text := &lite.Page{URL: p.URL, Doc: p.Doc, Said: said, Files: files, Words: k.config.Words.For(said.Lang), Weight: weight}
	return append(all, k.texts(text, said)...), pictures
}

// slim weighs the page that looks the same.
func (k *Checker) slim(look *slim.Page, pictures *lighter) Rung {
	rung := Rung{Name: site.Slim.String()}
	data, err := look.Slim(pictures)
	if err != nil || data == nil {
		rung.Note = "not made of this page"
		if len(look.Notices) > 0 {
			rung.Note = look.Notices[0]
		}
		return rung
	}
	sent, requests := k.shown(data, pictures)
	rung.Made, rung.Requests = true, 1+requests
	rung.Bytes = k.light(coded(data, coding.Fair)+sent, int64(rung.Requests))
	return rung
}

// shown is what a browser loads at once beside a slim page: pictures in the
// form that it likes best, other files as they are.
func (k *Checker) shown(slim []byte, pictures *lighter) (sent int64, requests int) {
	p := browse.Read(k.visit.page.URL, slim, "text/html; charset=utf-8")
	seen := map[string]bool{}
	for _, w := range append(p.Wants, k.visit.drawn(pictures.ctx, p)...) {
		key := site.Key(w.URL)
		if w.Lazy || seen[key] {
			continue
		}
		seen[key] = true
		if n := pictures.bytes(w.URL); n > 0 {
			sent, requests = sent+n, requests+1
		}
	}
	return sent, requests
}

// bytes is what a slim page's address holds; 0 for what the site does not hold.
func (l *lighter) bytes(u *url.URL) int64 {
	whole := *u
	query, name, varied := strings.Cut(u.RawQuery, "slim=")
	if whole.RawQuery = strings.TrimSuffix(query, "&"); !varied {
		whole.RawQuery = u.RawQuery
	}
	f, ok := l.files.Find(&whole)
	if !ok {
		return 0
	}
	for _, v := range l.make(f) {
		if varied && v.Name == name && len(v.Forms) > 0 {
			return int64(len(v.Forms[0].Data))
		}
	}
	return f.Size
}

// texts weighs the pages that are text.
func (k *Checker) texts(text *lite.Page, said *article.Page) []Rung {
	whole := Rung{Name: site.Lite.String(), Requests: 1}
	part := Rung{Name: site.Postcard.String(), Requests: 1}
	if said.Kind == article.Unsure {
		whole.Note = "its text was not found with confidence: " + said.Why
		part.Note = "as with lite"
		return []Rung{whole, part}
	}
	if data, err := text.Lite(); err == nil && data != nil {
		whole.Made, whole.Bytes = true, k.light(int64(len(text.Pack(data))), 1)
	}
	cards, err := text.Postcards()
	if err != nil || len(cards) == 0 {
		part.Note = "the text cannot be cut into postcards"
		return []Rung{whole, part}
	}
	part.Made, part.Bytes = true, k.light(int64(len(text.Pack(cards[0]))), 1)
	if len(cards) > 1 {
		part.Note = fmt.Sprintf("the first of %d parts; each further one costs the same without the handshake", len(cards))
	}
	return []Rung{whole, part}
}

func coded(data []byte, e coding.Effort) int64 {
	out, err := coding.Encode(data, coding.BR, e)
	if err != nil {
		return int64(len(data))
	}
	return int64(len(out))
}

// light is what a rendition costs on the wire: the connection of this very
// site, without what buzzproof leaves out of the handshake when the line is
// full.
func (k *Checker) light(body, requests int64) int64 {
	front := k.visit.front.Conn
	hand, _ := front.Shaken()
	if h := handshakeOf(front); h != nil && h.PostQuantum {
		hand -= quantum
	}
	return front.Estimate(body+headBytes*requests, requests, hand)
}
