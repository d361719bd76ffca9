package buzz

import (
	"time"

	"buzzproof/internal/site"
)

// A State is what the detector knows now, for the screen.
type State struct {
	At       time.Time `json:"at"`
	Rate     float64   `json:"rate"` // people's visits per second, of the last 10 s
	Minute   float64   `json:"minute"`
	Five     float64   `json:"five"`
	Expected float64   `json:"expected"` // what this hour of the week usually brings, seen today; 0 in the first hour
	Learning bool      `json:"learning"` // this hour of the week was not seen before

	Rungs [site.Refused]Capacity `json:"rungs"`
	Full  []site.Forecast        `json:"full,omitempty"`

	Buzz     *Episode  `json:"buzz,omitempty"`
	Previews time.Time `json:"previews,omitzero"` // since when machines fetch previews in crowds
	Machines time.Time `json:"machines,omitzero"` // since when other machines come in crowds
}

// An Episode is a buzz or an attack under way.
type Episode struct {
	Kind  site.Kind  `json:"kind"`
	Phase string     `json:"phase"` // "" while the verdict is held for some seconds
	Most  float64    `json:"most"`  // visits per second at its peak, beyond the usual
	Facts site.Facts `json:"facts"`
}

// State returns what is known after the last step.
func (d *Detector) State() State {
	s := State{
		At: d.now.At, Rate: d.people.rate(window10), Minute: d.people.rate(window60), Five: d.people.rate(window300),
		Expected: d.usual.told(), Learning: d.usual.isNew(),
		Rungs: d.rungs, Full: d.full,
		Previews: d.streams[0].Since, Machines: d.streams[1].Since,
	}
	if c := d.crowd; c != nil {
		s.Buzz = &Episode{Kind: c.kind(), Phase: c.Phase, Most: c.Most, Facts: d.facts()}
	}
	return s
}
