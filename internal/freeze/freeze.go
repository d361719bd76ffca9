// Package freeze walks an origin and writes a snapshot of the whole site.
//
// It goes in three steps. The walk asks the origin for everything that belongs
// to the site and keeps the answers in an archive. Only then, when it is known
// of every address whether it is held, moved, gone or left out, are files
// named and references rewritten. What was built is checked link by link and
// page by page before it becomes the current snapshot. The archive makes every
// step repeatable: a freeze that is cut off goes on where it was.
package freeze

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"buzzproof/internal/archive"
	"buzzproof/internal/fetch"
	"buzzproof/internal/snapshot"
)

// Config says what to freeze and how gently. The zero value of a field means
// its default.
type Config struct {
	Origin *url.URL // where the site is read
	Public *url.URL // the URL it is published under; default: Origin

	Include []string // shell patterns of public paths; if any, only pages that match are kept
	Exclude []string // shell patterns of public paths that are left out
	// Inside is where the server of the origin's name is, as HOST or HOST:PORT,
	// whatever the name service says: the way that leaves the line alone.
	Inside string
	// ByName asks the origin by the public name from the first request on, for
	// a server that tells its sites apart by it.
	ByName bool

	Adopt []string // foreign hosts whose files come along
	With  []string // classes of waste that are kept after all

	Jobs     int     // most requests at once; default 8
	Rate     float64 // most requests per second; default no bound
	Shrink   bool    // replace a copy by one of less than half its pages
	MaxPages int     // most addresses asked for; default 200,000
	MaxFile  int64   // most bytes of one file; default 2 GiB
	MaxTotal int64   // most bytes received in all; default 50 GiB

	UserAgent string
}

// hosts says where the origin is found by its name, with www. and without.
func (c *Config) hosts() map[string]string {
	if c.Inside == "" {
		return nil
	}
	plain := strings.TrimPrefix(c.Origin.Hostname(), "www.")
	return map[string]string{plain: c.Inside, "www." + plain: c.Inside}
}

// A Freezer makes one snapshot. Its Progress may be asked for while it runs.
type Freezer struct {
	config Config
	scope  *scope
	sieve  sieve
	client *fetch.Client
	pace   *fetch.Pace
	store  *snapshot.Store

	draft    *archive.Archive   // what the origin answered in this freeze
	before   *archive.Archive   // and in the one before
	last     *snapshot.Snapshot // the current snapshot, nil if there is none
	resuming bool               // the draft held answers of a freeze that was cut off
	files    map[string]string  // digest -> file of the last snapshot

	trimmed map[string]bool // endless spaces of the last freeze, by shape
	endless *endless        // learns while the walk goes on; its seed is read by workers

	asHost, asScheme string // what the origin wants to be called, when not its own host

	patience time.Duration // the first wait before an address is asked for again; the others double it

	count counters
	large sync.Mutex // held while a document of unusual length is read: one at a time
}

// A counters value is what Progress reads while the workers write it.
type counters struct {
	requests, pages, assets, found, reused atomic.Int64
	received                               atomic.Int64 // bytes of bodies
	step                                   atomic.Pointer[string]
	began                                  time.Time
}

// Progress is how far a freeze has come.
type Progress struct {
	Step     string // what is being done
	Pages    int    // pages done
	Assets   int    // other files done
	Found    int    // addresses known
	Requests int
	Received int64         // bytes
	Latency  time.Duration // of the origin, to render a page
	Elapsed  time.Duration
}

// ErrOriginDown is returned when the origin stopped answering altogether.
var ErrOriginDown = errors.New("the origin does not answer")

// New prepares a freeze into a store.
func New(store *snapshot.Store, c Config) (*Freezer, error) {
	if c.Origin == nil || c.Origin.Host == "" || c.Origin.Scheme != "http" && c.Origin.Scheme != "https" {
		return nil, errors.New("the origin must be a URL that begins with http:// or https://")
	}
	if c.Jobs < 0 || c.Rate < 0 || c.MaxPages < 0 || c.MaxFile < 0 || c.MaxTotal < 0 {
		return nil, errors.New("jobs, rate and limits cannot be less than nothing")
	}
	for _, patterns := range [][]string{c.Include, c.Exclude} {
		if err := checkPatterns(patterns); err != nil {
			return nil, err
		}
	}
	for _, class := range c.With {
		if !isClass(class) {
			return nil, fmt.Errorf("no class of left-out addresses is called %q; the classes are %s", class, classNames())
		}
	}
	for _, host := range c.Adopt {
		if host == "" || strings.ContainsAny(host, "/ *") {
			return nil, fmt.Errorf("adopt %q: want the name of a host, such as cdn.example.net", host)
		}
	}
	c.Jobs = cmp.Or(c.Jobs, 8)
	c.MaxPages = cmp.Or(c.MaxPages, 200_000)
	c.MaxFile = cmp.Or(c.MaxFile, 2<<30)
	c.MaxTotal = cmp.Or(c.MaxTotal, 50<<30)
	f := &Freezer{
		config: c,
		scope:  newScope(c.Origin, c.Public, c.Adopt),
		sieve:  sieve{include: c.Include, exclude: c.Exclude, with: c.With},
		client: fetch.NewClient(fetch.Config{UserAgent: c.UserAgent, MaxBody: c.MaxFile, Conns: c.Jobs, Hosts: c.hosts()}),
		pace:   fetch.NewPace(c.Jobs, c.Rate),
		store:  store,

		patience: 500 * time.Millisecond,
	}
	if c.ByName {
		f.asHost, f.asScheme = f.scope.public.Host, f.scope.public.Scheme
	}
	f.count.began = time.Now()
	return f, nil
}

