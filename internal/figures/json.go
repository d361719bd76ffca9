package figures

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"time"

	"buzzproof/internal/plain"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// WriteJSON writes the report as one JSON value. Fields are added, never
// renamed: scripts rely on them.
func WriteJSON(w io.Writer, r *traffic.Report) error {
	doc, err := json.MarshalIndent(document(r), "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(appendMinutes(bytes.TrimSuffix(doc, []byte("\n}")), r.Minutes))
	return err
}

// appendMinutes ends the value with every minute, one a line. There may be
// 130,000 of them, which encoding/json would take as long over as it takes to
// read as many lines of a log.
func appendMinutes(b []byte, minutes []traffic.MinuteCount) []byte {
	const row = len("    {\"key\": \"2016-09-05 22:31\", \"hits\": 100, \"visitors\": 100},\n")
	b = append(slices.Grow(b, row*(len(minutes)+1)), ",\n  \"minutes\": ["...)
	for i, m := range minutes {
		if i > 0 {
			b = append(b, ',')
		}
		b = m.At.AppendFormat(append(b, "\n    {\"key\": \""...), "2006-01-02 15:04")
		b = strconv.AppendUint(append(b, "\", \"hits\": "...), m.Hits, 10)
		b = strconv.AppendUint(append(b, ", \"visitors\": "...), m.Visitors, 10)
		b = append(b, '}')
	}
	return append(b, "\n  ]\n}\n"...)
}

// A jsonReport is all of the value but the minutes.
type jsonReport struct {
	Schema  int                   `json:"schema"`
	Totals  jsonTotals            `json:"totals"`
	Classes map[string]jsonClass  `json:"classes"`
	Took    *jsonTook             `json:"response_times,omitempty"`
	Days    []jsonDay             `json:"days"`
	Panels  map[string][]jsonItem `json:"panels"`
	Items   map[string]jsonSize   `json:"items"`
	Failed  []jsonFailure         `json:"failed_lines"`
}

type jsonTotals struct {
	Lines    uint64 `json:"lines"`
	Hits     uint64 `json:"hits"`
	Failed   uint64 `json:"failed"`
	Filtered uint64 `json:"filtered"`
	Bytes    uint64 `json:"bytes"`
	Visitors uint64 `json:"visitors"`
	NotFound uint64 `json:"not_found"`
	LogBytes uint64 `json:"log_bytes"`
	First    string `json:"first,omitempty"`
	Last     string `json:"last,omitempty"`
	Exact    bool   `json:"exact"` // whether visitors were counted rather than estimated
}

type jsonClass struct {
	Hits     uint64 `json:"hits"`
	Visitors uint64 `json:"visitors"`
	Bytes    uint64 `json:"bytes"`
	Pages    uint64 `json:"pages"`
	NotFound uint64 `json:"not_found"`
	Failed   uint64 `json:"errors"` // answers of status 400 and above
}

// jsonTook is in microseconds.
type jsonTook struct {
	Hits    uint64 `json:"hits"`
	Mean    int64  `json:"mean_us"`
	P50     int64  `json:"p50_us"`
	P95     int64  `json:"p95_us"`
	P99     int64  `json:"p99_us"`
	Slowest int64  `json:"slowest_us"`
}

type jsonDay struct {
	Key      string               `json:"key"`
	Hits     uint64               `json:"hits"`
	Visitors uint64               `json:"visitors"`
	Bytes    uint64               `json:"bytes"`
	Classes  map[string]jsonClass `json:"classes"`
}

type jsonItem struct {
	Key      string `json:"key"`
	Hits     uint64 `json:"hits"`
	Visitors uint64 `json:"visitors"`
	Bytes    uint64 `json:"bytes"`
	Method   string `json:"method,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	Mean     int64  `json:"mean_us,omitempty"`
	Slowest  int64  `json:"slowest_us,omitempty"`
}

// jsonSize says how many items a panel has in all, and what was forgotten for
// lack of room.
type jsonSize struct {
	Count   int    `json:"count"`
	Forgot  uint64 `json:"forgotten,omitempty"`
	ShortOf uint64 `json:"hits_may_lack,omitempty"`
}

type jsonFailure struct {
	File string `json:"file"`
	Line uint64 `json:"line"`
	Why  string `json:"why"`
	Text string `json:"text"`
}

func document(r *traffic.Report) jsonReport {
	d := jsonReport{
		Schema: 1, Classes: jsonClasses(r.Classes[:]), Days: []jsonDay{},
		Panels: map[string][]jsonItem{}, Items: map[string]jsonSize{}, Failed: []jsonFailure{},
		Totals: jsonTotals{
			Lines: r.Lines, Hits: r.Hits, Failed: r.Failed, Filtered: r.Filtered, Bytes: r.Bytes, Visitors: r.Visitors,
			NotFound: r.NotFound, LogBytes: r.LogBytes, Exact: r.Exact,
		},
	}
	if r.Hits > 0 {
		d.Totals.First, d.Totals.Last = r.First.Format(time.DateTime), r.Last.Format(time.DateTime)
	}
	if t := r.Took; t.Count > 0 {
		d.Took = &jsonTook{
			t.Count, t.Mean.Microseconds(), t.P50.Microseconds(), t.P95.Microseconds(), t.P99.Microseconds(), t.Slowest.Microseconds(),
		}
	}
	for _, day := range r.Days {
		d.Days = append(d.Days, jsonDay{day.Day.Format(time.DateOnly), day.Hits, day.Visitors, day.Bytes, jsonClasses(day.Classes[:])})
	}
	for _, p := range traffic.AllPanels() {
		d.Panels[p.String()] = jsonItems(r.Panels[p])
		d.Items[p.String()] = jsonSize{r.Sizes[p], r.Forgot[p], r.ShortOf[p]}
	}
	for _, f := range r.Failures {
		f.Text = plain.UTF8(f.Text)
		d.Failed = append(d.Failed, jsonFailure(f))
	}
	return d
}

func jsonClasses(counts []traffic.ClassCount) map[string]jsonClass {
	m := map[string]jsonClass{}
	for i, c := range counts {
		m[site.Class(i).String()] = jsonClass(c)
	}
	return m
}

func jsonItems(items []traffic.Item) []jsonItem {
	list := make([]jsonItem, len(items))
	for i, it := range items {
		list[i] = jsonItem{
			plain.UTF8(it.Key), it.Hits, it.Visitors, it.Bytes, it.Method, it.Protocol, it.Took.Microseconds(), it.Slowest.Microseconds(),
		}
	}
	return list
}
