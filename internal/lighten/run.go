package lighten

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"buzzproof/internal/article"
	"buzzproof/internal/coding"
	"buzzproof/internal/picture"
	"buzzproof/internal/refs"
	"buzzproof/internal/snapshot"
	"buzzproof/internal/words"
)

// Config says how renditions are made. The zero value is ready for use.
type Config struct {
	Words    words.Dictionary // what renditions say to visitors; the zero value speaks English
	Encoders picture.Encoders // programs that make WebP and AVIF, where installed
	Jobs     int              // pages at once; default: one for each processor
	Minify   bool             // send full texts without what nobody can see, too
}

// Progress is how far a run is.
type Progress struct {
	Step        string // "text", "slim" or "full"
	Done, Total int    // of this stage
	Elapsed     time.Duration
}

// A Lightener makes the renditions of one snapshot.
type Lightener struct {
	config   Config
	site     *frozen
	folder   *snapshot.Renditions
	scales   *scales
	accents  accents
	pictures *pictures
	template func() *article.Template
	started  time.Time
	stage    atomic.Pointer[string]
	done     atomic.Int64
	total    atomic.Int64

	mu      sync.Mutex
	bundles map[string][]string // keys by URL
	images  map[string]string   // of the page's preview, by URL of the page
	report  Report
}

// New prepares the making of what s lacks in folder.
func New(s *snapshot.Snapshot, folder *snapshot.Renditions, c Config) (*Lightener, error) {
	public, err := publicOf(s)
	if err != nil {
		return nil, fmt.Errorf("lighten: %w", err)
	}
	if c.Jobs <= 0 {
		c.Jobs = runtime.GOMAXPROCS(0)
	}
	l := &Lightener{config: c, site: &frozen{s, public}, folder: folder, bundles: map[string][]string{}, images: map[string]string{}, started: time.Now()}
	l.scales = &scales{files: l.site}
	l.pictures = newPictures(l)
	l.template = sync.OnceValue(l.learn)
	l.stage.Store(new(string))
	return l, nil
}

// Progress tells how far Run is. It may be called at any time.
func (l *Lightener) Progress() Progress {
	return Progress{Step: *l.stage.Load(), Done: int(l.done.Load()), Total: int(l.total.Load()), Elapsed: time.Since(l.started)}
}

// A stage makes bundles of one kind.
type stage struct {
	name    string
	version int // counts the changes after which the same entry gives other parts
	entries []*snapshot.Entry
	key     func(e *snapshot.Entry) string
	make    func(ctx context.Context, e *snapshot.Entry, b *snapshot.Bundle) error
}

// Run makes what is not there yet. The texts come first: they are what a full
// line needs. What was made before an interruption stays.
func (l *Lightener) Run(ctx context.Context) (*Report, error) {
	_, l.report.Notices = l.pages()
	for _, s := range []stage{l.textStage(), l.slimStage(), l.fullStage()} {
		l.stage.Store(&s.name)
		l.done.Store(0)
		l.total.Store(int64(len(s.entries)))
		if err := l.all(ctx, s); err != nil {
			return nil, fmt.Errorf("lighten: %w", err)
		}
	}
	if err := l.folder.Finish(&snapshot.Making{ID: l.site.Manifest.ID, Bundles: l.bundles}); err != nil {
		return nil, err
	}
	l.report.finish(time.Since(l.started))
	return &l.report, nil
}

// all runs a stage over its entries, several at once.
func (l *Lightener) all(ctx context.Context, s stage) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan *snapshot.Entry)
	var workers sync.WaitGroup
	for range l.config.Jobs {
		workers.Go(func() {
			for e := range work {
				if err := l.one(ctx, s, e); err != nil {
					cancel(err)
				}
				l.done.Add(1)
			}
		})
	}
	for _, e := range s.entries {
		select {
		case work <- e:
		case <-ctx.Done():
		}
	}
	close(work)
	workers.Wait()
	return context.Cause(ctx)
}

// one makes the bundle of one entry unless it is there. A page that cannot be
// lightened is told to the owner; only what stops every page ends the run.
func (l *Lightener) one(ctx context.Context, s stage, e *snapshot.Entry) error {
	if ctx.Err() != nil {
		return nil
	}
	key := s.key(e)
	if b, err := l.folder.Bundle(key); err == nil && stillTrue(b.Needs, l.site) && l.pictures.have(b.Uses) {
		l.keep(e, b, true)
		return nil
	}
	b := &snapshot.Bundle{Key: key}
	if err := s.safely(ctx, e, b); err != nil {
		if ctx.Err() != nil || isDisk(err) {
			return err
		}
		b = &snapshot.Bundle{Key: key, Notices: []string{fmt.Sprintf("%s: %v", s.name, err)}}
	}
	if err := l.folder.Put(b); err != nil {
		return err
	}
	l.keep(e, b, false)
	return nil
}

// safely makes a bundle. A page that makes us stumble in a way nobody thought of
// must not take the others with it, or the server that lightens behind its back.
func (s stage) safely(ctx context.Context, e *snapshot.Entry, b *snapshot.Bundle) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a mistake of buzzproof, please report it with this page: %v", r)
		}
	}()
	return s.make(ctx, e, b)
}

// isDisk tells an error of the machine from one of the page.
func isDisk(err error) bool {
	var path *fs.PathError
	return errors.As(err, &path)
}

// keep adds a bundle to what the snapshot has.
func (l *Lightener) keep(e *snapshot.Entry, b *snapshot.Bundle, reused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bundles[e.URL] = append(l.bundles[e.URL], b.Key)
	if b.Image != "" {
		l.images[e.URL] = b.Image
	}
	l.report.count(e, b, reused)
}

// imageOf is the picture that stands for a page, once its texts are made.
func (l *Lightener) imageOf(e *snapshot.Entry) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.images[e.URL]
}

// keyOf names what is made from an entry: by all that goes in, so that a
// change of any of it gives another name.
func keyOf(stage string, version int, parts ...string) string {
	h := newHash()
	fmt.Fprintf(h, "%s %d", stage, version)
	for _, p := range parts {
		fmt.Fprintf(h, " %q", p)
	}
	return h.name()
}

// pages are the entries that are documents for people, and a notice for each
// that cannot be lightened.
func (l *Lightener) pages() (all []*snapshot.Entry, left []Notice) {
	for i := range l.site.Manifest.Entries {
		e := &l.site.Manifest.Entries[i]
		switch kind := coding.MediaType(e.Type); {
		case !e.Page:
		case kind == "application/xhtml+xml":
			left = append(left, Notice{e.URL, "no renditions: it is XML, which is read by other rules than HTML"})
		case kind == "text/html" && e.Size > largestPage:
			left = append(left, Notice{e.URL, fmt.Sprintf("no renditions: %d MB of HTML are more than %d", e.Size>>20, int64(largestPage)>>20)})
		case kind == "text/html":
			all = append(all, e)
		}
	}
	return all, left
}

// largestPage bounds the pages that are parsed: a tree takes some ten times
// the bytes of its source, and two are held at once.
const largestPage = 4 << 20

// learned is from how many pages the template is learned: enough to tell what
// stands on a tenth of them, few enough to cost a second on a big site.
const learned = 64

// learn reads pages spread over the whole site.
func (l *Lightener) learn() *article.Template {
	t := article.NewTemplate()
	pages, _ := l.pages()
	stride := max(1, len(pages)/learned)
	for i := 0; i < len(pages); i += stride {
		if source, err := l.site.read(pages[i]); err == nil {
			t.Add(article.Parse(refs.UTF8(source, pages[i].Type)))
		}
	}
	return t
}
