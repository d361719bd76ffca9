package line

import "time"

// Counts are what the line has done since it was made.
type Counts struct {
	Bytes    int64 // on the wire
	Portions int64
	Admitted int64 // newcomers
	Refused  int64 // newcomers
	Promised int64 // bytes of text that those admitted wait for, now
}

// A Load is what is on the line now.
type Load struct {
	Counts
	Visit  int64         // bytes that every visit costs, whatever it asks for
	Rate   float64       // bytes per second that are used; 0 while unknown or without bounds
	Text   time.Duration // how long the text of a newcomer would wait
	Assets int64         // bytes of what pages show that wait
}

// Aside reports whether the line is so fast that it is left alone: there is
// nothing to be told and nothing to be asked.
func (l *Line) Aside() bool { return l.aside.Load() }

// Load returns what is on the line now.
func (l *Line) Load() Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	load := Load{Counts: l.counts, Visit: l.config.Handshake + openingBytes + closingBytes + barely, Rate: l.finder.usual(), Text: l.wait(time.Now())}
	for _, waiting := range [][]*Conn{l.queue, l.parked} {
		for _, c := range waiting {
			if c.level >= levelAsset {
				load.Assets += c.left
			}
		}
	}
	return load
}
