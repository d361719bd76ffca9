package rehearse

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"text/tabwriter"
)

// A Report is what --json prints.
type Report struct {
	Schema     int        `json:"schema"`
	Crowds     []CrowdRow `json:"crowds"`
	Thresholds []Verdict  `json:"thresholds"`
}

// A CrowdRow is a crowd and what became of it.
type CrowdRow struct {
	Name string `json:"name"`
	Figures
}

// Add sums a crowd up and judges it.
func (r *Report) Add(result *Result, thresholds []Threshold) {
	r.Schema = 1
	r.Crowds = append(r.Crowds, CrowdRow{result.Name, result.Figures(0, math.MaxInt64)})
	for _, t := range thresholds {
		r.Thresholds = append(r.Thresholds, t.Judge(result))
	}
}

// Met reports whether every threshold is.
func (r *Report) Met() bool {
	return !slices.ContainsFunc(r.Thresholds, func(v Verdict) bool { return !v.OK })
}

// Write writes the report for people: what was asked first, then the table.
func (r *Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range r.Thresholds {
		mark := "pass"
		if !v.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(t, "%s\t%s%s\t%s\t%s\n", mark, v.Name, v.Want, v.Said(), v.Crowd)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Thresholds) > 0 {
		fmt.Fprintln(w)
	}
	t.Init(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "crowd\tvisits\ttext <2 s\tp50\tp95\tfull\tslim\tlite\tpostcard\tcomplete\trefused\tlost\tline\tdrops\t\n")
	for _, c := range r.Crowds {
		fmt.Fprintf(t, "%s\t%d\t%.1f %%\t%.2f s\t%.2f s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f %%\t%d\t\n",
			c.Name, c.Visits, 100*c.TextUnder2s, c.TextP50, c.TextP95,
			c.Rungs["full"], c.Rungs["slim"], c.Rungs["lite"], c.Rungs["postcard"], c.Whole,
			c.Refused, c.Lost, 100*c.LineUse, c.Drops)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, c := range r.Crowds {
		if c.Busy() {
			fmt.Fprintf(w, "%s: this machine was busy with other things: visitors came up to %.2f s late, packets %.3f s; the site would have done better\n",
				c.Name, c.LateP95, c.LinkLate)
		}
		for _, who := range slices.Sorted(maps.Keys(c.Others)) {
			o := c.Others[who]
			fmt.Fprintf(w, "%s: %d of kind %s, %.1f %% got the page, %.1f %% everything, %d refused, %.1f KB in all\n",
				c.Name, o.Visits, who, 100*o.Answered, 100*o.Whole, o.Refused, float64(o.Bytes)/1e3)
		}
	}
	return nil
}

// WriteVisits writes every visit as a line of JSON, with the crowd's name.
func (r *Result) WriteVisits(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, v := range r.Visits {
		line := struct {
			Crowd string `json:"crowd"`
			Visit
		}{r.Name, v}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
