package app

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"buzzproof/internal/alert"
	"buzzproof/internal/buzz"
	"buzzproof/internal/dashboard"
	"buzzproof/internal/serve"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// recent is what came in the last minutes, for the lists of the screen.
type recent struct {
	seconds []*tally.Second // the earliest first
}

// recentSeconds is how far the lists go back.
const recentSeconds = 300

func (r *recent) add(s *tally.Second) {
	if len(r.seconds) >= recentSeconds {
		r.seconds = slices.Delete(r.seconds, 0, len(r.seconds)-recentSeconds+1)
	}
	r.seconds = append(r.seconds, s)
}

// listsEvery is how often the screen gets its lists.
const listsEvery = 5 * time.Second

// state is what the screen shows now.
func (w *watchman) state(s *tally.Second, status serve.Status) dashboard.State {
	state := dashboard.State{Now: w.now(s, status)}
	if s.At.Unix()%int64(listsEvery/time.Second) == 0 || len(w.recent.seconds) == 1 {
		state.Details = w.lists(s.At)
	}
	return state
}

func (w *watchman) now(s *tally.Second, status serve.Status) dashboard.Now {
	known := w.detector.State()
	total, people, previews := s.Total(), s.People(), s.Classes[site.Preview]
	n := dashboard.Now{
		At: s.At.Add(time.Second), Site: w.site, Started: w.began, Source: tally.Frozen.String(), Rung: status.Rung.String(),
		People: known.Rate, Expected: known.Expected, Served: w.served, Refused: uint64(status.Line.Refused),
		Line: dashboard.Line{
			Rate: status.Line.Rate, Used: float64(total.Bytes), People: float64(people.Bytes), Previews: float64(previews.Bytes),
			Machines: float64(total.Bytes - people.Bytes - previews.Bytes), Wait: status.Line.Text.Seconds(), Refused: float64(s.Refused),
		},
		Memory: memory(), Muted: w.alerts.Health().Muted,
	}
	var forced site.Rung
	if forced, n.Forced = w.server.Forced(); n.Forced {
		n.Rung = forced.String()
	}
	n.Why = why(n, status)
	n.Bears = bears(status)
	n.Buzz, n.Asked = w.buzz(known), w.asked(n.At)
	return n
}

// memory is what the program has of the machine.
func memory() uint64 {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0
	}
	m, err := self.MemoryInfo()
	if err != nil {
		return 0
	}
	return m.RSS
}

// why says why pages are sent as they are.
func why(n dashboard.Now, status serve.Status) string {
	switch {
	case n.Forced:
		return "you have forced it"
	case status.Line.Rate == 0:
		return "the line has no limit that is known"
	case status.Rung == site.Full:
		return "the line has room for full pages"
	}
	return fmt.Sprintf("full pages for everybody would take more than the line: %.1f visits/s", status.Visits)
}

// bears are the visits a second that the line carries on each rung.
func bears(status serve.Status) (all []dashboard.Bears) {
	for r, bytes := range status.Costs {
		if bytes > 0 && status.Line.Rate > 0 {
			all = append(all, dashboard.Bears{Rung: site.Rung(r).String(), Visits: status.Line.Rate / bytes})
		}
	}
	return all
}

// verdicts are what an episode is, on the screen.
var verdicts = map[site.Kind]string{site.KindBuzz: "crowd", site.KindAttack: "attack"}

// buzz is the episode under way; nil while it is calm.
func (w *watchman) buzz(known buzz.State) *dashboard.Buzz {
	b := known.Buzz
	if b == nil || b.Phase == "" {
		return nil
	}
	e := site.Event{At: known.At, Kind: b.Kind, Phase: b.Phase, Facts: b.Facts}
	return &dashboard.Buzz{Since: b.Facts.Since, Phase: b.Phase, Verdict: verdicts[b.Kind], Text: w.speaker.Line(e, known.At)}
}

// lists are those of the last minutes, and how everything else does.
func (w *watchman) lists(at time.Time) *dashboard.Lists {
	l := &dashboard.Lists{
		Sources: w.recent.sources(), Pages: w.recent.pages(), Classes: w.recent.classes(),
		Bans: w.bans(at), Checks: w.checks(), Away: w.elsewhere(), Channels: channels(w.alerts.Health()), Events: slices.Clone(w.told),
	}
	return l
}

// rows is how many rows of a list are sent to a screen.
const rows = 12

// sources are where people came from: the page that links where browsers say
// it, else the site or the app.
func (r *recent) sources() []dashboard.Row {
	hits := map[string]uint64{}
	for _, s := range r.seconds {
		linked := map[string]bool{}
		for _, it := range s.Referrers.Items {
			hits[withoutScheme(it.Name)] += it.Visits
			linked[hostOf(it.Name)] = true
		}
		for _, it := range s.Sites.Items {
			if !linked[it.Name] {
				hits[it.Name] += it.Visits
			}
		}
	}
	var list []dashboard.Row
	for name, n := range hits {
		list = append(list, dashboard.Row{Name: name, Hits: n})
	}
	return most(list)
}

// hostOf is the host of a referring page.
func hostOf(page string) string {
	host, _, _ := strings.Cut(withoutScheme(page), "/")
	return host
}

func (r *recent) pages() []dashboard.Row {
	sums := map[string]*tally.Page{}
	for _, s := range r.seconds {
		for i := range s.Pages {
			p := &s.Pages[i]
			if sums[p.Key] == nil {
				sums[p.Key] = &tally.Page{Key: p.Key}
			}
			sums[p.Key].Visits += p.Visits
			sums[p.Key].Took += p.Took
		}
	}
	var list []dashboard.Row
	for p := range maps.Values(sums) {
		list = append(list, dashboard.Row{Name: p.Key, Hits: p.Visits, Mean: p.Took.Seconds() / float64(p.Visits)})
	}
	return most(list)
}

func (r *recent) classes() []dashboard.Row {
	var list []dashboard.Row
	for _, c := range site.Classes() {
		row := dashboard.Row{Name: c.String()}
		for _, s := range r.seconds {
			row.Hits += s.Classes[c].Hits
			row.Bytes += s.Classes[c].Bytes
		}
		if row.Hits > 0 {
			list = append(list, row)
		}
	}
	return most(list)
}

// most are the rows with most hits, most first.
func most(list []dashboard.Row) []dashboard.Row {
	slices.SortFunc(list, func(a, b dashboard.Row) int {
		return cmp.Or(cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), rows)]
}

// bans are who is shut out, the newest first.
func (w *watchman) bans(at time.Time) (all []dashboard.Ban) {
	list, err := w.keeper.store.Read(at)
	if err != nil {
		return nil // the keeper says so himself
	}
	slices.SortFunc(list.Bans, func(a, b banned) int { return b.From.Compare(a.From) })
	for _, b := range list.Bans[:min(len(list.Bans), rows)] {
		all = append(all, dashboard.Ban{Who: shortPrefix(b.Address), Why: b.Why, Until: b.Until})
	}
	return all
}

func channels(h alert.Health) (all []dashboard.Channel) {
	for _, c := range h.Channels {
		all = append(all, dashboard.Channel{Name: c.Name, Last: c.LastSuccess, Error: c.Error})
	}
	return all
}
