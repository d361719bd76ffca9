package serve

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A wish is what an address asks for beside the page itself: a rendition of a
// page, "?lite" or "?postcard=2", or a picture in one of its sizes,
// "?slim=640".
type wish struct {
	rung string // "" for none
	part string // behind the equals sign
}

// The rungs by what an address calls them, and where to look when a page has
// no such rendition: one that is heavier, never one with fewer words.
var heavier = map[string]string{
	"full":     "",
	"slim":     "full",
	"lite":     "slim",
	"postcard": "lite",
	"preview":  "full",
}

// wishOf takes the wish out of an address: the last one, since wishes stand at
// the end. An address that the site itself answers, query and all, has none:
// pages were called ?full before there was buzzproof.
func wishOf(h *held, key string) (w wish, bare string, a snapshot.Answer) {
	a = h.Find(key)
	path, query := site.SplitKey(key)
	if query == "" || a.Status != http.StatusNotFound && a.Query == "" {
		return w, key, a
	}
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool { return pair == "" })
	for i, pair := range slices.Backward(pairs) {
		if isWish(pair) {
			name, value, _ := strings.Cut(pair, "=")
			w, pairs = wish{name, value}, slices.Delete(pairs, i, i+1)
			break
		}
	}
	if w.rung == "" {
		return w, key, a
	}
	bare = addressOf(path, pairs)
	if a = h.Find(bare); a.Status == http.StatusNotFound { // two wishes: the site knows neither
		bare = addressOf(path, slices.DeleteFunc(pairs, isWish))
		a = h.Find(bare)
	}
	return w, bare, a
}

func isWish(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	_, known := heavier[name]
	return known
}

func addressOf(path string, pairs []string) string {
	if len(pairs) == 0 {
		return path
	}
	return path + "?" + strings.Join(pairs, "&")
}

// query is the wish as it stands in an address.
func (w wish) query() string {
	if w.part == "" {
		return w.rung
	}
	return w.rung + "=" + w.part
}

// partName is the name of the part of a page's bundles that grants the wish.
func (w wish) partName() string {
	switch {
	case w.part == "" || w.rung != "postcard" && w.rung != "preview":
		return w.rung
	case w.rung == "postcard" && w.part == "1":
		return w.rung
	}
	return w.rung + "." + w.part
}

var varySaveData = []string{"Accept-Encoding, Save-Data"}

// grant returns what e is sent as: the rendition of a page that is wished for,
// or the nearest one with all its words; a picture in the size that is wished
// for and the lightest form the visitor takes. vary says on which headers the
// choice depended. It is nil for the preview picture of a page without one.
func (h *held) grant(r *http.Request, e *snapshot.Entry, w wish) (t *thing, vary []string) {
	if !e.Page {
		return h.grantPicture(r, e, w)
	}
	vary = varyCoding
	if w.rung == "" {
		_, slim := h.Made(e.URL, "slim")
		if slim == nil {
			return h.whole(e), vary
		}
		vary = varySaveData
		saves, _, _ := strings.Cut(r.Header.Get("Save-Data"), ";") // more may be said about it one day
		if strings.EqualFold(strings.TrimSpace(saves), "on") {
			w.rung = "slim"
		}
	}
	for w.rung != "" && w.rung != "full" {
		if t := h.made(e, w.partName()); t != nil {
			return t, vary
		}
		if w == (wish{"preview", "image"}) {
			return nil, nil // a page is no picture
		}
		w = wish{rung: heavier[w.rung]}
	}
	return h.whole(e), vary
}

// forms are what a picture may be made into, the lightest first; the visitor
// must say that he takes the first two.
var forms = []struct{ suffix, asked string }{
	{".avif", "image/avif"},
	{".webp", "image/webp"},
	{".jpg", ""},
	{".png", ""},
	{".gif", ""},
}

func (h *held) grantPicture(r *http.Request, e *snapshot.Entry, w wish) (*thing, []string) {
	if w.rung != "slim" || w.part == "" {
		return h.whole(e), varyCoding
	}
	accept, offered := r.Header.Values("Accept"), false
	for _, form := range forms {
		t := h.made(e, w.part+form.suffix)
		offered = offered || t != nil
		if t != nil && (form.asked == "" || takes(accept, form.asked)) {
			return t, []string{"Accept"}
		}
	}
	if offered {
		return h.whole(e), []string{"Accept-Encoding, Accept"}
	}
	return h.whole(e), varyCoding
}

// takes reports whether an Accept header names a media type and does not weigh
// it with zero, which refuses it (RFC 9110 section 12.4.2). "*/*" is no name:
// browsers that know neither form send it.
func takes(accept []string, mediaType string) bool {
	for _, value := range accept {
		for element := range strings.SplitSeq(value, ",") {
			name, params, _ := strings.Cut(element, ";")
			if strings.EqualFold(strings.TrimSpace(name), mediaType) {
				return !refuses(params)
			}
		}
	}
	return false
}

// refuses reports whether the parameters of an element give it the weight 0.
func refuses(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if weight, err := strconv.ParseFloat(value, 64); strings.EqualFold(key, "q") && err == nil && weight == 0 {
			return true
		}
	}
	return false
}

// made returns a part that was made from e, or nil.
func (h *held) made(e *snapshot.Entry, name string) *thing {
	bundle, part := h.Made(e.URL, name)
	if part == nil {
		return nil
	}
	// No date: a rendition may be made anew from the page of yesterday.
	as := &snapshot.Entry{URL: e.URL, Type: part.Type, Size: part.Size, Digest: part.Digest, Page: e.Page && coding.MediaType(part.Type) == "text/html"}
	return &thing{Entry: as, bundle: bundle, part: part}
}
