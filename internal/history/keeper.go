package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"buzzproof/internal/tally"
)

// The sizes of spans, in seconds.
const (
	minuteSize = 60
	hourSize   = 3600
	daySize    = 86400
)

// What of a panel is kept: by the hour once it is over, and by the day. Before,
// all that memory has room for is, so that an item that comes in drops is not
// forgotten between them.
const (
	hourTop = 100
	dayTop  = 300
)

// A spanKey names a span.
type spanKey struct {
	size int
	at   int64
}

// A keeper knows what is not written yet.
type keeper struct {
	pending map[spanKey]*tally.Tally // since the last commit
	lost    uint64                   // spans given up since the last commit
	trouble bool                     // the last attempt failed
	swept   time.Time
}

// maxPending is how many spans wait for a disk: the minutes and hours of the
// last five hours. Minutes have no panels; five hours of them take 45 MB at
// the very most.
const maxPending = 5*60 + 5

// A Report is what the keeper has to say to the owner.
type Report struct {
	Err   error  // that nothing can be written, once until it can
	Aside string // where a damaged file was put
	Lost  uint64 // spans that were given up for want of room, told when it can be written again
}

// every is how often it is written. What a kill loses is what came since the
// last commit, and what a commit takes: well below ten seconds.
const every = 4 * time.Second

// Run writes what take hands over until ctx ends, and once more then. tell
// hears what the owner should know.
func (s *Store) Run(ctx context.Context, take func() []*tally.Tally, tell func(Report)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), busy)
			defer cancel()
			s.keep(last, time.Now(), take(), tell)
			return s.Close()
		case now := <-ticker.C:
			s.keep(ctx, now, take(), tell)
		}
	}
}

// keep writes tallies of minutes.
func (s *Store) keep(ctx context.Context, now time.Time, minutes []*tally.Tally, tell func(Report)) {
	k := &s.keeper
	for _, m := range minutes {
		k.add(m)
	}
	k.bound()
	if len(k.pending) == 0 && now.Sub(k.swept) < time.Hour {
		return
	}
	err := s.use(ctx, func(ctx context.Context, db *sql.DB) error { return s.write(ctx, db, now) })
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return // it is the end, and written once more then
	}
	if err != nil {
		err = fmt.Errorf("write %s: %w", s.path, err)
	}
	report := Report{Aside: s.putWhere()}
	if err != nil && !k.trouble {
		report.Err = err
	}
	if k.trouble = err != nil; !k.trouble {
		report.Lost, k.lost = k.lost, 0
	}
	if report.Err != nil || report.Aside != "" || report.Lost > 0 {
		tell(report)
	}
}

// add takes a minute in: for itself, without its panels, and for its hour.
func (k *keeper) add(m *tally.Tally) {
	if k.pending == nil {
		k.pending = map[spanKey]*tally.Tally{}
	}
	k.of(minuteSize, m.At.Truncate(time.Minute)).MergeCounts(m)
	k.of(hourSize, hourOf(m.At)).Merge(m)
}

func (k *keeper) of(size int, at time.Time) *tally.Tally {
	key := spanKey{size, at.Unix()}
	if k.pending[key] == nil {
		k.pending[key] = &tally.Tally{At: at}
	}
	return k.pending[key]
}

// hourOf and dayOf are the hour and the day of a moment on the clock on the
// wall.
func hourOf(t time.Time) time.Time {
	t = t.Local()
	past := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	return t.Add(-past)
}

func dayOf(t time.Time) time.Time {
	year, month, d := t.Local().Date()
	return time.Date(year, month, d, 0, 0, 0, 0, time.Local)
}

// bound gives the earliest spans up when there are too many.
func (k *keeper) bound() {
	if len(k.pending) <= maxPending {
		return
	}
	keys := slices.SortedFunc(maps.Keys(k.pending), func(a, b spanKey) int { return cmp.Compare(a.at, b.at) })
	for _, key := range keys[:len(keys)-maxPending] {
		delete(k.pending, key)
		k.lost++
	}
}

// write commits what is pending, and once an hour sweeps.
func (s *Store) write(ctx context.Context, db *sql.DB, now time.Time) error {
	k := &s.keeper
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit there is nothing to roll back
	for key, t := range k.pending {
		if err := addTo(ctx, tx, key, t); err != nil {
			return err
		}
	}
	sweep := now.Sub(k.swept) >= time.Hour
	if sweep {
		if err := s.sweep(ctx, tx, now); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if sweep {
		k.swept = now
	}
	k.pending = nil
	return nil
}

// addTo adds to what is known of a span. It is read anew each time: another
// process may have added to it, and what was sent to the disk is forgotten here.
func addTo(ctx context.Context, tx *sql.Tx, key spanKey, fresh *tally.Tally) error {
	t, err := get(ctx, tx, key)
	if err != nil {
		return err
	}
	if t == nil {
		t = &tally.Tally{At: time.Unix(key.at, 0)}
	}
	t.Merge(fresh)
	if key.size == minuteSize {
		return put(ctx, tx, key, t, 0)
	}
	return put(ctx, tx, key, t, tally.Room)
}

func get(ctx context.Context, tx *sql.Tx, key spanKey) (*tally.Tally, error) {
	var packed []byte
	err := tx.QueryRowContext(ctx, "SELECT tally FROM spans WHERE size = ? AND at = ?", key.size, key.at).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := tally.Unpack(packed)
	if err != nil {
		return nil, nil // it cannot be told any more; what comes now can
	}
	return t, nil
}

// put writes a span with at most top items a panel.
func put(ctx context.Context, tx *sql.Tx, key spanKey, t *tally.Tally, top int) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO spans (size, at, top, tally) VALUES (?, ?, ?, ?)", key.size, key.at, top, t.Pack(top))
	return err
}
