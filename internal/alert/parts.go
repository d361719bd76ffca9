package alert

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/site"
)

// What is left out of a text message last: how many, from where, until when,
// attack or not; then what was done, how it goes, where they land, what to do.
// What has no weight is never in one.
const (
	weightRate     = 9
	weightDetail   = 8
	weightFrom     = 7
	weightForecast = 6
	weightVerdict  = 5
	weightDid      = 4
	weightHealth   = 3
	weightPages    = 2
	weightCan      = 1
)

// parts are the things that an alert says after what happened.
func (t *teller) parts(e site.Event, now time.Time) (parts []part) {
	for _, p := range []part{
		t.rate(e.Facts), t.detail(e.Facts), t.from(e.Facts), t.pages(e.Facts), t.verdict(e),
		t.health(e.Facts), t.forecast(e, now), t.did(e), t.can(e),
	} {
		if p.text != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

func (t *teller) rate(f site.Facts) part {
	p := part{label: "rate", weight: weightRate}
	switch {
	case f.Rate > 0 && f.Expected > 0 && f.Rate/f.Expected >= 1.5:
		rate, times := t.words.rate(f.Rate), t.words.number(f.Rate/f.Expected)
		p.text = t.words.say("rate.times", "rate", rate, "times", times)
		p.short = t.words.say("rate.times_short", "rate", rate, "times", times)
	case f.Rate > 0:
		p.text = t.words.say("rate.alone", "rate", t.words.rate(f.Rate))
	}
	return p
}

func (t *teller) detail(f site.Facts) part {
	return part{label: "detail", weight: weightDetail, text: plain(f.Detail, detailLength), short: plain(f.Detail, nameLength)}
}

func (t *teller) from(f site.Facts) part {
	if len(f.Sources) == 0 {
		return part{}
	}
	named := slices.Clone(f.Sources)
	for i := range named {
		if named[i].Name == "" {
			named[i].Name = t.words["from.nobody"]
		}
	}
	p := part{
		label: "from", weight: weightFrom,
		text:  t.words.say("from.sources", "list", t.shares(named, 5)),
		short: t.words.say("from.sources", "list", plain(named[0].Name, wordLength)),
	}
	if len(f.Links) > 0 {
		p.text += t.words["list"] + t.words.say("from.links", "list", t.shares(f.Links, 3))
	}
	return p
}

func (t *teller) pages(f site.Facts) part {
	if len(f.Pages) == 0 {
		return part{}
	}
	return part{
		label: "pages", weight: weightPages,
		text:  t.words.say("pages.landing", "list", t.shares(f.Pages, 5)),
		short: t.words.say("pages.landing", "list", plain(f.Pages[0].Name, wordLength)),
	}
}

// shares lists the largest parts of a whole.
func (t *teller) shares(all []site.Part, most int) string {
	var texts []string
	for i, p := range all {
		if i == most {
			texts = append(texts, t.words.say("and_more", "n", strconv.Itoa(len(all)-most)))
			break
		}
		text := plain(p.Name, nameLength)
		if p.Part > 0 {
			text += " " + t.words.percent(p.Part)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, t.words["list"])
}

func (t *teller) verdict(e site.Event) part {
	verdict := t.words["verdict."+string(e.Kind)]
	if verdict == "" {
		return part{}
	}
	p := part{label: "verdict", weight: weightVerdict, text: verdict, short: t.words["verdict."+string(e.Kind)+"_short"]}
	if p.short == "" {
		p.weight = 0 // what happened says it
	}
	var reasons []string
	for _, w := range e.Facts.Why {
		reasons = append(reasons, t.words.known("why", w))
	}
	if len(reasons) > 0 {
		p.text = t.words.say("verdict.why", "verdict", verdict, "list", strings.Join(reasons, t.words["list"]))
	}
	return p
}

func (t *teller) health(f site.Facts) part {
	var texts []string
	p := part{label: "health", weight: weightHealth}
	if f.LineUse > 0 {
		texts = append(texts, t.words.say("health.line", "use", t.words.percent(f.LineUse)))
		p.short = t.words.say("health.line_short", "use", t.words.percent(f.LineUse))
	}
	if f.Served > 0 {
		texts = append(texts, t.words.say("health.served", "n", strconv.FormatUint(f.Served, 10)))
	}
	if f.Refused > 0 {
		p.short = t.words.say("health.refused", "n", strconv.FormatUint(f.Refused, 10))
		texts = append(texts, p.short)
	}
	p.text = strings.Join(texts, t.words["list"])
	return p
}

// forecast says what will be full. What was to come before an old event is told
// is left out.
func (t *teller) forecast(e site.Event, now time.Time) part {
	p := part{label: "forecast", weight: weightForecast}
	var texts []string
	for _, full := range e.Facts.Full {
		if now.Sub(e.At) >= lateAfter && !full.At.After(now) {
			continue
		}
		texts = append(texts, t.foresee(full, now))
		if p.short == "" {
			p.short = t.soonShort(full, now)
		}
	}
	p.text = strings.Join(texts, t.words["list"])
	return p
}

// soon says when something will be full.
func (t *teller) soon(f site.Forecast, now time.Time) string {
	what := t.words.known("forecast.thing", f.What)
	if !f.At.After(now) {
		return t.words.say("forecast.full_now", "what", what)
	}
	return t.words.say("forecast.full", "what", what, "in", t.words.span(f.At.Sub(now)))
}

func (t *teller) soonShort(f site.Forecast, now time.Time) string {
	if f.What != "line" || !f.At.After(now) {
		return t.soon(f, now)
	}
	return t.words.say("forecast.line_short", "in", t.words.span(f.At.Sub(now)))
}

// foresee adds the band.
func (t *teller) foresee(f site.Forecast, now time.Time) string {
	text, early := t.soon(f, now), t.words.span(max(0, f.Early.Sub(now)))
	switch {
	case f.Early.IsZero() || !f.At.After(now):
		return text
	case f.Late.IsZero():
		return t.words.say("forecast.open", "forecast", text, "early", early)
	}
	return t.words.say("forecast.band", "forecast", text, "early", early, "late", t.words.span(max(0, f.Late.Sub(now))))
}

func (t *teller) did(e site.Event) part {
	f := e.Facts
	p := part{label: "did", weight: weightDid}
	if e.Kind == site.KindRung {
		p.weight = 0 // what happened says it
	}
	var texts []string
	switch rung, before := plain(f.Rung, wordLength), plain(f.Before, wordLength); {
	case e.Kind == site.KindCheck || rung == "" || rung == site.Refused.String():
	case before != "" && before != rung:
		texts = append(texts, t.words.say("did.moved", "rung", rung, "before", before))
	default:
		texts = append(texts, t.words.say("did.rung", "rung", rung))
	}
	if len(texts) > 0 {
		p.short = t.words.say("did.rung_short", "rung", plain(f.Rung, wordLength))
	}
	for _, d := range f.Did {
		texts = append(texts, t.words.known("did", d))
	}
	p.text = strings.Join(texts, t.words["list"])
	return p
}

// can says what the owner can do, and where.
func (t *teller) can(e site.Event) part {
	can, special := t.words["can."+string(e.Kind)+"_"+e.Phase]
	if !special {
		can = t.words["can."+string(e.Kind)]
	}
	l := link(e.Facts.Link)
	switch {
	case can == "":
		return part{label: "can", text: l} // a text message ends with it
	case l == "":
		return part{label: "can", weight: weightCan, text: can}
	}
	return part{label: "can", weight: weightCan, text: t.words.say("can.link", "can", can, "link", l), short: can}
}
