package site

import (
	"fmt"
	"time"
)

// A Voice is how loudly an event is said, after the dog who barks first.
type Voice uint8

const (
	// Ears: something is starting, or is over.
	Ears Voice = iota
	// Bark: the line will be full, a rung changed, the origin is down.
	Bark
	// Howl: visitors are refused, the money cap is near, a decision is waiting.
	Howl
)

// String returns the name of the voice in JSON and configuration.
func (v Voice) String() string {
	if v > Howl {
		return fmt.Sprintf("voice(%d)", uint8(v))
	}
	return voiceNames[v]
}

var voiceNames = [...]string{"ears", "bark", "howl"}

// MarshalText writes the name.
func (v Voice) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Voice) UnmarshalText(text []byte) error {
	for i, name := range voiceNames {
		if name == string(text) {
			*v = Voice(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no voice: want ears, bark or howl", text)
}

// An Event is something that the owner should know; alerts carry nothing else.
// It holds facts, not sentences: those are put together in the owner's
// language when it is said.
type Event struct {
	At    time.Time `json:"at"`
	Voice Voice     `json:"voice"`
	Kind  Kind      `json:"kind"`
	// About tells events of one kind apart: the name of a check, the moment
	// since when there is a buzz. An alert is said once for each Kind, About
	// and Phase.
	About string `json:"about,omitempty"`
	Phase string `json:"phase,omitempty"` // a Phase constant, a rung, a state of a check
	Facts Facts  `json:"facts"`
}

// A Kind is what an event is about.
type Kind string

// The kinds of events.
const (
	KindBuzz     Kind = "buzz"     // many people come
	KindPreview  Kind = "preview"  // machines fetch previews: people will follow
	KindAttack   Kind = "attack"   // many hits that are no crowd
	KindRung     Kind = "rung"     // the ladder moved
	KindRefused  Kind = "refused"  // visitors were refused
	KindCheck    Kind = "check"    // a check changed its state: the origin, a certificate, a disk
	KindMoney    Kind = "money"    // what a refuge costs
	KindDecision Kind = "decision" // the owner is asked
	KindTest     Kind = "test"     // the owner tries his channels
)

// Facts are what is known about an event. What is zero is not known or does
// not apply.
type Facts struct {
	Since    time.Time  `json:"since,omitzero"`
	Rate     float64    `json:"rate,omitempty"`     // visits of people per second
	Expected float64    `json:"expected,omitempty"` // what this hour of the week usually brings
	Sources  []Part     `json:"sources,omitempty"`  // who sends them, most first; an empty name is those who do not say
	Links    []Part     `json:"links,omitempty"`    // the very pages that link, where browsers say so
	Pages    []Part     `json:"pages,omitempty"`    // where they land, most first
	Why      []string   `json:"why,omitempty"`      // reasons for the verdict, each a Why constant
	Full     []Forecast `json:"full,omitempty"`     // what will be full, soonest first
	Rung     string     `json:"rung,omitempty"`     // the ladder's now
	Before   string     `json:"before,omitempty"`   // the rung or state before
	LineUse  float64    `json:"line_use,omitempty"` // part of the line that is taken, 0 to 1
	Served   uint64     `json:"served,omitempty"`   // people served since then
	Refused  uint64     `json:"refused,omitempty"`  // people refused since then
	Did      []string   `json:"did,omitempty"`      // what the program did about it, as words of a fixed list
	Detail   string     `json:"detail,omitempty"`   // an error or a measured value, in the words of who measured it
	Link     string     `json:"link,omitempty"`     // where the owner can act
}

// A Part is one of several that make up a whole.
type Part struct {
	Name string  `json:"name"`
	Part float64 `json:"part"` // 0 to 1
}

// A Forecast says when something will be full, with a band in which the true
// moment lies four times out of five.
type Forecast struct {
	What  string    `json:"what"` // line, origin, quota, disk
	At    time.Time `json:"at"`
	Early time.Time `json:"early"`
	Late  time.Time `json:"late,omitzero"` // zero: perhaps never
}
