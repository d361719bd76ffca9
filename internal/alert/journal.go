package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"buzzproof/internal/site"
)

// A state is what outlives the program: what was said, and what waits for whom.
type state struct {
	Schema  int              `json:"schema"`
	Said    said             `json:"said"`
	Waiting map[string]queue `json:"waiting"`
	Muted   time.Time        `json:"muted,omitzero"`
}

type queue struct {
	Items []item `json:"items"`
	Lost  int    `json:"lost,omitempty"`
}

// said are the phases that were said, oldest first.
type said []saying

type saying struct {
	At    time.Time `json:"at"`
	Kind  site.Kind `json:"kind"`
	About string    `json:"about,omitempty"`
	Phase string    `json:"phase,omitempty"`
}

// mostSaid is how many phases are remembered: years of buzzes, and no more than
// 200 KB however many kinds of trouble strangers make.
const mostSaid = 1000

// note remembers an event and reports whether it is new.
func (s *said) note(e site.Event) bool {
	same := func(o saying) bool { return o.Kind == e.Kind && o.About == e.About }
	for _, o := range *s {
		if same(o) && o.Phase == e.Phase {
			return false
		}
	}
	if comesBack(e.Kind) {
		*s = slices.DeleteFunc(*s, same)
	}
	*s = append(*s, saying{e.At, e.Kind, e.About, e.Phase})
	if over := len(*s) - mostSaid; over > 0 {
		*s = slices.Delete(*s, 0, over)
	}
	return true
}

// comesBack reports whether the phases of a thing come again: what was down and
// up can be down once more. A buzz or a decision is another one next time.
func comesBack(k site.Kind) bool { return k == site.KindCheck }

// state copies what is to be written.
func (d *Dispatcher) state() state {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := state{Schema: 1, Said: slices.Clone(d.said), Waiting: map[string]queue{}, Muted: d.muted}
	for _, m := range d.members {
		if len(m.waiting) == 0 && m.lost == 0 {
			continue
		}
		q := queue{Lost: m.lost}
		for _, it := range m.waiting {
			q.Items = append(q.Items, *it)
		}
		s.Waiting[m.name] = q
	}
	return s
}

// restore takes up what an earlier run left. Channels that are gone are
// forgotten with what waited for them.
func (d *Dispatcher) restore(s state) {
	d.said, d.muted = s.Said, s.Muted
	for _, m := range d.members {
		q := s.Waiting[m.name]
		m.lost = q.Lost
		for _, it := range q.Items {
			m.waiting = append(m.waiting, &it)
		}
	}
}

// A journal is the file of a state. Nobody waits for it: one goroutine writes,
// and what comes meanwhile goes into the next writing.
type journal struct {
	path string
	kick chan struct{}

	mu      sync.Mutex
	waiters []chan struct{}
	err     error
	broken  error // that an earlier run left; stays until the next
}

func newJournal(dir string) *journal {
	j := &journal{kick: make(chan struct{}, 1)}
	if dir != "" {
		j.path = filepath.Join(dir, "alerts.json")
	}
	return j
}

// save asks for a writing and returns what is closed after it.
func (j *journal) save() <-chan struct{} {
	done := make(chan struct{})
	if j.path == "" {
		close(done)
		return done
	}
	j.mu.Lock()
	j.waiters = append(j.waiters, done)
	j.mu.Unlock()
	select {
	case j.kick <- struct{}{}:
	default:
	}
	return done
}

// run writes when asked to, until stop is closed.
func (j *journal) run(stop <-chan struct{}, now func() state) {
	for {
		select {
		case <-stop:
			return
		case <-j.kick:
		}
		j.mu.Lock()
		waiters := j.waiters
		j.waiters = nil
		j.mu.Unlock()
		err := j.write(now())
		j.mu.Lock()
		j.err = err
		j.mu.Unlock()
		for _, w := range waiters {
			close(w)
		}
	}
}

// trouble says why the last writing failed.
func (j *journal) trouble() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := errors.Join(j.broken, j.err); err != nil {
		return err.Error()
	}
	return ""
}

// largest is as much as is read: mostSaid phases have 200 KB, and 10,000 events
// some 10 MB for each of a few channels.
const largest = 64 << 20

// read returns what was written last. A file that cannot be understood is put
// aside: alerts must go out, even if some are said again.
func (j *journal) read() (s state, err error) {
	if j.path == "" {
		return s, nil
	}
	f, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read what was said: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largest))
	if err != nil {
		return s, fmt.Errorf("read what was said: %w", err)
	}
	if err = json.Unmarshal(data, &s); err == nil && s.Schema == 1 {
		return s, nil
	}
	if err := os.Rename(j.path, j.path+".broken"); err != nil {
		return state{}, fmt.Errorf("put aside what was said: %w", err)
	}
	j.broken = fmt.Errorf("%s could not be read and is now %s.broken: alerts may be said again", j.path, filepath.Base(j.path))
	return state{}, nil
}

// write replaces the file, whole or not at all.
func (j *journal) write(s state) error {
	if j.path == "" {
		return nil
	}
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write what was said: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return fmt.Errorf("write what was said: %w", err)
	}
	f, err := os.OpenFile(j.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write what was said: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), j.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write what was said: %w", err), os.Remove(f.Name()))
	}
	return nil
}
