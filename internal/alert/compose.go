package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/site"
)

// A teller puts facts into words.
type teller struct {
	site  string // whose site: "blog.example.org"
	words vocabulary
	zone  *time.Location
}

// A part is one thing that an alert says. Parts stand in the order in which
// they are read; in a text message those of a low weight are left out first.
type part struct {
	label  string // of the line in a mail
	text   string
	short  string // in a text message; as text when empty
	weight int
}

// lateAfter is how old an event is when its age is told.
const lateAfter = 2 * time.Minute

// one says one event.
func (t *teller) one(e site.Event, now time.Time) Message {
	what := t.what(e)
	parts := t.parts(e, now)
	m := Message{ID: idOf(e), Voice: e.Voice, Link: link(e.Facts.Link), Events: []site.Event{e}}
	m.Title = t.title(e.Voice, what)
	m.Short = t.short(e, what, parts, now)
	m.Text = t.long(e, what, parts, now)
	return m
}

func (t *teller) title(v site.Voice, what string) string {
	return fmt.Sprintf("[%s] %s: %s", t.words["voice."+v.String()], t.site, what)
}

// what says what happened, in one sentence.
func (t *teller) what(e site.Event) string {
	f := e.Facts
	return t.words.what(string(e.Kind), e.Phase, "name", plain(e.About, nameLength),
		"rung", plain(f.Rung, wordLength), "before", plain(f.Before, wordLength))
}

// long is the mail: a line for each thing that is known.
func (t *teller) long(e site.Event, what string, parts []part, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.\n", t.site, what)
	if age := now.Sub(e.At); age >= lateAfter {
		fmt.Fprintf(&b, "%s.\n", t.words.say("late", "clock", t.clock(e.At, now), "age", t.words.span(age)))
	}
	if !e.Facts.Since.IsZero() {
		fmt.Fprintf(&b, "%s.\n", t.words.say("since", "clock", t.clock(e.Facts.Since, now)))
	}
	b.WriteByte('\n')
	for _, p := range parts {
		fmt.Fprintln(&b, t.words.say("labelled", "label", t.words["label."+p.label], "text", p.text))
	}
	fmt.Fprintf(&b, "\n%s\n", t.words.say("footer", "site", t.site))
	return b.String()
}

// short is the text message: as much as fits of what weighs most.
func (t *teller) short(e site.Event, what string, parts []part, now time.Time) string {
	start := t.site + ": "
	if age := now.Sub(e.At); age >= lateAfter {
		start += t.words.say("age", "age", t.words.span(age)) + ": "
	}
	start = gsm(start + what)
	end := ""
	if l := gsm(link(e.Facts.Link)); l != "" && gsmCount(start)+gsmCount(l)+2 <= gsmLength {
		end = ". " + l
	}
	room := gsmLength - gsmCount(start) - gsmCount(end)
	chosen := make([]string, len(parts))
	byWeight := slices.Clone(parts)
	slices.SortStableFunc(byWeight, func(a, b part) int { return b.weight - a.weight })
	for _, p := range byWeight {
		text := gsm(", " + shortOf(p))
		if p.weight > 0 && gsmCount(text) <= room {
			room -= gsmCount(text)
			chosen[slices.Index(parts, p)] = text
		}
	}
	return gsmCut(start+strings.Join(chosen, ""), gsmLength-gsmCount(end)) + end
}

func shortOf(p part) string {
	if p.short != "" {
		return p.short
	}
	return p.text
}

// gsmCut shortens a text of GSM characters to the room that there is.
func gsmCut(s string, room int) string {
	if gsmCount(s) <= room {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && gsmCount(string(runes))+3 > room {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "..."
}

// clock is a moment in the owner's time, with the day when it is another.
func (t *teller) clock(at, now time.Time) string {
	at, now = at.In(t.zone), now.In(t.zone)
	if at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}

// mostLines is how many events a summing-up lists: the newest.
const mostLines = 50

// many sums events up that were held back; lost ones had no room.
func (t *teller) many(events []site.Event, lost int, now time.Time) Message {
	m := Message{Events: events, ID: idOf(events...)}
	n := strconv.Itoa(len(events) + lost)
	var lines, names []string
	for i, e := range events {
		m.Voice = max(m.Voice, e.Voice)
		if m.Link == "" {
			m.Link = link(e.Facts.Link)
		}
		if i >= len(events)-mostLines {
			lines = append(lines, "- "+t.line(e, now))
		}
		names = append(names, t.what(e))
	}
	if more := len(events) - mostLines; more > 0 {
		lines = append([]string{"- " + t.words.say("and_more", "n", strconv.Itoa(more))}, lines...)
	}
	if lost > 0 {
		lines = append(lines, "", t.words.say("sum.lost", "n", strconv.Itoa(lost)))
	}
	m.Title = t.title(m.Voice, t.words.say("sum.title", "n", n))
	slices.Reverse(names) // the newest first: the last is cut off
	m.Short = gsmCut(gsm(t.site+": "+t.words.say("sum.short", "n", n, "list", strings.Join(names, t.words["list"]))), gsmLength)
	m.Text = t.site + ": " + t.words.say("sum.title", "n", n) + ".\n\n" + strings.Join(lines, "\n") + "\n\n" +
		t.words.say("footer", "site", t.site) + "\n"
	return m
}

// line says an event in one line of a summing-up.
func (t *teller) line(e site.Event, now time.Time) string {
	texts := []string{t.clock(e.At, now) + " " + t.what(e)}
	for _, p := range t.parts(e, now) {
		if p.weight >= weightForecast {
			texts = append(texts, shortOf(p))
		}
	}
	return strings.Join(texts, t.words["list"])
}

// idOf names a message by what it says, not by when it is tried.
func idOf(events ...site.Event) string {
	h := sha256.New()
	for _, e := range events {
		fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d\n", e.Kind, e.About, e.Phase, e.At.UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// link is an address as it may stand in a message: one word, or nothing.
func link(s string) string {
	if s == "" || plain(s, len(s)) != s || strings.ContainsAny(s, " <>\"") {
		return ""
	}
	return s
}
