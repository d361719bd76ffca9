package lighten

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"buzzproof/internal/coding"
	"buzzproof/internal/picture"
	"buzzproof/internal/site"
	"buzzproof/internal/slim"
	"buzzproof/internal/snapshot"
)

// pictures makes pictures lighter when a page first wants one, and remembers.
// Of a picture that the origin offers in six sizes only the one that a slim
// page draws on is worth the work.
type pictures struct {
	l    *Lightener
	room *room

	mu    sync.Mutex
	known map[string]*developed // by key
}

// A developed picture has been made, or is being made until done is closed.
type developed struct {
	done   chan struct{}
	bundle *snapshot.Bundle
	err    error
}

func newPictures(l *Lightener) *pictures {
	return &pictures{l: l, room: newRoom(picture.MostMemory), known: map[string]*developed{}}
}

// settings name what the pictures are made with.
func (p *pictures) settings() string {
	e := p.l.config.Encoders
	return fmt.Sprintf("pictures %d webp %t avif %t", pictureVersion, e.WebP != "", e.AVIF != "")
}

func (p *pictures) key(f site.File) string {
	return keyOf("picture", pictureVersion, f.Digest, p.settings())
}

// have reports whether all these pictures are there, and makes them part of
// the snapshot if so.
func (p *pictures) have(urls []string) bool {
	for _, u := range urls {
		a := p.l.site.Snapshot.Find(u)
		if a.Entry == nil {
			return false
		}
		f := site.File{URL: a.Entry.URL, Digest: a.Entry.Digest}
		d, mine := p.join(p.key(f))
		if mine {
			d.bundle, d.err = p.l.folder.Bundle(p.key(f))
			p.land(p.key(f), d)
		}
		<-d.done
		if d.err != nil {
			return false
		}
		p.belong(f)
	}
	return true
}

// belong makes a picture's bundle part of the snapshot.
func (p *pictures) belong(f site.File) {
	p.l.mu.Lock()
	defer p.l.mu.Unlock()
	if key := p.key(f); !slices.Contains(p.l.bundles[f.URL], key) {
		p.l.bundles[f.URL] = append(p.l.bundles[f.URL], key)
	}
}

// join returns the development of a key and whether the caller has to do it.
func (p *pictures) join(key string) (d *developed, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.known[key]; ok {
		return d, false
	}
	d = &developed{done: make(chan struct{})}
	p.known[key] = d
	return d, true
}

// land ends a development. One that failed is forgotten: whoever comes next
// may have better luck, or the time.
func (p *pictures) land(key string, d *developed) {
	if d.err != nil {
		p.mu.Lock()
		delete(p.known, key)
		p.mu.Unlock()
	}
	close(d.done)
}

// get returns the bundle of a picture and makes it when it is not there.
func (p *pictures) get(ctx context.Context, f site.File) (*snapshot.Bundle, error) {
	key := p.key(f)
	d, mine := p.join(key)
	if mine {
		if d.bundle, d.err = p.l.folder.Bundle(key); d.err != nil {
			d.bundle, d.err = p.develop(ctx, key, f)
		}
		p.land(key, d)
	}
	select {
	case <-d.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if d.err == nil {
		p.belong(f)
	}
	return d.bundle, d.err
}

// develop makes a picture in all its sizes. What cannot be read as a picture
// has none and is sent as it is.
func (p *pictures) develop(ctx context.Context, key string, f site.File) (*snapshot.Bundle, error) {
	b := &snapshot.Bundle{Key: key, Figures: map[string]int64{}}
	data, err := p.l.site.Read(f)
	if err != nil {
		return nil, err
	}
	cost := picture.Cost(data)
	p.room.take(cost)
	defer p.room.give(cost)
	if info, err := picture.Inspect(data); err == nil {
		b.Figures["width"], b.Figures["height"] = int64(info.Width), int64(info.Height)
	}
	variants, err := picture.Variants(ctx, data, p.l.config.Encoders)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		b.Notices = append(b.Notices, err.Error())
	}
	for _, v := range variants {
		b.Figures["w."+v.Name], b.Figures["h."+v.Name] = int64(v.Width), int64(v.Height)
		for _, form := range v.Forms {
			b.Add(v.Name+suffixOf(form.Type), form.Type, form.Data, map[coding.Coding][]byte{coding.Identity: form.Data})
		}
	}
	if err := p.l.folder.Put(b); err != nil {
		return nil, err
	}
	return p.l.folder.Bundle(key) // from disk: the bytes need not stay in memory
}

