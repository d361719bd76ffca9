package freeze

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"buzzproof/internal/archive"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A built value is the site as it will be committed.
type built struct {
	manifest *snapshot.Manifest
	atlas    *atlas
	missing  []Missing
	differs  []Missing
}

// A place is one address the copy holds.
type place struct {
	answer  archive.Answer
	key     string // under which the copy answers
	file    string
	natural bool // a plain web server finds the file under the key
}

// An atlas knows of every address where it leads in the copy.
type atlas struct {
	*walked
	f      *Freezer
	places map[address]*place
}

// build names the files and rewrites every document.
func (f *Freezer) build(ctx context.Context, w *walked) (*built, error) {
	f.say("rewriting")
	at := &atlas{walked: w, f: f, places: map[address]*place{}}
	at.name()
	b := &built{atlas: at, manifest: &snapshot.Manifest{Public: f.scope.publicBase(), Slash: w.slash}}
	order := slices.Sorted(maps.Keys(at.places))
	b.manifest.Entries = make([]snapshot.Entry, len(order))
	if err := b.writeAll(ctx, order); err != nil {
		return nil, err
	}
	if w.notFound.Address != "" {
		if err := b.writeNotFound(); err != nil {
			return nil, err
		}
	}
	b.manifest.Redirects = at.redirects()
	for _, form := range w.forms {
		b.manifest.Forms = append(b.manifest.Forms, *form)
	}
	for host, n := range w.foreign {
		b.manifest.ThirdParty = append(b.manifest.ThirdParty, snapshot.HostCount{Host: host, Count: n})
	}
	b.manifest.Left = w.leftCount
	b.manifest.Normalise()
	return b, nil
}

// name gives every held address its file, plain addresses before those with a
// query, so that the plain one gets the plain name.
func (at *atlas) name() {
	var all []*place
	for a, r := range at.resources {
		if ans, ok := at.f.heldAnswer(a); ok && r.state == held {
			all = append(all, &place{answer: ans, key: at.f.scope.publicKey(a)})
		}
	}
	slices.SortFunc(all, func(x, y *place) int {
		_, xq := site.SplitKey(x.key)
		_, yq := site.SplitKey(y.key)
		if (xq == "") != (yq == "") {
			return len(xq) - len(yq)
		}
		return strings.Compare(x.key+"\x00"+x.answer.Address, y.key+"\x00"+y.answer.Address)
	})
	files, keys := newRegistry(), map[string]bool{}
	for _, p := range all {
		if keys[p.key] { // two addresses of the origin with one public address
			p.key = "/_beside" + p.key
		}
		keys[p.key] = true
		p.file = files.name(p.key, p.answer.Type, p.answer.Digest)
		p.natural = isNatural(p.key, p.file, p.answer.Type)
		at.places[p.answer.Address] = p
	}
}

// heldAnswer finds the answer that the copy is made of: this freeze's, or the
// one before's where the origin failed.
func (f *Freezer) heldAnswer(a address) (archive.Answer, bool) {
	if ans, ok := f.draft.Get(a); ok {
		return ans, true
	}
	return f.before.Get(a)
}

func (f *Freezer) textOf(ans archive.Answer) ([]byte, error) {
	if own, ok := f.draft.Get(ans.Address); ok && own.Digest == ans.Digest {
		return f.draft.Text(own)
	}
	return f.before.Text(ans)
}

// writeAll rewrites the documents and describes every entry.
func (b *built) writeAll(ctx context.Context, order []address) error {
	var mu sync.Mutex
	return parallel(ctx, len(order), func(i int) error {
		p := b.atlas.places[order[i]]
		entry, differs, err := b.write(p)
		if err != nil {
			return err
		}
		b.manifest.Entries[i] = entry
		if differs {
			mu.Lock()
			b.differs = append(b.differs, b.atlas.f.missing(order[i], "the rewritten page does not say what the origin's said", ""))
			mu.Unlock()
		}
		return nil
	})
}

// parallel runs n pieces of work on all cores and returns the first error.
func parallel(ctx context.Context, n int, work func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range cores() {
		workers.Go(func() {
			for i := range next {
				if err := work(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

// write makes the file of one place and its entry.
func (b *built) write(p *place) (entry snapshot.Entry, differs bool, err error) {
	f := b.atlas.f
	ans := p.answer
	entry = snapshot.Entry{
		URL: p.key, File: p.file, Type: ans.Type, Size: ans.Size, Digest: ans.Digest,
		Page: isHTML(ans.Type), Modified: modified(ans),
	}
	entry.Immutable = !entry.Page && (strings.Contains(ans.CacheControl, "immutable") || snapshot.HashedName(path.Base(p.file)) ||
		lifetime(ans.CacheControl) >= 30*24*3600)
	if ans.Length == 0 {
		return b.writeOpaque(entry)
	}
	text, err := f.textOf(ans)
	if err != nil {
		return entry, false, err
	}
	fresh, differs, err := b.rewrite(p, text)
	if err != nil {
		return entry, false, err
	}
	entry.Size = int64(len(fresh))
	entry.Digest, err = f.keepText(fresh)
	return entry, differs, err
}

// writeOpaque describes a file that goes into the copy as it came.
func (b *built) writeOpaque(entry snapshot.Entry) (snapshot.Entry, bool, error) {
	if entry.Size == 0 {
		var err error
		entry.Digest, err = b.atlas.f.keepText(nil)
		return entry, false, err
	}
	if _, err := b.atlas.f.contentPath(entry.Digest); err != nil {
		return entry, false, fmt.Errorf("file of %s: %w", entry.URL, err)
	}
	return entry, false, nil
}

// rewrite makes the copy's document from the origin's.
func (b *built) rewrite(p *place, text []byte) (fresh []byte, differs bool, err error) {
	f := b.atlas.f
	kind, plain, doc := f.document(p.answer, text)
	e := &editor{atlas: b.atlas, page: p, far: isFar(kind)}
	fresh = refs.Rewrite(kind, plain, doc, e.edit)
	if kind == refs.KindHTML {
		differs = refs.Structure(plain) != refs.Structure(fresh)
	}
	name, _ := site.SplitKey(p.answer.Address)
	if !isPackedXML(name, p.answer.Type) {
		return fresh, differs, nil
	}
	if bytes.Equal(fresh, plain) {
		return text, differs, nil
	}
	fresh, err = gzipped(fresh) // a packed sitemap goes back into its wrapping
	return fresh, differs, err
}

func isFar(kind refs.Kind) bool {
	switch kind {
	case refs.KindFeed, refs.KindJSONFeed, refs.KindSitemap, refs.KindList, refs.KindRobots, refs.KindText:
		return true
	}
	return false
}

func gzipped(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// notFoundFile is what static hosts look for.
const notFoundFile = "404.html"

func (b *built) writeNotFound() error {
	p := &place{answer: b.atlas.notFound, file: notFoundFile, key: "/" + notFoundFile}
	for _, e := range b.manifest.Entries {
		if fold(e.File) == notFoundFile {
			b.manifest.NotFound = &e // the site has made one itself
			return nil
		}
		if strings.HasPrefix(fold(e.File), notFoundFile+"/") {
			p.file = addSuffix(notFoundFile, "page") // only buzzproof finds it there
		}
	}
	entry, _, err := b.write(p)
	entry.URL = ""
	b.manifest.NotFound = &entry
	return err
}

func modified(ans archive.Answer) time.Time {
	at, err := http.ParseTime(ans.LastModified)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
