package app

import (
	"time"

	"buzzproof/internal/buzz"
	"buzzproof/internal/serve"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// moment is a second as the detector sees it.
func (w *watchman) moment(s *tally.Second, status serve.Status) buzz.Moment {
	people := s.People()
	m := buzz.Moment{
		At: s.At.Add(time.Second), Visits: int(s.Arrivals), Refused: int(s.Refused),
		Sources: talliesOf(s.Sites), Links: talliesOf(s.Referrers), Pages: talliesOf(s.Landings), Previews: talliesOf(s.Previews),
		Networks: groupsOf(s.Networks), Machines: groupsOf(s.Machines),
		Deeds: buzz.Deeds{Known: true, Assets: int(s.Opened), Followed: int(s.Followed), Failed: int(people.NotFound)},
	}
	for i := range m.Sources {
		if m.Sources[i].Name == tally.Direct {
			m.Sources[i].Name = ""
		}
	}
	for c := range m.Hits {
		m.Hits[c] = int(s.Classes[c].Hits)
	}
	m.Line = w.line(s, status)
	// Only to whom pages were given whose parts can be asked for tell by it.
	m.Deeds.Known = m.Line.Rung < site.Lite
	return m
}

func (w *watchman) line(s *tally.Second, status serve.Status) buzz.Line {
	l := buzz.Line{Rate: status.Line.Rate, Visit: status.Costs, Rung: status.Rung}
	if forced, ok := w.server.Forced(); ok {
		l.Rung = forced
	}
	if l.Used = float64(status.Line.Bytes - w.used); l.Rate == 0 || l.Used < 0 {
		l.Used = float64(s.Total().Bytes)
	}
	w.used = status.Line.Bytes
	for c := site.Person + 1; int(c) < tally.Classes; c++ {
		l.Machines += float64(s.Classes[c].Bytes)
	}
	return l
}

func talliesOf(l tally.List) (tallies []buzz.Tally) {
	for _, it := range l.Items {
		tallies = append(tallies, buzz.Tally{Name: it.Name, N: int(it.Visits)})
	}
	return tallies
}

func groupsOf(networks []tally.Network) (groups []buzz.Group) {
	for _, n := range networks {
		groups = append(groups, buzz.Group{Network: n.Hash, N: int(n.Visits)})
	}
	return groups
}
