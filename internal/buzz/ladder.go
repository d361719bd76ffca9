package buzz

import (
	"time"

	"buzzproof/internal/site"
)

// ladder says when the rung changes and when visitors are refused, without the
// flapping: of a strain only what is worse than before, and its end.
type ladder struct {
	Worst    site.Rung `json:"worst"` // that was said of the strain; Full when there is none
	Since    time.Time `json:"since,omitzero"`
	Worse    int64     `json:"worse"` // seconds for which the rung has been worse than that
	Rich     int64     `json:"rich"`  // seconds for which it has been full
	Refusing time.Time `json:"refusing,omitzero"`
	Refused  uint64    `json:"refused"` // since then
	Lately   float64   `json:"lately"`  // refused within a minute or so
	None     int64     `json:"none"`    // seconds for which nobody was
}

const (
	worseFor      = 5   // seconds that a rung must last to be said
	richFor       = 180 // and full pages, to be the end
	refusedNotice = 3   // refused within a minute that are no accident
	refusedNone   = 600 // seconds without, after which it is over
)

func (l *ladder) step(d *Detector, m *Moment) []site.Event {
	span := int64(m.Span / time.Second)
	return append(l.rung(d, m, span), l.refused(d, m, span)...)
}

func (l *ladder) rung(d *Detector, m *Moment, span int64) []site.Event {
	now := m.Line.Rung
	l.Worse, l.Rich = l.Worse+span, l.Rich+span
	if now <= l.Worst {
		l.Worse = 0
	}
	if now > site.Full {
		l.Rich = 0
	}
	before := l.Worst
	switch {
	case l.Worse >= worseFor:
		if l.Worst == site.Full {
			l.Since = m.At
		}
		l.Worst, l.Worse = now, 0
	case l.Worst > site.Full && l.Rich >= richFor:
		l.Worst = site.Full
	default:
		return nil
	}
	e := site.Event{At: m.At, Kind: site.KindRung, About: about("", l.Since), Phase: now.String(), Facts: d.lineFacts()}
	e.Facts.Since, e.Facts.Before = l.Since, before.String()
	if now > site.Full {
		e.Voice = site.Bark
	}
	return []site.Event{e}
}

func (l *ladder) refused(d *Detector, m *Moment, span int64) []site.Event {
	l.Lately *= max(0, 1-float64(span)/60)
	l.Lately += float64(m.Refused)
	l.None += span
	if m.Refused > 0 {
		l.None = 0
	}
	refusing := !l.Refusing.IsZero()
	if refusing {
		l.Refused += uint64(m.Refused)
	}
	e := site.Event{At: m.At, Kind: site.KindRefused}
	switch {
	case !refusing && l.Lately >= refusedNotice:
		l.Refusing, l.Refused = m.At, uint64(l.Lately+0.5)
		e.Voice, e.Phase = site.Howl, site.PhaseRefusing
	case refusing && l.None >= refusedNone:
		e.Voice, e.Phase = site.Ears, site.PhaseOver
	default:
		return nil
	}
	e.About, e.Facts = about("", l.Refusing), d.lineFacts()
	e.Facts.Since, e.Facts.Refused = l.Refusing, l.Refused
	if e.Phase == site.PhaseOver {
		l.Refusing, l.Refused = time.Time{}, 0
	}
	return []site.Event{e}
}
