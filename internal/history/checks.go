package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A Check is the result of one check of the machine or the site.
type Check struct {
	At     time.Time     `json:"at"`
	Name   string        `json:"name"`
	State  string        `json:"state"`
	Took   time.Duration `json:"took"`
	Detail string        `json:"detail,omitempty"`
}

// AppendCheck keeps the result of a check, and adds it to its hour, which
// outlives it. It waits for the disk.
func (s *Store) AppendCheck(ctx context.Context, c Check) error {
	err := s.use(ctx, func(ctx context.Context, db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // after a commit there is nothing to roll back
		_, err = tx.ExecContext(ctx, "INSERT INTO checks (at, name, state, took, detail) VALUES (?, ?, ?, ?, ?)",
			c.At.UnixMilli(), c.Name, c.State, c.Took.Microseconds(), c.Detail)
		if err == nil {
			_, err = tx.ExecContext(ctx, addLook, c.At.Unix()/hourSize*hourSize, c.Name, c.Took.Microseconds(), c.State)
		}
		if err != nil {
			return err
		}
		return tx.Commit()
	})
	if err != nil {
		return fmt.Errorf("keep check %s: %w", c.Name, err)
	}
	return nil
}

// addLook adds a look to its hour. One that could not look says nothing.
const addLook = `INSERT INTO looks (at, name, up, slow, near, down, took, most)
SELECT ?1, ?2, ?4 = 'up', ?4 = 'slow', ?4 = 'near', ?4 = 'down', ?3, ?3 WHERE ?4 <> 'unknown'
ON CONFLICT (name, at) DO UPDATE SET up = up + excluded.up, slow = slow + excluded.slow, near = near + excluded.near,
  down = down + excluded.down, took = took + excluded.took, most = max(most, excluded.most)`

// Checks returns the results of a check, of all for no name, from from on and
// before until, the earliest first; of more than limit, the latest.
func (s *Store) Checks(ctx context.Context, name string, from, until time.Time, limit int) (list []Check, err error) {
	err = s.rows(ctx, func(rows *sql.Rows) error {
		var c Check
		var at, took int64
		if err := rows.Scan(&at, &c.Name, &c.State, &took, &c.Detail); err != nil {
			return err
		}
		c.At, c.Took = time.UnixMilli(at), time.Duration(took)*time.Microsecond
		list = append(list, c)
		return nil
	}, `SELECT at, name, state, took, detail FROM (SELECT * FROM checks WHERE (? = '' OR name = ?) AND at >= ? AND at < ?
		ORDER BY at DESC, id DESC LIMIT ?) ORDER BY at, id`, name, name, from.UnixMilli(), until.UnixMilli(), limit)
	return list, err
}

// A Course is how a check went over a time.
type Course struct {
	Name      string
	Stretches []Stretch // one for each step of the time; without a look, empty
}

// A Stretch is what the looks of a while came to. Those that could not look are
// not counted.
type Stretch struct {
	Up, Slow, Near, Down uint64
	Took                 time.Duration // of all together
	Most                 time.Duration // of the slowest
}

// Looks is how many looks there were.
func (s Stretch) Looks() uint64 { return s.Up + s.Slow + s.Near + s.Down }

// Mean is how long a look took on average.
func (s Stretch) Mean() time.Duration {
	return s.Took / time.Duration(max(1, s.Looks())) //nolint:gosec // a look a second for ages
}

// Uptime is the part of the looks that found it working. It is false when
// nobody looked.
func (c Course) Uptime() (part float64, known bool) {
	var looks, down uint64
	for _, s := range c.Stretches {
		looks, down = looks+s.Looks(), down+s.Down
	}
	return 1 - float64(down)/float64(max(1, looks)), looks > 0
}

// Courses returns how all checks went in n steps from from on, by name. Steps
// of an hour and more are of whole hours, which are kept longer than looks.
func (s *Store) Courses(ctx context.Context, from time.Time, step time.Duration, n int) (all []Course, err error) {
	query, unit := courseOfLooks, int64(time.Second/time.Millisecond)
	if step >= time.Hour {
		query, unit, from = courseOfHours, 1, from.Truncate(time.Hour)
	}
	length := int64(step/time.Second) * unit
	first := from.Unix() * unit
	err = s.rows(ctx, func(rows *sql.Rows) error {
		var name string
		var slot, took, most int64
		var of Stretch
		if err := rows.Scan(&name, &slot, &of.Up, &of.Slow, &of.Near, &of.Down, &took, &most); err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, Course{name, make([]Stretch, n)})
		}
		of.Took, of.Most = time.Duration(took)*time.Microsecond, time.Duration(most)*time.Microsecond
		all[len(all)-1].Stretches[slot] = of
		return nil
	}, query, first, length, first+int64(n)*length)
	return all, err
}

const (
	courseOfHours = `SELECT name, (at - ?1) / ?2 AS slot, sum(up), sum(slow), sum(near), sum(down), sum(took), max(most) FROM looks
WHERE at >= ?1 AND at < ?3 GROUP BY name, slot ORDER BY name, slot`
	courseOfLooks = `SELECT name, (at - ?1) / ?2 AS slot, sum(state = 'up'), sum(state = 'slow'), sum(state = 'near'), sum(state = 'down'),
sum(took), max(took) FROM checks WHERE at >= ?1 AND at < ?3 AND state <> 'unknown' GROUP BY name, slot ORDER BY name, slot`
)
