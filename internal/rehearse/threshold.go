package rehearse

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Threshold is what a crowd must find, such as text_under_2s>=99%.
type Threshold struct {
	text        string // as it was given
	metric      string
	from, until time.Duration // of the visits that count
	op          string
	value       float64
	ofVisits    bool // a count was given as a share of the visits
}

// A Verdict is a threshold and what there was.
type Verdict struct {
	Crowd string  `json:"crowd"`
	Name  string  `json:"name"`
	Want  string  `json:"want"`
	Got   float64 `json:"got"`
	OK    bool    `json:"ok"`
}

// metrics are the figures that can be asked for.
var metrics = map[string]struct {
	of    func(Figures) float64
	count bool // of visits: may be asked for as a share of them
}{
	"visits":           {of: func(f Figures) float64 { return float64(f.Visits) }},
	"text_under_2s":    {of: func(f Figures) float64 { return f.TextUnder2s }},
	"text_p50":         {of: func(f Figures) float64 { return f.TextP50 }},
	"text_p95":         {of: func(f Figures) float64 { return f.TextP95 }},
	"full":             {of: func(f Figures) float64 { return float64(f.Full) }, count: true},
	"whole":            {of: func(f Figures) float64 { return float64(f.Whole) }, count: true},
	"refused":          {of: func(f Figures) float64 { return float64(f.Refused) }, count: true},
	"lost":             {of: func(f Figures) float64 { return float64(f.Lost) }, count: true},
	"refused_under_2s": {of: func(f Figures) float64 { return f.RefusedUnder2s }},
	"line_use":         {of: func(f Figures) float64 { return f.LineUse }},
	"drops":            {of: func(f Figures) float64 { return float64(f.Drops) }},
	"previews":         {of: func(f Figures) float64 { return f.Others[Preview].Answered }},
	"previews_whole":   {of: func(f Figures) float64 { return f.Others[Preview].Whole }},
}

// wholeCrowd are the figures of the line, which no part of the visits has.
var wholeCrowd = []string{"line_use", "drops"}

// ParseThreshold reads METRIC OP VALUE, where OP is one of <, <=, ==, >=, > and
// VALUE a number, a percentage or a time. METRIC[30s:] counts only who comes
// after half a minute, METRIC[:30s] who comes before.
func ParseThreshold(s string) (Threshold, error) {
	at := strings.IndexAny(s, "<>=")
	if at < 0 {
		return Threshold{}, fmt.Errorf("threshold %q: want one such as text_under_2s>=99%%", s)
	}
	t := Threshold{text: s, metric: strings.TrimSpace(s[:at]), until: math.MaxInt64}
	rest := strings.TrimLeft(s[at:], "<>=")
	t.op = s[at : len(s)-len(rest)]
	err := errors.Join(t.parseWindow(), t.parseValue(strings.TrimSpace(rest)))
	if err == nil && !slices.Contains([]string{"<", "<=", "==", ">=", ">"}, t.op) {
		err = fmt.Errorf("%q is no comparison", t.op)
	}
	if err != nil {
		return Threshold{}, fmt.Errorf("threshold %q: %w", s, err)
	}
	return t, nil
}

// parseWindow takes the window off the metric.
func (t *Threshold) parseWindow() error {
	name, window, found := strings.Cut(t.metric, "[")
	if _, known := metrics[name]; !known {
		return fmt.Errorf("there is no figure %q\nthere are %s", name, strings.Join(slices.Sorted(maps.Keys(metrics)), ", "))
	}
	t.metric = name
	if !found {
		return nil
	}
	if slices.Contains(wholeCrowd, name) {
		return fmt.Errorf("%s is known of the whole crowd only", name)
	}
	from, until, colon := strings.Cut(strings.TrimSuffix(window, "]"), ":")
	if !colon || !strings.HasSuffix(window, "]") {
		return fmt.Errorf("[%s is no window: want one such as [30s:2m]", window)
	}
	var err error
	if from != "" {
		t.from, err = time.ParseDuration(from)
	}
	if until != "" && err == nil {
		t.until, err = time.ParseDuration(until)
	}
	return err
}

func (t *Threshold) parseValue(s string) (err error) {
	if number, ok := strings.CutSuffix(s, "%"); ok {
		t.value, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
		t.value /= 100
		t.ofVisits = metrics[t.metric].count
	} else if t.value, err = strconv.ParseFloat(s, 64); err != nil {
		var d time.Duration
		d, err = time.ParseDuration(s)
		t.value = d.Seconds()
	}
	if err != nil {
		return fmt.Errorf("%q is neither a number nor a percentage nor a time", s)
	}
	return nil
}

// Judge compares what a crowd found with the threshold.
func (t Threshold) Judge(r *Result) Verdict {
	f := r.Figures(t.from, t.until)
	got := metrics[t.metric].of(f)
	if t.ofVisits {
		got /= float64(max(1, f.Visits))
	}
	at := strings.IndexAny(t.text, "<>=")
	v := Verdict{Crowd: r.Name, Name: strings.TrimSpace(t.text[:at]), Want: strings.TrimSpace(t.text[at:]), Got: got}
	switch t.op {
	case "<":
		v.OK = got < t.value
	case "<=":
		v.OK = got <= t.value
	case "==":
		v.OK = got == t.value
	case ">=":
		v.OK = got >= t.value
	case ">":
		v.OK = got > t.value
	}
	// A share of nobody would meet any threshold, or none: it says nothing.
	v.OK = v.OK && (f.Visits > 0 || len(f.Others) > 0)
	return v
}

// Said is what there was, in the unit of what was wanted.
func (v Verdict) Said() string {
	switch {
	case strings.HasSuffix(v.Want, "%"):
		return fmt.Sprintf("%.1f%%", 100*v.Got)
	case strings.HasSuffix(v.Want, "s"):
		return fmt.Sprintf("%.2fs", v.Got)
	}
	return strconv.FormatFloat(v.Got, 'g', 6, 64)
}
