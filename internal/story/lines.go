package story

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/plain"
)

// Lines tells the story in eight lines at most.
func (s *Story) Lines() []string {
	lines := []string{s.when(), s.who(), s.most(), s.sentAs(), s.howFast(), s.lineLine(), s.others(), s.whatBroke()}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

func (s *Story) when() string {
	if s.Buzz == nil {
		return fmt.Sprintf("%s, from %s to %s.", s.Site, moment(s.From), moment(s.Until))
	}
	kind := map[string]string{"attack": "An attack on", "preview": "A stampede of link previews at"}[s.Buzz.Verdict]
	text := fmt.Sprintf("%s %s began on %s", cmp.Or(kind, "The buzz of"), s.Site, moment(s.Buzz.Since))
	if s.Buzz.Over.IsZero() {
		text += ", and goes on."
	} else {
		text += fmt.Sprintf(", and was over after %s.", short(s.Buzz.Over.Sub(s.Buzz.Since)))
	}
	if wait := s.Buzz.Seen.Sub(s.Buzz.Since); !s.Buzz.Seen.IsZero() && wait >= 0 {
		text += fmt.Sprintf(" You were told %s after it began.", short(wait))
	}
	return text
}

func (s *Story) who() string {
	if s.People.Visits == 0 {
		return "Nobody came."
	}
	text := fmt.Sprintf("%s people made %s visits", plain.Count(s.People.Visitors), plain.Count(s.People.Visits))
	if s.People.Visitors == 0 {
		text = fmt.Sprintf("There were %s visits of people", plain.Count(s.People.Visits))
	}
	if len(s.Sources) == 0 {
		return text + "."
	}
	first := s.Sources[0]
	text += fmt.Sprintf(", %s of them from %s", plain.Share(first.Visits, s.People.Visits), harmless(first.Name))
	if len(s.Sources) > 1 {
		text += fmt.Sprintf(" and %s from %s", plain.Share(s.Sources[1].Visits, s.People.Visits), harmless(s.Sources[1].Name))
	}
	return text + "."
}

func (s *Story) most() string {
	m := s.peak()
	if m.Visits == 0 {
		return ""
	}
	text := fmt.Sprintf("At the peak, %s, %.2g came every second", m.At.Format("15:04"), m.Visits/s.step().Seconds())
	if m.Expected > 0 {
		text += fmt.Sprintf(", %.0f times as many as usual", m.Visits/m.Expected)
	}
	return text + "."
}

// rungs are the rungs from the richest to the poorest.
var rungs = []string{"full", "slim", "lite", "postcard"}

func (s *Story) sentAs() string {
	sum := uint64(0)
	for _, n := range s.People.Rungs {
		sum += n
	}
	var parts []string
	for _, r := range rungs {
		if n := s.People.Rungs[r]; n*2000 > sum { // what would be said as 0.0 % is left out
			parts = append(parts, fmt.Sprintf("%s %s", plain.Share(n, sum), r))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Pages were sent as: " + strings.Join(parts, ", ") + "."
}

func (s *Story) howFast() string {
	if s.People.Visits == 0 {
		return ""
	}
	within := func(seconds float64) string { return plain.Took(time.Duration(seconds * float64(time.Second))) }
	text := fmt.Sprintf("%.1f %% were answered within two seconds, half within %s, 95 %% within %s", 100*s.People.Soon, within(s.People.P50), within(s.People.P95))
	if s.People.Refused > 0 {
		return text + fmt.Sprintf("; %s newcomers were refused.", plain.Count(s.People.Refused))
	}
	return text + "; nobody was refused."
}

func (s *Story) lineLine() string {
	served, known := s.without()
	if !known {
		return ""
	}
	return fmt.Sprintf("The line carries %s; with full pages of %s alone, about %s of these visits would have been served.",
		bits(s.LineRate), plain.Bytes(uint64(s.PageSize)), plain.Count(uint64(served)))
}

func (s *Story) others() string {
	machines := uint64(0)
	for _, c := range s.Classes {
		if c.Name != "person" {
			machines += c.Hits
		}
	}
	if machines == 0 {
		return ""
	}
	text := fmt.Sprintf("Machines made %s hits", plain.Count(machines))
	if s.Bans > 0 {
		text += fmt.Sprintf(", and %d were shut out", s.Bans)
	}
	if len(s.Looked) > 0 {
		text += fmt.Sprintf("; most looked for was %s", harmless(s.Looked[0].Name))
	}
	return text + "."
}

func (s *Story) whatBroke() string {
	if s.Public {
		return ""
	}
	if len(s.Broken) == 0 {
		return "Nothing broke that we know of."
	}
	text := "What broke: " + harmless(s.Broken[0].What)
	if more := len(s.Broken) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more, see below", more)
	}
	return text + "."
}

// harmless is a stranger's text for a line of ours.
func harmless(s string) string { return plain.Safe(plain.UTF8(s), 120) }

func moment(t time.Time) string { return t.Format("2 January 2006, 15:04") }

// short is a duration without what nobody asks for.
func short(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// bits writes bytes per second as lines are sold.
func bits(bytes float64) string {
	if v := bytes * 8; v >= 1e6 {
		return fmt.Sprintf("%.3g Mbit/s", v/1e6)
	}
	return fmt.Sprintf("%.0f kbit/s", bytes*8/1e3)
}
