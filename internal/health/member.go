package health

import (
	"context"
	"fmt"
	"strings"
	"time"

	"buzzproof/internal/site"
)

// A member is a check with its state.
type member struct {
	name, kind     string
	check          Check
	every, timeout time.Duration

	state  string
	since  time.Time
	last   Result
	full   []site.Forecast // of the last look
	differ string          // what the last looks said, when it was not the state
	times  int             // how many in a row
	flips  []time.Time     // when it went down within memory
}

// look looks once.
func (m *member) look(ctx context.Context) (Result, Outcome) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	at := time.Now()
	o, err := m.check.Look(ctx)
	if err != nil {
		o = Outcome{State: Unknown, Detail: "cannot look: " + err.Error()}
	}
	return Result{At: at, Name: m.name, State: o.State, Took: o.Took, Detail: oneLine(o.Detail)}, o
}

// A state changes when two looks in a row say so, the second after a quarter of
// the period: one period and a quarter after the worst moment to break. What
// goes down for the third time within six hours must hold for longer, up to steadier
// looks, before it is believed to be up.
const (
	agree    = 2
	hurry    = 4
	memory   = 6 * time.Hour
	steadier = 10
)

// judge takes a result in. It returns the event of a change, and when to look
// again.
func (m *member) judge(r Result, o Outcome) (*site.Event, time.Duration) {
	m.last, m.full = r, o.Full
	switch {
	case r.State == Unknown:
		return nil, m.every
	case r.State == m.state:
		m.differ, m.times = "", 0
		return nil, m.every
	case r.State != m.differ:
		m.differ, m.times = r.State, 0
	}
	m.times++
	need := m.need(r)
	if m.times < need {
		if need > agree {
			return nil, m.every
		}
		return nil, m.every / hurry
	}
	return m.change(r, o), m.every
}

// need is how many looks must agree.
func (m *member) need(r Result) int {
	switch {
	case m.state == Unknown && r.State == Up:
		return 1 // nobody feared otherwise
	case r.State == Down || m.state != Down:
		return agree
	}
	for len(m.flips) > 0 && r.At.Sub(m.flips[0]) > memory {
		m.flips = m.flips[1:]
	}
	return min(agree+max(0, len(m.flips)-2), steadier)
}

// change takes the new state and says what the owner should know.
func (m *member) change(r Result, o Outcome) *site.Event {
	before, since := m.state, m.since
	m.state, m.since, m.differ, m.times = r.State, r.At, "", 0
	if r.State == Down {
		m.flips = append(m.flips, r.At)
	}
	if before == Unknown && r.State == Up {
		return nil
	}
	e := &site.Event{
		At: r.At, Kind: site.KindCheck, About: m.name, Phase: r.State, Voice: voice(before, r.State),
		Facts: site.Facts{Since: r.At, Before: before, Detail: r.Detail, Full: o.Full},
	}
	if o.Phase != "" {
		e.Phase = o.Phase
	}
	if r.State == Up && !since.IsZero() {
		e.Facts.Since = since // the whole of the outage
	}
	return e
}

// voice is how loudly a change is said. Whoever heard that something is down
// hears that it is up.
func voice(before, now string) site.Voice {
	if now == Down || now == Near || before == Down {
		return site.Bark
	}
	return site.Ears
}

// mostDetail is as much as is kept of what was measured.
const mostDetail = 300

// oneLine makes one short line of what others say.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) > mostDetail {
		s = fmt.Sprintf("%s...", strings.ToValidUTF8(s[:mostDetail], ""))
	}
	return s
}
