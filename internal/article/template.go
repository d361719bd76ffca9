package article

import (
	"hash/maphash"
	"sync"

	"golang.org/x/net/html"
)

// A Template knows which texts stand on many pages of a site: menus, footers,
// sidebars. Pages are added first; then it may be read concurrently.
type Template struct {
	mu    sync.RWMutex
	seed  maphash.Seed
	pages int
	count map[uint64]int32
}

// mostTexts bounds what a template remembers: 16 bytes each, 16 MB in all.
// What stands on every page is met on the first pages, so later ones add
// nothing when it is full.
const mostTexts = 1 << 20

// NewTemplate returns a template that knows no page.
func NewTemplate() *Template {
	return &Template{seed: maphash.MakeSeed(), count: map[uint64]int32{}}
}

// Add learns the texts of one page. It is safe for concurrent use.
func (t *Template) Add(doc *html.Node) {
	seen := map[uint64]bool{}
	for _, b := range grow(doc).blocks {
		seen[maphash.String(t.seed, letters(b.text))] = true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pages++
	for h := range seen {
		if _, known := t.count[h]; known || len(t.count) < mostTexts {
			t.count[h]++
		}
	}
}

// repeats reports whether a text stands on at least three pages and on one of
// eight; a list of the newest posts changes as the pages of an archive do not.
func (t *Template) repeats(text string) bool {
	if t == nil {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	count := int(t.count[maphash.String(t.seed, letters(text))])
	return count >= 3 && count*8 >= t.pages
}
