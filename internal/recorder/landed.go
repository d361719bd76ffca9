package recorder

import "time"

// landed are those who were given a page lately and have asked for nothing of
// it yet, by a hash of their address: whether they do tells people from
// machines that dress as people.
type landed struct {
	since map[uint64]int64 // nanoseconds
	swept int64
}

const (
	// Who has asked for nothing after half a minute will not.
	landedLife = int64(30 * time.Second)
	landedMost = 1 << 13 // 13 visits a second for ten minutes
)

func (l *landed) note(who uint64, at int64) {
	if l.since == nil {
		l.since = map[uint64]int64{}
	}
	if at-l.swept > landedLife {
		l.swept = at
		for other, since := range l.since {
			if at-since > landedLife {
				delete(l.since, other)
			}
		}
	}
	if len(l.since) < landedMost {
		l.since[who] = at
	}
}

// opens reports whether somebody asks for the first thing that his page shows.
func (l *landed) opens(who uint64, at int64) bool {
	since, known := l.since[who]
	delete(l.since, who)
	return known && at-since <= landedLife
}
