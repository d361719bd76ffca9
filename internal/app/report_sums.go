package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/history"
	"buzzproof/internal/site"
	"buzzproof/internal/story"
	"buzzproof/internal/tally"
)

// minutes fills in the time line: minutes where there are some, else hours.
func (t *storyteller) minutes(ctx context.Context, s *story.Story) error {
	for _, span := range []history.Span{history.Minutes, history.Hours} {
		step := time.Duration(span) * time.Second
		at := t.from.Truncate(step)
		err := t.store.Each(ctx, span, at, t.until, func(m *tally.Tally) {
			for ; at.Before(m.At); at = at.Add(step) { // nobody came
				s.Minutes = append(s.Minutes, story.Minute{At: at, Expected: t.expected * step.Seconds()})
			}
			s.Minutes = append(s.Minutes, t.minute(m, step))
			at = m.At.Add(step)
		})
		if err != nil || len(s.Minutes) > 0 {
			return err
		}
	}
	return nil
}

func (t *storyteller) minute(m *tally.Tally, step time.Duration) story.Minute {
	people, previews := &m.Classes[site.Person], &m.Classes[site.Preview]
	return story.Minute{
		At: m.At, Visits: float64(people.Visits), Expected: t.expected * step.Seconds(), Refused: float64(m.Refused),
		ToPeople: float64(people.Bytes), Previews: float64(previews.Bytes),
		Machines: float64(m.Total().Bytes - people.Bytes - previews.Bytes),
	}
}

// soon is what an answer is soon enough within, in microseconds.
const soon = 2_000_000

// sums fills in what all of the time adds up to. Lists are kept by the hour.
func (t *storyteller) sums(ctx context.Context, s *story.Story) error {
	from := t.from.Truncate(time.Hour)
	sources := map[string]*story.Source{}
	most := map[string]uint64{}
	sum, err := t.store.Sum(ctx, from, t.until, func(part *tally.Tally) { arrivals(part, sources, most) })
	if err != nil {
		return err
	}
	for _, from := range sources {
		s.Sources = append(s.Sources, *from)
	}
	slices.SortFunc(s.Sources, func(a, b story.Source) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Name, b.Name))
	})
	person := func(it *tally.Item) tally.Count { return it.Classes[site.Person] }
	s.Pages = rowsOf(&sum.Panels[tally.Pages], person)
	s.Places = rowsOf(&sum.Panels[tally.Countries], person)
	s.Looked = rowsOf(&sum.Panels[tally.NotFound], func(it *tally.Item) tally.Count { return it.Classes[site.Scanner] })
	for _, c := range site.Classes() {
		if n := sum.Classes[c]; n.Hits > 0 {
			s.Classes = append(s.Classes, story.Row{Name: c.String(), Hits: n.Hits, Bytes: n.Bytes})
		}
	}
	people(sum, s)
	broken(sum, s)
	return nil
}

// people fills in how people were served.
func people(sum *tally.Tally, s *story.Story) {
	n := &sum.Classes[site.Person]
	seconds := func(us uint64) float64 { return float64(us) / 1e6 }
	s.People = story.People{
		Visitors: uint64(n.Visitors + 0.5), Visits: n.Visits, Refused: sum.Refused, Rungs: map[string]uint64{},
		P50: seconds(sum.Took.Percentile(0.50)), P95: seconds(sum.Took.Percentile(0.95)), Soon: sum.Took.Within(soon),
		Bytes: map[string]float64{
			"people": float64(n.Bytes), "previews": float64(sum.Classes[site.Preview].Bytes),
			"machines": float64(sum.Total().Bytes - n.Bytes - sum.Classes[site.Preview].Bytes),
		},
	}
	for r, pages := range sum.Rungs {
		if pages > 0 {
			s.People.Rungs[site.Rung(r).String()] = pages
		}
	}
}

// arrivals adds where people came from in an hour or a day: the page that links
// where it is known, else the site or the app.
func arrivals(part *tally.Tally, sources map[string]*story.Source, most map[string]uint64) {
	linked := map[string]bool{}
	note := func(name string, n uint64) {
		if n == 0 {
			return
		}
		if sources[name] == nil {
			sources[name] = &story.Source{Name: name, First: part.At}
		}
		sources[name].Visits += n
		if n > most[name] {
			most[name], sources[name].Peak = n, part.At
		}
	}
	for _, it := range part.Panels[tally.Referrers].Top(tally.Room) {
		note(withoutScheme(it.Key), it.Classes[site.Person].Hits)
		linked[hostOf(it.Key)] = true
	}
	for _, it := range part.Panels[tally.Sites].Top(tally.Room) {
		if !linked[it.Key] {
			note(it.Key, it.Classes[site.Person].Hits)
		}
	}
}

func withoutScheme(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		return rest
	}
	return address
}

// rowsOf lists what a panel holds of some class, most first.
func rowsOf(t *tally.Table, of func(*tally.Item) tally.Count) (rows []story.Row) {
	for _, it := range t.Top(t.Len()) {
		if n := of(it); n.Hits > 0 {
			rows = append(rows, story.Row{Name: it.Key, Hits: n.Hits, Bytes: n.Bytes})
		}
	}
	slices.SortStableFunc(rows, func(a, b story.Row) int { return cmp.Compare(b.Hits, a.Hits) })
	return rows
}

// linkedTwice is how many people must miss a page for it to be more than a slip
// of one of them.
const linkedTwice = 3

// broken fills in what people asked for in vain, and errors of our own.
func broken(sum *tally.Tally, s *story.Story) {
	for _, r := range rowsOf(&sum.Panels[tally.NotFound], func(it *tally.Item) tally.Count { return it.Classes[site.Person] }) {
		if r.Hits >= linkedTwice && len(s.Broken) < rows {
			s.Broken = append(s.Broken, story.Broken{
				What: r.Name + " is asked for and not there", Times: r.Hits, Mend: "buzzproof freeze, if the living site has it; else a redirect there",
			})
		}
	}
	for _, it := range sum.Panels[tally.Statuses].Top(tally.Room) {
		if strings.HasPrefix(it.Key, "5") {
			s.Broken = append(s.Broken, story.Broken{What: "answers with status " + it.Key, Times: it.Total().Hits, Mend: "buzzproof up says why in its log"})
		}
	}
}
