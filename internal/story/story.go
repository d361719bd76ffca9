// Package story tells afterwards what a buzz, or any time, brought.
//
// It is told figures and puts them together: in eight lines, in charts, in
// tables; as one page that asks for nothing else, as Markdown, as data.
package story

import (
	"slices"
	"strings"
	"time"
)

// Schema is the version of Story as JSON: fields are added, never renamed.
const Schema = 1

// A Story is what is known of a time.
type Story struct {
	Schema int       `json:"schema"`
	Site   string    `json:"site"` // its public host
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Buzz   *Buzz     `json:"buzz,omitempty"` // nil for a time that was none
	Made   time.Time `json:"made"`
	Public bool      `json:"public"` // without what only the owner may know

	Minutes  []Minute `json:"minutes"`
	Steps    []Step   `json:"rungs"`           // in the order of time
	Sources  []Source `json:"sources"`         // most first
	Pages    []Row    `json:"pages"`           // most first
	Classes  []Row    `json:"classes"`         // most first
	Places   []Row    `json:"countries"`       // most first
	Looked   []Row    `json:"looked_for"`      // what machines asked for that the site does not run
	Events   []Event  `json:"events"`          // in the order of time
	Broken   []Broken `json:"broken"`          // what did not work, and the command that mends it
	Checks   []Check  `json:"checks"`          // how they went
	Kept     []Kept   `json:"kept"`            // what is kept of all this
	People   People   `json:"people"`          // how they were served
	Bans     int      `json:"bans"`            // how many were shut out
	LineRate float64  `json:"line_rate"`       // bytes per second; 0 when there is no limit
	PageSize float64  `json:"full_page_bytes"` // what a visit takes in full, on average; 0 when not known
}

// A Buzz is when it was, and how it ended.
type Buzz struct {
	Since   time.Time `json:"since"`
	Peak    time.Time `json:"peak"`
	Over    time.Time `json:"over,omitzero"` // zero while it goes on
	Verdict string    `json:"verdict"`       // crowd, attack, preview
	Seen    time.Time `json:"seen"`          // when the owner was told first
}

// A Minute is one minute, or as long as Story.Minutes are apart.
type Minute struct {
	At       time.Time `json:"at"`
	Visits   float64   `json:"visits"`   // of people
	Expected float64   `json:"expected"` // of people
	Refused  float64   `json:"refused"`  // newcomers
	ToPeople float64   `json:"to_people"`
	Previews float64   `json:"to_previews"`
	Machines float64   `json:"to_machines"` // bytes, as the two before
}

// A Step is that the ladder moved.
type Step struct {
	At   time.Time `json:"at"`
	Rung string    `json:"rung"`
}

// A Source is where people came from.
type Source struct {
	Name   string    `json:"name"`
	Visits uint64    `json:"visits"`
	First  time.Time `json:"first"` // when it began to send them
	Peak   time.Time `json:"peak"`
}

// A Row is an item of a list.
type Row struct {
	Name  string `json:"name"`
	Hits  uint64 `json:"hits"`
	Bytes uint64 `json:"bytes,omitempty"`
}

// An Event is what the owner was told, in his language.
type Event struct {
	At    time.Time `json:"at"`
	Voice string    `json:"voice"`
	Text  string    `json:"text"`
}

// A Broken is something that did not work.
type Broken struct {
	What  string `json:"what"`
	Times uint64 `json:"times"`
	Mend  string `json:"mend"` // a command, or what to do
}

// A Check is how something went that was looked at again and again.
type Check struct {
	Name   string     `json:"name"`
	Uptime float64    `json:"uptime"` // part of the looks that found it working
	Mean   float64    `json:"mean"`   // seconds that a look took
	Most   float64    `json:"most"`   // of the slowest
	Down   []bool     `json:"down"`   // in each step of the time
	Took   []*float64 `json:"took"`   // seconds in each, on average; nil where nobody looked
}

// A Kept is something that is kept.
type Kept struct {
	What  string `json:"what"`
	Until string `json:"until"` // "8 days", "as long as you like"
}

// People are how people were served.
type People struct {
	Visitors uint64             `json:"visitors"`
	Visits   uint64             `json:"visits"`
	Refused  uint64             `json:"refused"`
	Rungs    map[string]uint64  `json:"rungs"` // pages by what they were sent as
	P50      float64            `json:"p50"`   // seconds until an answer was sent
	P95      float64            `json:"p95"`
	Soon     float64            `json:"within_2s"` // part of the answers that were sent within two seconds
	Bytes    map[string]float64 `json:"bytes"`     // by people, previews, machines
}

// rare is what fewer than so many people looked at: it could tell who they were.
const rare = 5

// ForPublic returns the story without what could tell who somebody was: pages
// and sources that few looked at, what machines looked for, the owner's events,
// what is broken and what the checks look at.
func (s Story) ForPublic() Story {
	s.Public = true
	s.Events, s.Broken, s.Looked, s.Checks = nil, nil, nil, nil
	s.Pages = slices.DeleteFunc(slices.Clone(s.Pages), func(r Row) bool { return r.Hits < rare || strings.Contains(r.Name, "?") })
	s.Places = slices.DeleteFunc(slices.Clone(s.Places), func(r Row) bool { return r.Hits < rare })
	var sources []Source
	for _, from := range s.Sources {
		if from.Visits >= rare {
			from.Name, _, _ = strings.Cut(from.Name, "?")
			sources = append(sources, from)
		}
	}
	s.Sources = sources
	return s
}

// step is how far the minutes are apart.
func (s *Story) step() time.Duration {
	if len(s.Minutes) > 1 {
		if apart := s.Minutes[1].At.Sub(s.Minutes[0].At); apart > 0 {
			return apart
		}
	}
	return time.Minute
}

// peak is the minute with most visits of people.
func (s *Story) peak() (most Minute) {
	for _, m := range s.Minutes {
		if m.Visits >= most.Visits {
			most = m
		}
	}
	return most
}

// without is how many visits would have had the text in time without
// buzzproof: as many full pages as the line carries. It is false when the line
// has no limit or the size of a page is not known.
func (s *Story) without() (served float64, known bool) {
	if s.LineRate == 0 || s.PageSize == 0 {
		return 0, false
	}
	bears := s.LineRate * s.step().Seconds() / s.PageSize
	for _, m := range s.Minutes {
		// Past the cliff nobody gets the page in time: everybody's takes the
		// line from everybody else's. Half of what it bears is kind.
		if m.Visits <= bears {
			served += m.Visits
		} else {
			served += bears / 2
		}
	}
	return served, true
}
