package dashboard

import (
	"fmt"
	"time"

	"buzzproof/internal/plain"
)

// A list is a part of the screen with a title.
type list struct {
	title string
	rows  []row
}

// A row has a stranger's name at its left and our figures at its right.
type row struct{ name, figures string }

// lists draws what there is in the rows that are left: two lists side by side
// where that is wide enough, and the events across.
func (s *Screen) lists(c *canvas, room int) {
	d := s.State.Details
	if d == nil || room < 2 {
		return
	}
	all := d.lists()
	events := min(max(room/4, 2), len(d.Events)+1)
	per := 1
	if c.width >= 72 {
		per = 2
	}
	if c.width >= 150 {
		per = 3
	}
	bands := (len(all) + per - 1) / per
	// Each band wants its title and at least two rows; what does not fit is
	// left out from the end, where the least urgent lists are.
	bands = max(1, min(bands, (room-events)/3))
	height := max(2, (room-events)/bands)
	for b := range bands {
		c.beside(all[b*per:min(len(all), (b+1)*per)], per, min(height, room-events-b*height))
	}
	c.line(c.bold("what happened"))
	for _, e := range d.Events[:min(len(d.Events), max(0, room-events-bands*height+events-1))] {
		text := fmt.Sprintf("%s %s %s", e.At.Format(time.TimeOnly), e.Voice, e.Text)
		if line := plain.Safe(text, c.width); e.Voice == "howl" {
			c.line(c.alarm(line))
		} else {
			c.line(line)
		}
	}
}

func (d *Lists) lists() []list {
	all := []list{{title: "who links you (5 min)"}, {title: "pages (5 min)"}, {title: "who asks (5 min)"}, {title: "shut out"}}
	for _, r := range d.Sources {
		all[0].rows = append(all[0].rows, row{r.Name, plain.Count(r.Hits)})
	}
	for _, r := range d.Pages {
		all[1].rows = append(all[1].rows, row{r.Name, fmt.Sprintf("%s  %.2f s", plain.Count(r.Hits), r.Mean)})
	}
	for _, r := range d.Classes {
		all[2].rows = append(all[2].rows, row{r.Name, fmt.Sprintf("%s  %s", plain.Count(r.Hits), plain.Bytes(r.Bytes))})
	}
	for _, b := range d.Bans {
		all[3].rows = append(all[3].rows, row{b.Who + " " + b.Why, "until " + b.Until.Format("15:04")})
	}
	return append(all, d.services()...)
}

// services are lists that stay away until the owner has configured something.
func (d *Lists) services() (all []list) {
	checks, away, channels := list{title: "checks (up in 24 hours)"}, list{title: "elsewhere"}, list{title: "how you are told"}
	for _, k := range d.Checks {
		name := k.Name
		if k.Detail != "" {
			name += ": " + k.Detail
		}
		figures := fmt.Sprintf("%s  %.2f s", k.State, k.Took)
		if k.Day != nil {
			figures += "  " + plain.Percent(*k.Day)
		}
		checks.rows = append(checks.rows, row{name, figures})
	}
	for _, a := range d.Away {
		away.rows = append(away.rows, row{a.Name + " (" + a.Kind + ")", a.State})
	}
	for _, ch := range d.Channels {
		figures := "no alert yet"
		if !ch.Last.IsZero() {
			figures = ch.Last.Format("15:04")
		}
		if ch.Error != "" {
			figures = "fails"
		}
		channels.rows = append(channels.rows, row{ch.Name + " " + ch.Error, figures})
	}
	for _, l := range []list{checks, away, channels} {
		if len(l.rows) > 0 {
			all = append(all, l)
		}
	}
	return all
}
