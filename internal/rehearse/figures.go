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
	TextP50     float64 `json:"text_p50"` // of those who were not refused; who gave up counts with the patience
	TextP95     float64 `json:"text_p95"`

	Full    int            `json:"full"` // whole pages with all that belongs to them
	Rungs   map[string]int `json:"rungs"`
	Refused int            `json:"refused"`
	Lost    int            `json:"lost"` // neither text nor refusal
	// RefusedUnder2s is the share of the refused who knew within two seconds.
	RefusedUnder2s float64 `json:"refused_under_2s"`

	LineUse   float64 `json:"line_use"`
	Drops     int     `json:"drops"`
	ModemHigh int     `json:"modem_high"` // most bytes that waited in the modem
	Sent      int64   `json:"sent"`       // bytes of IP packets that left the home
}

const soon = 2 * time.Second

func figures(visits []Visit, line link.Stats) Figures {
	f := Figures{
		Rungs: map[string]int{}, LineUse: line.Use(), Drops: line.Drops, ModemHigh: line.High, Sent: line.Bytes,
	}
	var waits []time.Duration
	inTime, refusedInTime := 0, 0
	for _, v := range visits {
		if v.Who != Person {
			continue
		}
		f.Visits++
		switch {
		case v.Text > 0:
			waits = append(waits, v.Text)
			f.Rungs[v.Rung]++
			if v.Text < soon {
				inTime++
			}
		case v.Refused:
			f.Refused++
			if v.End < soon {
				refusedInTime++
			}
		default:
			f.Lost++
			waits = append(waits, v.End)
		}
		if v.Full() {
			f.Full++
		}
	}
	f.TextUnder2s = share(inTime, f.Visits)
	f.RefusedUnder2s = share(refusedInTime, f.Refused)
	slices.Sort(waits)
	f.TextP50, f.TextP95 = quantile(waits, 0.5), quantile(waits, 0.95)
	return f
}

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

// Figures sums the crowd up.
func (r *Result) Figures() Figures {
	f := figures(r.Visits, r.Line)
	f.Drops, f.ModemHigh, f.Sent = r.After.Drops, r.After.High, r.After.Bytes
	return f
}
