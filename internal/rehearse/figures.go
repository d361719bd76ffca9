package rehearse

import (
	"slices"
	"time"

	"buzzproof/internal/link"
)

// Figures sum a crowd up. Times are in seconds, shares from 0 to 1.
type Figures struct {
	Visits      int     `json:"visits"` // of people
	TextUnder2s float64 `json:"text_under_2s"`
	TextP50     float64 `json:"text_p50"` // of those who were not refused; who gave up counts with the time it took
	TextP95     float64 `json:"text_p95"`

	Full    int            `json:"full"`  // pages as their author made them, with all that belongs to them
	Whole   int            `json:"whole"` // pages of any rung with all that belongs to them
	Rungs   map[string]int `json:"rungs"` // texts that came, by rung
	Refused int            `json:"refused"`
	Lost    int            `json:"lost"` // neither text nor refusal
	// RefusedUnder2s is the share of the refused who knew within two seconds; 1 of none.
	RefusedUnder2s float64 `json:"refused_under_2s"`

	LineUse   float64 `json:"line_use"`
	Drops     int     `json:"drops"`
	ModemHigh int     `json:"modem_high"` // most bytes that waited in the modem
	Sent      int64   `json:"sent"`       // bytes of IP packets that left the home

	// Late says how busy the machine was: by how much visitors came late, 95 in
	// a hundred less, and packets arrived late, on average.
	LateP95  float64 `json:"late_p95"`
	LinkLate float64 `json:"link_late"`

	Others map[string]Others `json:"others,omitempty"` // by kind, whoever else came
}

// Others sum up visitors who are no people.
type Others struct {
	Visits   int     `json:"visits"`
	Answered float64 `json:"answered"` // share that got the page
	Whole    float64 `json:"whole"`    // share that got everything
	Refused  int     `json:"refused"`
	Bytes    int64   `json:"bytes"`
}

// Busy reports whether the machine was too busy for the figures to be trusted:
// who came late or waited for a late packet would have been served sooner.
func (f Figures) Busy() bool { return f.LateP95 > 0.05 || f.LinkLate > 0.01 }

// soon is how long a text may take: who waits longer is half gone.
const soon = 2 * time.Second

// Figures sums up who came from the one time until the other.
func (r *Result) Figures(from, until time.Duration) Figures {
	var visits []Visit
	for _, v := range r.Visits {
		if v.At >= from && v.At < until {
			visits = append(visits, v)
		}
	}
	f := figures(visits, r.Line)
	f.Drops, f.ModemHigh = r.After.Drops, r.After.High
	return f
}

func figures(visits []Visit, line link.Stats) Figures {
	f := Figures{
		Rungs: map[string]int{}, LineUse: line.Use(), Drops: line.Drops, ModemHigh: line.High, Sent: line.Bytes,
		LinkLate: line.Late.Seconds() / float64(max(1, line.Delivered)),
	}
	var waits, lates []time.Duration
	inTime, refusedInTime := 0, 0
	for _, v := range visits {
		if v.Who != Person {
			continue
		}
		f.Visits++
		lates = append(lates, v.Late)
		switch {
		case v.Text > 0:
			waits = append(waits, v.Text)
			f.Rungs[v.Rung]++
			inTime += count(v.Text < soon)
		case v.Refused:
			f.Refused++
			refusedInTime += count(v.End < soon)
		default:
			f.Lost++
			waits = append(waits, v.End)
		}
		f.Whole += count(v.Whole)
		f.Full += count(v.Full())
	}
	f.TextUnder2s = share(inTime, f.Visits)
	f.RefusedUnder2s = 1
	if f.Refused > 0 {
		f.RefusedUnder2s = share(refusedInTime, f.Refused)
	}
	slices.Sort(waits)
	slices.Sort(lates)
	f.LateP95 = quantile(lates, 0.95)
	f.TextP50, f.TextP95 = quantile(waits, 0.5), quantile(waits, 0.95)
	f.Others = others(visits)
	return f
}

func others(visits []Visit) map[string]Others {
	type sum struct{ visits, answered, whole int }
	sums, found := map[string]sum{}, map[string]Others{}
	for _, v := range visits {
		if v.Who == Person {
			continue
		}
		s, o := sums[v.Who], found[v.Who]
		s.visits++
		s.answered += count(v.Text > 0)
		s.whole += count(v.Whole)
		o.Refused += count(v.Refused)
		o.Bytes += v.Bytes
		sums[v.Who], found[v.Who] = s, o
	}
	for who, o := range found {
		s := sums[who]
		o.Visits, o.Answered, o.Whole = s.visits, share(s.answered, s.visits), share(s.whole, s.visits)
		found[who] = o
	}
	return found
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// share is a part of a whole; 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// quantile of sorted times, in seconds; 0 of none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Seconds()
}
