// Package health looks again and again at what a site stands on: the machine,
// the origin, other services, names and certificates.
//
// A look says up, slow, near or down. One look is an accident; a state changes
// when two in a row agree, the second of which comes early. So a state is right
// within two periods and does not flap, whatever kind of check it is of.
package health

import (
	"context"
	"errors"
	"time"

	"buzzproof/internal/site"
)

// The states of a check.
const (
	Up      = "up"
	Slow    = "slow"    // it works, but takes too long
	Near    = "near"    // it works, and will not for long: a certificate runs out, a disk fills
	Down    = "down"    // it does not work
	Unknown = "unknown" // it was not looked at yet, or cannot be
)

// An Outcome is what one look came to.
type Outcome struct {
	State  string
	Phase  string        // of the event, when it is not the state: expiring, filling
	Took   time.Duration // until the answer
	Detail string        // what was measured, or what is wrong
	Full   []site.Forecast
}

// A Check is something that can be looked at.
type Check interface {
	// Look ends with the context. An error says that it could not look, which
	// is no statement about what it looks at.
	Look(ctx context.Context) (Outcome, error)
}

// A Result is what a look came to, for a history.
type Result struct {
	At     time.Time     `json:"at"`
	Name   string        `json:"name"`
	State  string        `json:"state"`
	Took   time.Duration `json:"took"`
	Detail string        `json:"detail,omitempty"`
}

// down is the outcome of what does not work.
func down(took time.Duration, err error) Outcome {
	detail := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		detail = "no answer in time"
	}
	return Outcome{State: Down, Took: took, Detail: detail}
}

// works is the outcome of what works, and perhaps too slowly.
func works(took, slow time.Duration, detail string) Outcome {
	o := Outcome{State: Up, Took: took, Detail: detail}
	if slow > 0 && took > slow {
		o.State = Slow
	}
	return o
}
