package traffic

import (
	"strings"
	"time"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/site"
)

// A Filter lets some hits through. Its zero value lets all of them.
type Filter struct {
	Since, Until time.Time           // on the clock of the log; Until is the first moment too late
	Path         func(string) bool   // nil for any
	Status       func(int) bool      // nil for any
	Referrer     string              // a part of the referrer, in lower case
	Classes      map[site.Class]bool // empty for all
}

// stamp is a moment on the clock of a log, in seconds.
func stamp(day, second int32) int64 { return int64(day)*86400 + int64(second) }

func clockOf(t time.Time) int64 { return t.Unix() } // the log's clock taken for UTC

// keeps reports whether a hit passes all but the filter by class, which only
// the shard of its client can tell.
func (f *Filter) keeps(h *accesslog.Hit) bool {
	if !f.Since.IsZero() && stamp(h.Day, h.Second) < clockOf(f.Since) {
		return false
	}
	if !f.Until.IsZero() && stamp(h.Day, h.Second) >= clockOf(f.Until) {
		return false
	}
	if f.Status != nil && !f.Status(int(h.Status)) {
		return false
	}
	if f.Path != nil && !f.Path(h.Path) {
		return false
	}
	return f.Referrer == "" || strings.Contains(strings.ToLower(h.Referrer), f.Referrer)
}
