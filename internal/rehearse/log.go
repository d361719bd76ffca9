package rehearse

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/guard"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

const (
	window   = 10 * time.Minute // of the log that is played: its busiest
	binWidth = 10 * time.Second // rates are taken over
	maxHits  = 5_000_000        // of a log that are read
)

// A logHit is a request for a page in an access log.
type logHit struct {
	at   time.Time // on the clock of the log
	path string
	who  string
}

// CrowdOfLog makes a crowd of an access log in any format that is known, plain
// or packed: the busiest ten minutes, people and previews. It is fitted, not
// repeated: rates over ten seconds and the share of the page that most came
// for. Requests for what a page needs are left out, since visitors of a
// rehearsal will ask for what the twin's pages need.
func CrowdOfLog(name string, r io.Reader) (Crowd, error) {
	source, err := traffic.Unpack(name, r)
	if err != nil {
		return Crowd{}, err
	}
	defer source.Close()
	kind, known, err := source.Recognise()
	if err == nil && !known {
		err = fmt.Errorf("%s: no line at its start is of a known format", name)
	}
	if err != nil {
		return Crowd{}, err
	}
	hits, err := pageHits(traffic.NewLog(name, source, kind.Format))
	if err != nil {
		return Crowd{}, fmt.Errorf("read %s: %w", name, err)
	}
	slices.SortStableFunc(hits, func(a, b logHit) int { return a.at.Compare(b.at) })
	hits = busiest(hits)
	c := Crowd{Name: name, Says: "the busiest ten minutes of a log, from " + hits[0].at.Format("2 January 2006 15:04:05")}
	for _, who := range []string{Person, Preview} {
		if f := fit(who, hits); f != nil {
			c.Flows = append(c.Flows, *f)
		}
	}
	return c, c.check()
}

// pageHits are the requests for pages, of people and previews. There is one at
// least.
func pageHits(log *traffic.Log) ([]logHit, error) {
	v := visits{format: log.Format(), paths: map[string]string{}}
	for chunk := make([]byte, 0, 64<<10); len(v.hits) < maxHits; {
		var err error
		chunk, err = log.Next(chunk)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(chunk) {
			v.take(bytes.TrimRight(line, "\r\n"))
		}
	}
	if len(v.hits) == 0 {
		return nil, fmt.Errorf("%d lines and no visit to a page among them", v.lines)
	}
	return v.hits, nil
}

// visits are what was found in a log so far.
type visits struct {
	format accesslog.Format
	lines  int
	hits   []logHit
	paths  map[string]string // each once: lines are lent
}

func (v *visits) take(line []byte) {
	v.lines++
	if headed, ok := v.format.(accesslog.Headed); ok && bytes.HasPrefix(line, []byte("#")) {
		v.format = headed.Header(line)
		return
	}
	var h accesslog.Hit
	if v.format.Parse(line, &h) != nil {
		return
	}
	visit, ok := pageHit(&h)
	if !ok {
		return
	}
	path, known := v.paths[visit.path]
	if !known {
		path = strings.Clone(visit.path)
		v.paths[path] = path
	}
	visit.path = path
	v.hits = append(v.hits, visit)
}

// busiest returns the hits of the window that has most.
func busiest(hits []logHit) []logHit {
	from, until, first := 0, 0, 0
	for last := range hits {
		for hits[last].at.Sub(hits[first].at) >= window {
			first++
		}
		if last+1-first > until-from {
			from, until = first, last+1
		}
	}
	return hits[from:until]
}

// fit returns the flow of one kind of visitors, nil if none came.
func fit(who string, hits []logHit) *Flow {
	began, bins, paths, all := hits[0].at, map[int]int{}, map[string]int{}, 0
	last := int(hits[len(hits)-1].at.Sub(began) / binWidth)
	for _, h := range hits {
		if h.who == who {
			bins[int(h.at.Sub(began)/binWidth)]++
			paths[h.path]++
			all++
		}
	}
	if all == 0 {
		return nil
	}
	f := &Flow{Who: who, HTTP1: defaultHTTP1}
	for i := range last + 1 {
		rate := float64(bins[i]) / binWidth.Seconds()
		f.At = append(f.At, Span(time.Duration(i)*binWidth), Span(time.Duration(i+1)*binWidth))
		f.Rate = append(f.Rate, rate, rate)
	}
	most := 0
	for _, n := range paths {
		most = max(most, n)
	}
	f.Landing = share(most, all)
	return f
}

// pageHit tells whether a hit is the visit of a page by a person or a preview.
func pageHit(h *accesslog.Hit) (logHit, bool) {
	path, _, _ := strings.Cut(h.Path, "?")
	if h.Method != "GET" || h.Status/100 != 2 && h.Status != 304 || !looksLikePage(path) {
		return logHit{}, false
	}
	visit := logHit{at: time.Unix(int64(h.Day)*24*3600+int64(h.Second), 0).UTC(), path: path, who: Person}
	switch guard.ClassOf(h.Agent) {
	case site.Person:
	case site.Preview:
		visit.who = Preview
	default:
		return logHit{}, false
	}
	return visit, true
}

// looksLikePage reports whether a path names a document for people.
func looksLikePage(path string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return true
	}
	return slices.Contains([]string{"html", "htm", "php", "asp", "aspx", "xhtml", "shtml"}, cmp.Or(strings.ToLower(name[dot+1:]), "html"))
}
