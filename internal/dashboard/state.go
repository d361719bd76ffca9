// Package dashboard shows what happens now: in a browser, in a terminal, as a
// stream. All three are told the same State, so they show the same numbers.
package dashboard

import "time"

// Schema is the version of State as JSON: fields are added, never renamed.
const Schema = 1

// A State is what the screen shows at one moment.
type State struct {
	Schema  int    `json:"schema"`
	Now     Now    `json:"now"`
	Details *Lists `json:"details,omitempty"` // every few seconds, and at first
}

// Now are the figures that move every second.
type Now struct {
	At       time.Time `json:"at"`
	Site     string    `json:"site"`            // its public host
	Started  time.Time `json:"started"`         // since when it is served
	Source   string    `json:"source"`          // live, frozen, away
	Rung     string    `json:"rung"`            // what everybody who comes can be given
	Why      string    `json:"why"`             // of the rung
	Forced   bool      `json:"forced"`          // by the owner
	People   float64   `json:"people"`          // visits per second, over the last ten seconds
	Expected float64   `json:"expected"`        // what this hour usually brings
	Served   uint64    `json:"served"`          // visits of people since the start
	Refused  uint64    `json:"refused"`         // newcomers since the start
	Line     Line      `json:"line"`            // the uplink
	Bears    []Bears   `json:"bears"`           // the capacity of each rung, richest first; empty while the rate is unknown
	Buzz     *Buzz     `json:"buzz,omitempty"`  // nil while it is calm
	Muted    time.Time `json:"muted,omitzero"`  // alerts are held back until then
	Memory   uint64    `json:"memory"`          // bytes of this program
	Asked    string    `json:"asked,omitempty"` // a decision that waits for the owner
}

// A Line is what is on the uplink, in bytes per second.
type Line struct {
	Rate     float64 `json:"rate"` // 0 while unknown or without bounds
	Used     float64 `json:"used"`
	People   float64 `json:"people"` // of Used, by who asked; for what is sent, without headers of packets
	Previews float64 `json:"previews"`
	Machines float64 `json:"machines"`
	Wait     float64 `json:"wait"`    // seconds that the text of a newcomer waits
	Refused  float64 `json:"refused"` // newcomers per second
}

// Bears says how many visits per second the line carries on a rung.
type Bears struct {
	Rung   string  `json:"rung"`
	Visits float64 `json:"visits"`
}

// A Buzz is an episode of attention.
type Buzz struct {
	Since   time.Time `json:"since"`
	Phase   string    `json:"phase"`   // rising, peak, fading, second wave
	Text    string    `json:"text"`    // in one line, for people
	Verdict string    `json:"verdict"` // crowd, attack, preview
}

// Lists are the figures that need not move every second.
type Lists struct {
	Sources  []Row     `json:"sources"`   // who links us, over the last five minutes
	Pages    []Row     `json:"pages"`     // over the same time
	Classes  []Row     `json:"classes"`   // hits by who asks, over the same time
	Bans     []Ban     `json:"bans"`      // who is shut out, newest first
	Checks   []Check   `json:"checks"`    // of the machine and of services
	Away     []Away    `json:"elsewhere"` // refuges
	Channels []Channel `json:"channels"`  // by which the owner is told
	Events   []Event   `json:"events"`    // newest first
}

// A Row is an item of a list.
type Row struct {
	Name  string  `json:"name"`
	Hits  uint64  `json:"hits"`
	Bytes uint64  `json:"bytes,omitempty"`
	Mean  float64 `json:"mean,omitempty"` // seconds until it was sent, on average
}

// A Ban is somebody who is shut out.
type Ban struct {
	Who   string    `json:"who"`
	Why   string    `json:"why"`
	Until time.Time `json:"until"`
}

// A Check is something that is looked at again and again.
type Check struct {
	Name   string    `json:"name"`
	State  string    `json:"state"` // up, slow, down
	Since  time.Time `json:"since"`
	Took   float64   `json:"took"`             // seconds
	Detail string    `json:"detail,omitempty"` // what was measured, or what is wrong
	Full   time.Time `json:"full,omitzero"`    // when a disk will be, as it fills now
	Day    *float64  `json:"uptime_24h,omitempty"`
	Month  *float64  `json:"uptime_30d,omitempty"` // part of the looks that found it working; nil when nobody looked
}

// An Away is a place to flee to.
type Away struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	State string `json:"state"`
}

// A Channel is a way to tell the owner.
type Channel struct {
	Name  string    `json:"name"`
	Last  time.Time `json:"last,omitzero"`
	Error string    `json:"error,omitempty"`
}

// An Event is something that the owner should know, in his language.
type Event struct {
	At    time.Time `json:"at"`
	Voice string    `json:"voice"`
	Text  string    `json:"text"`
}

// A Point is one moment of the charts.
type Point struct {
	At       int64   `json:"at"` // seconds since 1970
	People   float64 `json:"people"`
	Expected float64 `json:"expected"`
	Refused  float64 `json:"refused"`
	ToPeople float64 `json:"to_people"` // bytes per second
	Previews float64 `json:"previews"`
	Machines float64 `json:"machines"`
	Rate     float64 `json:"rate"`
}

func pointOf(n Now) Point {
	return Point{
		At: n.At.Unix(), People: n.People, Expected: n.Expected, Refused: n.Line.Refused,
		ToPeople: n.Line.People, Previews: n.Line.Previews, Machines: n.Line.Machines, Rate: n.Line.Rate,
	}
}
