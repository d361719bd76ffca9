package dashboard

import (
	"fmt"
	"net/http"
	"strings"
)

// rungNumbers are the rungs as figures: 0 is the richest.
var rungNumbers = map[string]int{"full": 0, "slim": 1, "lite": 2, "postcard": 3, "refused": 4}

// stateNumbers are the states of checks as figures.
var stateNumbers = map[string]float64{"up": 1, "slow": 0.5, "down": 0}

// metrics answers in the text format of Prometheus, version 0.0.4.
func (s *screen) metrics(w http.ResponseWriter, _ *http.Request) {
	last, _ := s.hub.Last()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(metricsOf(last)))
}

func metricsOf(s State) string {
	var b strings.Builder
	n := s.Now
	one := func(name, kind, help string, value float64) {
		fmt.Fprintf(&b, "# HELP buzzproof_%s %s\n# TYPE buzzproof_%s %s\nbuzzproof_%s %g\n", name, help, name, kind, name, value)
	}
	one("people_per_second", "gauge", "Visits of people per second, over ten seconds.", n.People)
	one("people_expected_per_second", "gauge", "What this hour of the week usually brings.", n.Expected)
	one("visits_total", "counter", "Visits of people that were served.", float64(n.Served))
	one("refused_total", "counter", "Newcomers that were refused before TLS.", float64(n.Refused))
	one("line_rate_bytes", "gauge", "Bytes per second that the line carries; 0 while it is not known.", n.Line.Rate)
	one("line_used_bytes", "gauge", "Bytes per second on the line.", n.Line.Used)
	one("line_wait_seconds", "gauge", "How long the text of a newcomer waits.", n.Line.Wait)
	one("rung", "gauge", "What everybody can be given: 0 full, 1 slim, 2 lite, 3 postcard.", float64(rungNumbers[n.Rung]))
	one("memory_bytes", "gauge", "Memory of this program.", float64(n.Memory))
	if s.Details == nil || len(s.Details.Checks) == 0 {
		return b.String()
	}
	b.WriteString("# HELP buzzproof_check What a check came to: 1 up, 0.5 slow, 0 down.\n# TYPE buzzproof_check gauge\n")
	for _, c := range s.Details.Checks {
		fmt.Fprintf(&b, "buzzproof_check{name=\"%s\"} %g\n", label.Replace(c.Name), stateNumbers[c.State])
	}
	b.WriteString("# HELP buzzproof_check_seconds How long the last answer took.\n# TYPE buzzproof_check_seconds gauge\n")
	for _, c := range s.Details.Checks {
		fmt.Fprintf(&b, "buzzproof_check_seconds{name=\"%s\"} %g\n", label.Replace(c.Name), c.Took)
	}
	return b.String()
}

// label escapes the value of a label.
var label = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
