package rehearse

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseCrowd reads what a crowd is called on the command line.
//
//	13/s            people at a rate, for a minute
//	13/s@5m         the same for five
//	step:0.2@30s,13@1m,1@4m    people at one rate after another
func ParseCrowd(s string) (Crowd, error) {
	steps, ok := strings.CutPrefix(s, "step:")
	if !ok {
		steps, ok = strings.CutSuffix(s, "/s")
		if before, after, found := strings.Cut(s, "/s@"); found {
			steps, ok = before+"@"+after, true
		}
	}
	if !ok {
		return Crowd{}, fmt.Errorf("there is no crowd %q", s)
	}
	flow := Flow{Who: Person, HTTP1: 0.1, Landing: 0.9}
	var at time.Duration
	for part := range strings.SplitSeq(steps, ",") {
		number, time_, found := strings.Cut(part, "@")
		rate, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return Crowd{}, fmt.Errorf("crowd %q: %q is no rate", s, number)
		}
		lasts := time.Minute
		if found {
			if lasts, err = time.ParseDuration(time_); err != nil {
				return Crowd{}, fmt.Errorf("crowd %q: %w", s, err)
			}
		}
		flow.At = append(flow.At, Span(at), Span(at+lasts))
		flow.Rate = append(flow.Rate, rate, rate)
		at += lasts
	}
	c := Crowd{Name: s, Says: "people at a given rate", Flows: []Flow{flow}}
	return c, c.check()
}
