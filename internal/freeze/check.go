package freeze

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"buzzproof/internal/archive"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

func cores() int { return runtime.GOMAXPROCS(0) }

// check reads every document of the copy back from the disk and follows every
// reference in it, the way a visitor of the copy would.
func (f *Freezer) check(ctx context.Context, b *built) error {
	index := snapshot.NewIndex(b.manifest)
	order := b.atlas.byKey()
	var mu sync.Mutex
	return parallel(ctx, len(b.manifest.Entries), func(i int) error {
		e := &b.manifest.Entries[i]
		p := order[e.URL]
		if p == nil || p.answer.Length == 0 {
			return nil
		}
		faults, err := b.checkDocument(index, e, p)
		if err != nil {
			return err
		}
		mu.Lock()
		b.missing = append(b.missing, faults...)
		mu.Unlock()
		return nil
	})
}

func (at *atlas) byKey() map[string]*place {
	places := make(map[string]*place, len(at.places))
	for _, p := range at.places {
		places[p.key] = p
	}
	return places
}

func (b *built) checkDocument(index *snapshot.Index, e *snapshot.Entry, p *place) ([]Missing, error) {
	f := b.atlas.f
	path, err := f.contentPath(e.Digest)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", e.URL, err)
	}
	if archive.Digest(text) != e.Digest {
		return nil, fmt.Errorf("check %s: the disk does not give back what was written", e.URL)
	}
	ans := p.answer
	kind, plain, doc := f.document(ans, text)
	if doc.URL, err = doc.URL.Parse(f.scope.absolute(e.URL)); err != nil {
		return nil, fmt.Errorf("check %s: %w", e.URL, err)
	}
	c := &checker{built: b, index: index, page: e}
	refs.Rewrite(kind, plain, doc, c.look)
	return c.faults, nil
}

// A checker follows the references of one document of the copy.
type checker struct {
	*built
	index  *snapshot.Index
	page   *snapshot.Entry
	faults []Missing
}

func (c *checker) look(r refs.Ref) refs.Edit {
	s := c.atlas.f.scope
	host := hostOf(r.URL)
	onCopy := slices.Contains(s.publicHosts, host)
	switch {
	case r.Use == refs.Form || r.Use == refs.Name || r.Use == refs.Base || r.Use == refs.Service:
	case r.Use == refs.Mention || strings.Contains(r.Raw, "{"):
	case !onCopy && slices.Contains(s.originHosts, host) && !r.Absolute:
		c.fault(r, "still points at the origin")
	case onCopy && !c.answers(site.Key(r.URL)) && !c.excused(r):
		c.fault(r, "the copy has no answer to this address")
	}
	return refs.Keep()
}

func (c *checker) fault(r refs.Ref, why string) {
	s := c.atlas.f.scope
	c.faults = append(c.faults, Missing{URL: r.URL.String(), Why: why, From: s.absolute(c.page.URL)})
}

// answers reports whether the copy leads a visitor from key to a page.
func (c *checker) answers(key string) bool {
	for range mostHops {
		a := c.index.Find(key)
		if a.Status == http.StatusOK {
			return true
		}
		if a.To == "" {
			return false
		}
		if hasScheme(a.To) {
			return true // another site's
		}
		key, _, _ = strings.Cut(a.To, "#")
	}
	return false
}

// excused reports whether it is known, and told otherwise, why there is no
// answer: the origin has none, failed to give one, or the owner left it out.
func (c *checker) excused(r refs.Ref) bool {
	a, ours := c.atlas.f.scope.address(r.URL)
	if !ours {
		return true
	}
	if class, left := c.atlas.left[a]; left {
		return class == wasteExcluded || class == wasteOutside || r.Absolute
	}
	if c.atlas.left[site.Key(r.URL)] == wasteOutside {
		return true // what lies beside the site's folder keeps its path
	}
	for range mostHops {
		known := c.atlas.resources[a]
		if known == nil {
			_, left := c.atlas.left[a]
			return left || r.Absolute
		}
		if known.state != moved {
			return known.state != held
		}
		if a, ours = c.atlas.f.scope.address(known.to); !ours {
			return true
		}
	}
	return true // a circle at the origin is one in the copy
}
