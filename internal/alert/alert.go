// Package alert tells the owner.
//
// An event brings facts. Here they become sentences in the owner's language and
// go out over every channel that he named, once for each phase of each thing. A
// channel is one file and does one thing: it carries a message and says whether
// it was taken. Queues, tries, quiet hours and bounds are done once for all of
// them, so that a new channel cannot get them wrong.
package alert

import (
	"context"
	"fmt"
	"time"

	"buzzproof/internal/site"
)

// A Message is what a channel carries.
type Message struct {
	ID     string       // the same at every try, so that a receiver can tell a repeat
	Voice  site.Voice   // the loudest of its events
	Title  string       // one line
	Short  string       // at most 160 characters of GSM 03.38, for text messages
	Text   string       // at length, with line ends; no markup
	Link   string       // where the owner can act; may be empty
	Events []site.Event // more than one when they are summed up
}

// A Channel carries messages to the owner.
type Channel interface {
	// Send returns nil once the service has taken the message. It ends with the
	// context. An error holds no secret; it is a refusal when another try would
	// be refused too, and a wait when the service asks for patience.
	Send(ctx context.Context, m Message) error
}

// A refusal is an answer that another try would not change.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refused(format string, args ...any) error { return &refusal{fmt.Errorf(format, args...)} }

// A wait is an answer that asks to come again later.
type wait struct {
	err   error
	after time.Duration
}

func (w *wait) Error() string { return w.err.Error() }
func (w *wait) Unwrap() error { return w.err }
