package freeze

import (
	"context"
	"net/url"
	"sync"

	"buzzproof/internal/archive"
	"buzzproof/internal/snapshot"
)

// A resource is one address and what became of it.
type resource struct {
	state state
	link  bool    // somebody links to it as a page
	page  bool    // it is a document for people
	soft  bool    // only guessed at or mentioned by a script: nobody misses it
	from  address // where it was found first
	trail trail   // of the page it was found on; its own once it was visited

	to *url.URL // where it redirects, for state moved
}

type state uint8

const (
	waiting state = iota
	held          // the copy has it
	moved         // it redirects
	dead          // it is not there at the origin either
	locked        // it wants a login
	failed        // it could not be had
)

// A walked value is what the walk found out about the site.
type walked struct {
	resources   map[address]*resource
	shortlinks  map[address]address // second address -> page
	left        map[address]string  // class of every address left out
	leftCount   map[string]int
	leftExample map[string]string
	doors       map[address]bool // where programs are told to find the API
	forms       map[string]*snapshot.Form
	foreign     map[string]int
	notFound    archive.Answer // the origin's page for what is not there
	slash       snapshot.Slash

	missing, dead, login []Missing
	warnings             []string
}

// worthKeeping reports whether the next freeze will want an answer.
func (w *walked) worthKeeping(a address) bool {
	r := w.resources[a]
	return r != nil && r.state != failed || a == w.notFound.Address
}

// A walker runs the walk: it owns all that is known, and hands addresses to
// workers that ask, read and report back.
type walker struct {
	*walked
	f       *Freezer
	pages   []address // to be asked first
	parts   []address // images, styles, scripts
	late    []address // pages chosen by query: by then some are known to be shortlinks
	flying  int       // orders with the workers
	leading int       // of them, those that may explain addresses in late
	asked   int
	downs   int // failures in a row
	endless *endless
}

// An outcome is what a worker reports about one address.
type outcome struct {
	order
	answer  archive.Answer
	harvest *harvest
	stale   error // the origin failed; the answer is from the freeze before
	err     error
}

// mostDowns is how many addresses in a row may fail, each after all its tries,
// before it is asked whether the origin is gone.
const mostDowns = 12

// leftKept bounds what is remembered of addresses left out, about 100 MB.
const leftKept = 500_000

func (f *Freezer) newWalker() *walker {
	f.endless = newEndless(f.trimmed, func(a address) bool {
		_, known := f.before.Get(a)
		return known
	})
	return &walker{f: f, endless: f.endless, walked: &walked{
		resources: map[address]*resource{}, shortlinks: map[address]address{}, left: map[address]string{},
		leftCount: map[string]int{}, leftExample: map[string]string{}, doors: map[address]bool{}, forms: map[string]*snapshot.Form{}, foreign: map[string]int{},
	}}
}

// walk asks the origin for everything that belongs to the site.
func (f *Freezer) walk(ctx context.Context) (*walked, error) {
	f.say("looking at the origin")
	w := f.newWalker()
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	f.say("reading the site")
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	if err := w.probeSlash(ctx); err != nil {
		return nil, err
	}
	w.account()
	return w.walked, nil
}

// run keeps the workers busy until nothing is left to ask.
func (w *walker) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	orders, outcomes := make(chan order), make(chan outcome)
	var workers sync.WaitGroup
	for range w.f.config.Jobs {
		workers.Go(func() {
			for o := range orders {
				outcomes <- w.f.visit(ctx, o)
			}
		})
	}
	err := w.drive(ctx, orders, outcomes)
	cancel()
	close(orders)
	go func() {
		workers.Wait()
		close(outcomes)
	}()
	for range outcomes { // workers that were cut off still report
		continue
	}
	return err
}

func (w *walker) drive(ctx context.Context, orders chan<- order, outcomes <-chan outcome) error {
	for {
		next, some := w.next()
		if !some && w.flying == 0 {
			return ctx.Err()
		}
		out := orders
		if !some {
			out = nil
		}
		select {
		case out <- next:
			w.flying++
			w.leading += next.weight()
			w.pop()
		case o := <-outcomes:
			w.flying--
			w.leading -= o.weight()
			if err := w.learn(ctx, o); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// An order is one address for a worker.
type order struct {
	address address
	page    bool
	late    bool
}

func (o order) weight() int {
	if o.page && !o.late {
		return 1
	}
	return 0
}

// next is the address to ask now. Those that have become needless since they
// were found are passed over.
func (w *walker) next() (order, bool) {
	for {
		queue := w.queue()
		if queue == nil || w.asked >= w.f.config.MaxPages {
			return order{}, false
		}
		a := (*queue)[0]
		if w.stillWanted(a) {
			return order{a, queue != &w.parts, queue == &w.late}, true
		}
		*queue = (*queue)[1:]
	}
}

// queue is the one to take from: pages before their parts, since they say what
// else there is; addresses with a query last, and only when no page that could
// explain them is under way.
func (w *walker) queue() *[]address {
	switch {
	case len(w.pages) > 0:
		return &w.pages
	case len(w.parts) > 0:
		return &w.parts
	case len(w.late) > 0 && w.leading == 0:
		return &w.late
	}
	return nil
}

func (w *walker) pop() {
	queue := w.queue()
	*queue = (*queue)[1:]
	w.asked++
}

func (w *walker) stillWanted(a address) bool {
	r := w.resources[a]
	if r.state != waiting {
		return false
	}
	if _, explained := w.shortlinks[a]; explained {
		delete(w.resources, a)
		return false
	}
	if r.link && w.endless.refuses(a, r.trail) && !w.f.keeps(wasteEndless) {
		delete(w.resources, a)
		w.leave(a, wasteEndless)
		return false
	}
	return true
}

// visit asks for one address and reads the answer. It runs in a worker.
func (f *Freezer) visit(ctx context.Context, o order) outcome {
	ans, text, stale, err := f.answer(ctx, o.address, o.page)
	if err != nil {
		return outcome{order: o, err: err}
	}
	return outcome{order: o, answer: ans, stale: stale, harvest: f.harvest(ans, text)}
}