// suffixOf is how a form of a picture is told in its part's name.
func suffixOf(contentType string) string {
	switch contentType {
	case "image/jpeg":
		return ".jpg"
	case "image/svg+xml":
		return ".svg"
	}
	return "." + strings.TrimPrefix(contentType, "image/")
}

// variantsOf reads back which sizes a bundle holds, the best first: as they
// were made.
func variantsOf(b *snapshot.Bundle) []slim.Variant {
	var all []slim.Variant
	for i := range b.Parts {
		part := &b.Parts[i]
		name := part.Name[:strings.LastIndexByte(part.Name, '.')]
		if n := len(all); n > 0 && all[n-1].Name == name {
			all[n-1].Bytes = max(all[n-1].Bytes, part.Size)
			continue
		}
		all = append(all, slim.Variant{Name: name, Width: int(b.Figures["w."+name]), Height: int(b.Figures["h."+name]), Bytes: part.Size})
	}
	return all
}

// used is what one page sees of the pictures: it notes which were looked at.
type used struct {
	ctx      context.Context
	pictures *pictures
	seen     map[string]bool
}

// Variants implements slim.Pictures.
func (u *used) Variants(f site.File) ([]slim.Variant, error) {
	b, err := u.get(f)
	if err != nil {
		return nil, err
	}
	return variantsOf(b), nil
}

// Dimensions implements slim.Pictures.
func (u *used) Dimensions(f site.File) (width, height int, ok bool) {
	b, err := u.get(f)
	if err != nil {
		return 0, 0, false
	}
	width, height = int(b.Figures["width"]), int(b.Figures["height"])
	return width, height, width > 0 && height > 0
}

func (u *used) get(f site.File) (*snapshot.Bundle, error) {
	b, err := u.pictures.get(u.ctx, f)
	if err == nil {
		if u.seen == nil {
			u.seen = map[string]bool{}
		}
		u.seen[f.URL] = true
	}
	return b, err
}

// urls are the pictures that were looked at, in order.
func (u *used) urls() []string { return slices.Sorted(maps.Keys(u.seen)) }

// previewMost is the size of a preview's picture in bytes: 5,000 previews of a
// link that is shared widely then cost 25 MB, three minutes of a line of
// 1 Mbit/s instead of hours.
const previewMost = 5000

// addPreviewImage makes the small picture of the page's preview. It starts from
// a form that is small already: unpacking a photo takes ten times as long.
func (l *Lightener) addPreviewImage(used *used, e *snapshot.Entry, b *snapshot.Bundle) {
	a := l.site.Snapshot.Find(l.imageOf(e))
	if a.Entry == nil {
		return
	}
	f := site.File{URL: a.Entry.URL, Type: a.Entry.Type, Size: a.Entry.Size, Digest: a.Entry.Digest}
	data, err := used.light(f)
	if err != nil {
		return
	}
	if image, err := picture.Thumbnail(used.ctx, data, previewMost); err == nil {
		b.Add(PreviewImage, "image/jpeg", image, map[coding.Coding][]byte{coding.Identity: image})
	}
}

// light returns a picture in a size from which a thumbnail can be made: the
// form every browser knows of a middling size, or the picture itself.
func (u *used) light(f site.File) ([]byte, error) {
	b, err := u.get(f)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"480.jpg", "480.png", "640.jpg", "640.png"} {
		if part := b.Part(name); part != nil {
			return b.Plain(part)
		}
	}
	return u.pictures.l.site.Read(f)
}
