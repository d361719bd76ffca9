package history

import (
	"context"
	"database/sql"
	"time"

	"buzzproof/internal/tally"
)

// sweep sums up days that are over and drops what has had its time.
func (s *Store) sweep(ctx context.Context, tx *sql.Tx, now time.Time) error {
	if err := sumDays(ctx, tx, now); err != nil {
		return err
	}
	if err := thin(ctx, tx, now.Add(-90*time.Minute), hourTop); err != nil {
		return err
	}
	if err := thin(ctx, tx, now.Add(-time.Duration(s.config.Hours)), 0); err != nil {
		return err
	}
	for _, old := range []struct {
		query string
		until int64
	}{
		{"DELETE FROM spans WHERE size = 60 AND at < ?", now.Add(-time.Duration(s.config.Minutes)).Unix()},
		{"DELETE FROM spans WHERE at < ?", now.Add(-time.Duration(s.config.Years)).Unix()},
		{"DELETE FROM events WHERE at < ?", now.Add(-time.Duration(s.config.Years)).UnixMilli()},
		{"DELETE FROM checks WHERE at < ?", now.Add(-time.Duration(s.config.Minutes)).UnixMilli()},
		{"DELETE FROM looks WHERE at < ?", now.Add(-time.Duration(s.config.Years)).Unix()},
	} {
		if _, err := tx.ExecContext(ctx, old.query, old.until); err != nil {
			return err
		}
	}
	return nil
}

// sumDays writes a span for each day that is over and has none. An hour may
// still get a late hit after that, which the day then lacks: half an hour is
// waited for those.
func sumDays(ctx context.Context, tx *sql.Tx, now time.Time) error {
	var last sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT max(at) FROM spans WHERE size = 86400").Scan(&last); err != nil {
		return err
	}
	from := int64(0)
	if last.Valid {
		from = nextDay(time.Unix(last.Int64, 0)).Unix()
	}
	until := dayOf(now.Add(-30 * time.Minute)).Unix()
	var sum *tally.Tally
	err := each(ctx, tx, hourSize, from, until, func(t *tally.Tally) error {
		at := dayOf(t.At)
		if sum != nil && !sum.At.Equal(at) {
			if err := put(ctx, tx, spanKey{daySize, sum.At.Unix()}, sum, dayTop); err != nil {
				return err
			}
			sum = nil
		}
		if sum == nil {
			sum = &tally.Tally{At: at}
		}
		sum.Merge(t)
		return nil
	})
	if err == nil && sum != nil {
		err = put(ctx, tx, spanKey{daySize, sum.At.Unix()}, sum, dayTop)
	}
	return err
}

// nextDay is the midnight after one; a day has 23 to 25 hours.
func nextDay(midnight time.Time) time.Time { return dayOf(midnight.Add(30 * time.Hour)) }

// thin cuts the panels of hours that began before a moment to top items.
func thin(ctx context.Context, tx *sql.Tx, until time.Time, top int) error {
	var from sql.NullInt64
	err := tx.QueryRowContext(ctx, "SELECT min(at) FROM spans WHERE size = 3600 AND top > ? AND at < ?", top, until.Unix()).Scan(&from)
	if err != nil || !from.Valid {
		return err
	}
	err = each(ctx, tx, hourSize, from.Int64, until.Unix(), func(t *tally.Tally) error {
		return put(ctx, tx, spanKey{hourSize, t.At.Unix()}, t, top)
	})
	if err != nil {
		return err
	}
	// What cannot be read is not tried again.
	_, err = tx.ExecContext(ctx, "UPDATE spans SET top = ? WHERE size = 3600 AND top > ? AND at < ?", top, top, until.Unix())
	return err
}

// each calls f with every span of a size that begins from from on and before
// until, the earliest first. Spans that cannot be read are passed over.
func each(ctx context.Context, q querier, size int, from, until int64, f func(*tally.Tally) error) error {
	const page = 256 // rows at a time: f may write
	for {
		list, last, err := some(ctx, q, size, from, until, page)
		if err != nil {
			return err
		}
		for _, packed := range list {
			t, err := tally.Unpack(packed)
			if err != nil {
				continue
			}
			if err := f(t); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
		from = last + 1
	}
}

// A querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func some(ctx context.Context, q querier, size int, from, until int64, limit int) (list [][]byte, last int64, err error) {
	rows, err := q.QueryContext(ctx, "SELECT at, tally FROM spans WHERE size = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?", size, from, until, limit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var packed []byte
		if err := rows.Scan(&last, &packed); err != nil {
			return nil, 0, err
		}
		list = append(list, packed)
	}
	return list, last, rows.Err()
}
