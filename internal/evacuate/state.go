package evacuate

import (
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/journal"
	"buzzproof/internal/refuge"
)

// A Record is a line of the journal: that a step is about to be taken, or with
// Done that it was.
type Record struct {
	At   time.Time `json:"at"`
	ID   string    `json:"id"` // of the evacuation
	Step string    `json:"step"`
	Done bool      `json:"done,omitempty"`

	Plan   *Plan         `json:"plan,omitempty"`
	Tree   string        `json:"tree,omitempty"` // the snapshot that is pushed
	Place  *refuge.Place `json:"place,omitempty"`
	Was    []dns.Set     `json:"was,omitempty"`    // the records of home; a name without any has an empty set
	Change *dns.Change   `json:"change,omitempty"` // that is about to be made
	Until  time.Time     `json:"until,omitzero"`   // the end of a wait
	Bill   *Bill         `json:"bill,omitempty"`
}

// The steps as the journal names them.
const (
	StepOut     = "out"     // it was decided to go
	StepPush    = "push"    // the site is brought to the refuge
	StepPlace   = "place"   // what has to run there is started
	StepVerify  = "verify"  // the refuge answered right
	StepSwitch  = "switch"  // the names are moved there
	StepAway    = "away"    // they are seen there
	StepBack    = "back"    // it was decided to come home
	StepRestore = "restore" // the names are moved home
	StepLinger  = "linger"  // the refuge waits for stragglers
	StepLeave   = "leave"   // what was rented is given back
	StepHome    = "home"    // nothing is left to do
)

// A Way is where an evacuation is.
type Way string

// The ways.
const (
	Home      Way = ""          // no evacuation is under way
	Leaving   Way = "leaving"   // it was decided to go
	Away      Way = "away"      // the names lead to the refuge
	Returning Way = "returning" // it was decided to come home
)

// A State is what the records of a journal add up to.
type State struct {
	Way   Way          `json:"way"`
	Plan  Plan         `json:"plan"`
	Place refuge.Place `json:"place"`
	Began time.Time    `json:"began,omitzero"` // when it was decided to go
	Since time.Time    `json:"since,omitzero"` // when the first change of the records was begun
	Tree  string       `json:"tree,omitempty"` // the snapshot that the refuge has

	Moved    bool        `json:"moved"`             // a change was begun: there is something to restore
	Was      []dns.Set   `json:"was,omitempty"`     // the records of home
	Made     [][]dns.Set `json:"-"`                 // what changes made of them, or may have
	Restored time.Time   `json:"restored,omitzero"` // when the names were moved home
	Until    time.Time   `json:"until,omitzero"`    // how long the refuge waits for stragglers
	Bill     *Bill       `json:"bill,omitempty"`    // of the last evacuation that is over
}

// add takes in one record.
func (s *State) add(r Record) {
	switch r.Step {
	case StepOut:
		if s.Way == Home {
			*s = State{Began: r.At}
		}
		s.Way, s.Plan, s.Restored, s.Until = Leaving, *r.Plan, time.Time{}, time.Time{}
	case StepPush:
		if r.Done {
			s.Tree = r.Tree
		}
	case StepPlace:
		if r.Done {
			s.Place = *r.Place
		}
	case StepSwitch, StepRestore:
		s.addMove(r)
	case StepAway:
		s.Way = Away
	case StepBack:
		s.Way = Returning
	case StepLinger:
		s.Until = r.Until
	case StepHome:
		*s = State{Bill: r.Bill}
	}
}

func (s *State) addMove(r Record) {
	if !r.Done {
		if !s.Moved {
			s.Moved, s.Was, s.Since = true, r.Was, r.At
		}
		s.Made = append(s.Made, r.Change.Before, r.Change.After)
	} else if r.Step == StepRestore {
		s.Restored = r.At
	}
}

// target is what the last change was to make of the records.
func (s *State) target() []dns.Set {
	if len(s.Made) == 0 {
		return nil
	}
	return s.Made[len(s.Made)-1]
}

// ReadState is what the journal in a folder knows, whoever has it open.
func ReadState(dir string) (State, error) {
	var s State
	records, err := journal.Read[Record](dir, journalHead)
	if err != nil {
		return s, err
	}
	for _, r := range records {
		s.add(r)
	}
	return s, nil
}