// Run makes the snapshot and makes it current. When it fails, the snapshot
// that was current still is, and what was fetched is kept for the next Run.
// When it succeeds, the caller drops the draft as its last act: a process that
// is killed before has cost the origin nothing.
func (f *Freezer) Run(ctx context.Context) (*Report, error) {
	if err := f.open(); err != nil {
		return nil, err
	}
	defer f.close()
	walked, err := f.walk(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.judge(walked); err != nil {
		// What was fetched shows the same; the next run must not go on with it.
		err = errors.Join(err, f.draft.Close(), f.store.DropDraft())
		f.draft = nil
		return nil, err
	}
	built, err := f.build(ctx, walked)
	if err != nil {
		return nil, err
	}
	f.say("checking")
	if err := f.check(ctx, built); err != nil {
		return nil, err
	}
	f.say("committing")
	return f.commit(walked, built)
}

// ErrRuin is returned when what the origin shows would ruin the copy: no page
// at all, or far fewer than before. A CMS in maintenance looks like that.
var ErrRuin = errors.New("the origin does not show its site")

// fewPages is a site so small that losing half of it is an edit.
const fewPages = 10

func (f *Freezer) judge(w *walked) error {
	pages, before := 0, 0
	for _, r := range w.resources {
		if r.state == held && r.page {
			pages++
		}
	}
	if pages == 0 {
		return fmt.Errorf("%w: %s leads to no page", ErrRuin, f.config.Origin.Redacted())
	}
	if f.last != nil {
		for _, e := range f.last.Manifest.Entries {
			if e.Page {
				before++
			}
		}
	}
	if before >= fewPages && pages*2 < before && !f.config.Shrink {
		return fmt.Errorf("%w: %d pages where the copy has %d; if that is right, say --shrink", ErrRuin, pages, before)
	}
	return nil
}

func (f *Freezer) open() error {
	var err error
	f.last, err = f.store.Current()
	if err != nil && !errors.Is(err, snapshot.ErrNoSnapshot) {
		// A current snapshot that cannot be read must not stop the freeze that
		// would replace it.
		f.last = nil
	}
	f.files = map[string]string{}
	if f.last != nil {
		for _, e := range f.last.Manifest.Entries {
			f.files[e.Digest] = e.File
		}
		if e := f.last.Manifest.NotFound; e != nil {
			f.files[e.Digest] = e.File
		}
	}
	if f.before, err = archive.OpenRead(f.store.OriginDir()); err != nil {
		f.before = &archive.Archive{}
	}
	f.trimmed = readTrimmed(f.store.OriginDir())
	if err := os.MkdirAll(f.contentDir(), 0o755); err != nil {
		return fmt.Errorf("open draft: %w", err)
	}
	f.draft, err = archive.Open(filepath.Join(f.store.DraftDir(), "origin"))
	f.resuming = err == nil && f.draft.Len() > 0
	return err
}

func (f *Freezer) close() {
	// Both were only read or are whole to the last line; nothing is lost here.
	_ = f.before.Close()
	if f.draft != nil {
		_ = f.draft.Close()
	}
	if f.last != nil {
		_ = f.last.Close()
	}
}

func (f *Freezer) commit(w *walked, b *built) (*Report, error) {
	manifest := b.manifest
	changed, err := f.store.Commit(manifest,
		func(e *snapshot.Entry) (string, error) { return f.contentPath(e.Digest) },
		func(dir string) error {
			origin := filepath.Join(dir, "origin")
			if err := f.draft.CopyTo(origin, w.worthKeeping); err != nil {
				return err
			}
			return f.endless.writeTrimmed(origin)
		})
	if err != nil {
		return nil, err
	}
	if err := f.draft.Close(); err != nil {
		return nil, fmt.Errorf("close archive: %w", err)
	}
	f.draft = nil
	return f.report(w, b, changed), nil
}

// say names the step for Progress.
func (f *Freezer) say(step string) { f.count.step.Store(&step) }

// Progress tells how far Run has come. It is safe to call at any time.
func (f *Freezer) Progress() Progress {
	p := Progress{
		Pages:    int(f.count.pages.Load()),
		Assets:   int(f.count.assets.Load()),
		Found:    int(f.count.found.Load()),
		Requests: int(f.count.requests.Load()),
		Received: f.count.received.Load(),
		Latency:  f.pace.Latency(),
		Elapsed:  time.Since(f.count.began),
	}
	if step := f.count.step.Load(); step != nil {
		p.Step = *step
	}
	return p
}
