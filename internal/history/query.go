package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// A Span says which spans are wanted.
type Span int

// The spans.
const (
	Minutes Span = minuteSize
	Hours   Span = hourSize
	Days    Span = daySize // that are over; days begin at midnight on the wall
)

// Each calls f with every span of a kind that begins from from on and before
// until, the earliest first. Minutes, and hours that are older than
// Config.Hours, have no panels.
func (s *Store) Each(ctx context.Context, span Span, from, until time.Time, f func(*tally.Tally)) error {
	err := s.use(ctx, func(ctx context.Context, db *sql.DB) error {
		return each(ctx, db, int(span), from.Unix(), until.Unix(), func(t *tally.Tally) error {
			f(t)
			return ctx.Err()
		})
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", s.path, err)
	}
	return nil
}

// Sum adds up what happened from from on and before until, as finely as the
// history has it: whole days where there are some, hours for the rest. f, which
// may be nil, hears of every part before it is added.
func (s *Store) Sum(ctx context.Context, from, until time.Time, f func(*tally.Tally)) (*tally.Tally, error) {
	sum := &tally.Tally{At: from}
	add := func(t *tally.Tally) {
		if f != nil {
			f(t)
		}
		sum.Merge(t)
	}
	first, days := dayOf(from), time.Time{} // days is the end of the days that there are
	if first.Before(from) {
		first = nextDay(first)
	}
	if err := s.Each(ctx, Hours, from, earlier(first, until), add); err != nil {
		return nil, err
	}
	days = first
	err := s.Each(ctx, Days, first, dayOf(until), func(t *tally.Tally) {
		add(t)
		days = nextDay(t.At)
	})
	if err != nil {
		return nil, err
	}
	return sum, s.Each(ctx, Hours, days, until, add)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// First returns when the history begins; zero for one of nothing.
func (s *Store) First(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.use(ctx, func(ctx context.Context, db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT min(at) FROM spans WHERE size >= 3600").Scan(&at)
	})
	if err != nil || !at.Valid {
		return time.Time{}, err
	}
	return time.Unix(at.Int64, 0), nil
}

// AppendEvent keeps an event. It waits for the disk.
func (s *Store) AppendEvent(ctx context.Context, e site.Event) error {
	text, err := json.Marshal(e)
	if err == nil {
		err = s.exec(ctx, "INSERT INTO events (at, kind, event) VALUES (?, ?, ?)", e.At.UnixMilli(), string(e.Kind), string(text))
	}
	if err != nil {
		return fmt.Errorf("keep event %s: %w", e.Kind, err)
	}
	return nil
}

// Events returns the events from from on and before until, the earliest first;
// of more than limit, the latest.
func (s *Store) Events(ctx context.Context, from, until time.Time, limit int) (list []site.Event, err error) {
	err = s.rows(ctx, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		var e site.Event
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return nil // a later version knows more
		}
		list = append(list, e)
		return nil
	}, "SELECT event FROM (SELECT id, at, event FROM events WHERE at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?) ORDER BY at, id", from.UnixMilli(), until.UnixMilli(), limit)
	return list, err
}

func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	return s.use(ctx, func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, query, args...)
		return err
	})
}

func (s *Store) rows(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	err := s.use(ctx, func(ctx context.Context, db *sql.DB) error {
		rows, err := db.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", s.path, err)
	}
	return nil
}
