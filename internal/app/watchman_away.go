package app

import (
	"maps"
	"slices"
	"time"

	"buzzproof/internal/dashboard"
	"buzzproof/internal/evacuate"
)

// elsewhere are the refuges of the configuration, and what the journal says of
// each: it has one evacuation at a time.
func (w *watchman) elsewhere() (all []dashboard.Away) {
	members := w.config.Refuges.Members
	if len(members) == 0 {
		return nil
	}
	now, err := evacuate.ReadState(evacuate.Dir(w.home))
	if w.decision != nil && (now.Way == evacuate.Away || now.Way == evacuate.Returning) { // by hand, maybe
		w.decision.settle()
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		away := dashboard.Away{Name: name, Kind: members[name].Kind, State: "not in use"}
		switch {
		case err != nil:
			away.State = "the journal cannot be read"
		case now.Way != evacuate.Home && now.Plan.Refuge == name:
			away.State = string(now.Way) + " since " + now.Began.Local().Format("2 Jan 15:04")
		}
		all = append(all, away)
	}
	return all
}

// asked is the decision that waits for the owner: until he has gone, the crowd
// has, or the link no longer holds.
func (w *watchman) asked(at time.Time) string {
	if w.decision == nil || !w.decision.waits(at) {
		return ""
	}
	return "A decision waits: shall the site flee? Answer by the link in the alert, or: buzzproof evacuate"
}
