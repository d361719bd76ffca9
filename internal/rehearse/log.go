package rehearse

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/guard"
	"buzzproof/internal/site"
)

const (
	window   = 10 * time.Minute // of the log that is played: its busiest
	binWidth = 10 * time.Second // rates are taken over
	maxHits  = 5_000_000        // of a log that are read
)

// A logHit is a request for a page in an access log.
type logHit struct {
	at   time.Time
	path string
	who  string
}

// CrowdOfLog makes a crowd of an access log in the common or combined format,
// as Apache and nginx write it: the busiest ten minutes, people and previews.
// It is fitted, not repeated: rates over ten seconds and the share of the page
// that most came for. Requests for what a page needs are left out, since
// visitors of a rehearsal will ask for what the twin's pages need.
func CrowdOfLog(name string, r io.Reader) (Crowd, error) {
	var hits []logHit
	lines, read := bufio.NewScanner(r), 0
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && len(hits) < maxHits {
		read++
		if h, ok := parseHit(lines.Text()); ok {
			hits = append(hits, h)
		}
	}
	if err := lines.Err(); err != nil {
		return Crowd{}, fmt.Errorf("read log: %w", err)
	}
	if len(hits) == 0 {
		return Crowd{}, fmt.Errorf("%d lines and no visit to a page among them\nthe log must be in the common or combined format", read)
	}
	slices.SortStableFunc(hits, func(a, b logHit) int { return a.at.Compare(b.at) })
	hits = busiest(hits)
	began := hits[0].at
	c := Crowd{Name: name, Says: "the busiest ten minutes of a log, from " + began.Format(time.RFC3339)}
	for _, who := range []string{Person, Preview} {
		if f := fit(who, hits); f != nil {
			c.Flows = append(c.Flows, *f)
		}
	}
	return c, c.check()
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

// parseHit reads a line such as
//
//	192.0.2.7 - - [05/Sep/2016:22:30:01 +0200] "GET /hello/ HTTP/1.1" 200 5120 "-" "Mozilla/5.0"
func parseHit(line string) (logHit, bool) {
	_, rest, ok := strings.Cut(line, " [")
	if !ok {
		return logHit{}, false
	}
	stamp, rest, ok := strings.Cut(rest, `] "`)
	if !ok {
		return logHit{}, false
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", stamp)
	request, rest, ok := strings.Cut(rest, `" `)
	fields := strings.Fields(request)
	if err != nil || !ok || len(fields) != 3 || fields[0] != "GET" || !strings.HasPrefix(rest, "2") && !strings.HasPrefix(rest, "304") {
		return logHit{}, false
	}
	path, _, _ := strings.Cut(fields[1], "?")
	if !looksLikePage(path) {
		return logHit{}, false
	}
	h := logHit{at: at, path: path, who: Person}
	quoted := strings.Split(rest, `"`)
	if len(quoted) >= 4 {
		switch guard.ClassOf(quoted[3]) {
		case site.Person:
		case site.Preview:
			h.who = Preview
		default:
			return logHit{}, false
		}
	}
	return h, true
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
