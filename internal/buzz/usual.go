package buzz

import "time"

const (
	hours = 7 * 24 // of a week
	// An hour of the week is remembered over some six weeks: what a season
	// brings is learnt, and a holiday is not.
	fading = 0.84 // 0.5 after 4 weeks
	// What few visits say of an hour is mixed with what others say: an hour
	// that ever saw one visit is not an hour without visits.
	weight = 5 // visits
	// What the last hour or so brought, against what it should have, tells a
	// busy day from a quiet one.
	today       = 3600 // seconds
	todayWeight = 10   // visits
	// A site of which nothing is known is taken for one of ten visits an hour.
	prior = 10.0 / 3600
	// Within the first hour there is nothing to compare with but its minutes.
	young = 3600 // seconds
)

// usual is what people's visits usually are: by hour of the owner's week, with
// a correction for today, and how much more they scatter than chance.
type usual struct {
	N       [hours]float64        `json:"n"`      // visits, fading
	Secs    [hours]float64        `json:"secs"`   // watched seconds, fading
	Turned  [hours]int64          `json:"turned"` // the week in which an hour was last begun
	Aside   [hours][2]float64     `json:"aside"`  // visits and seconds of surges of the last week
	Today   [2]float64            `json:"today"`  // visits of the last hour or so, and what was usual, fading
	Total   float64               `json:"total"`  // seconds ever learnt
	Scatter [len(windows)]scatter `json:"scatter"`
	Spread  [2]spread             `json:"spread"` // of the levels of hours: of those watched before, and of new ones

	hourly hourly  // the hour under way
	minute int64   // of the cached values
	slot   int     // hour of the week
	week   int64   // since 1970
	usual  float64 // visits per second
	most   float64 // the same, if the whole hour is as its middle
	ratio  float64 // of today
}

func (u *usual) start() {
	u.minute, u.ratio, u.usual, u.most = -1, 1, prior, prior
	for i := range u.Scatter {
		u.Scatter[i].start()
	}
	for i := range u.Spread {
		u.Spread[i].start()
	}
}

// at moves to the hour of a time in the owner's zone.
func (u *usual) at(t time.Time) {
	minute := t.Unix() / 60
	if minute == u.minute {
		return
	}
	u.minute = minute
	u.slot = int(t.Weekday())*24 + t.Hour()
	// By the calendar of the zone: an hour that summer time repeats is one.
	_, offset := t.Zone()
	u.week = (t.Unix() + int64(offset) + 4*86400) / (hours * 3600)
	past := (float64(t.Minute()) + 0.5) / 60
	next, before := u.hour((u.slot+1)%hours), u.hour((u.slot+hours-1)%hours)
	here := u.hour(u.slot)
	if past < 0.5 { // hours are right in their middle, and straight lines between
		u.usual = here*(0.5+past) + before*(0.5-past)
	} else {
		u.usual = here*(1.5-past) + next*(past-0.5)
	}
	u.most = max(u.usual, here)
	u.ratio = u.todays()
}

// hour is what an hour of the week brings, visits per second: its own, mixed
// with that of this hour on other days, mixed with that of all hours.
func (u *usual) hour(slot int) float64 {
	all, allSecs, day, daySecs := 0.0, 0.0, 0.0, 0.0
	for i := range hours {
		all, allSecs = all+u.N[i], allSecs+u.Secs[i]
		if i%24 == slot%24 {
			day, daySecs = day+u.N[i], daySecs+u.Secs[i]
		}
	}
	shape := u.Spread[watchedBefore].shape()
	mixed := mix(day, daySecs, mix(all, allSecs, prior, 1, shape), weight, shape)
	return mix(u.N[slot], u.Secs[slot], mixed, weight, shape)
}

// mix is the rate of n in secs, with another rate counting as so many visits.
// However many visits an hour had, its level says no more of the next one's
// than a count of as many visits as the shape of the levels.
func mix(n, secs, rate, visits, shape float64) float64 {
	tells := 1 / (1 + rate*3600/shape)
	return (n*tells + visits) / (secs*tells + visits/rate)
}

// todays is how much busier than usual the last hour was. A week that is not
// known yet is followed further.
func (u *usual) todays() float64 {
	ratio := (u.Today[0] + todayWeight) / (u.Today[1] + todayWeight)
	bound := 3.0
	if u.isNew() {
		bound = 20
	}
	return min(max(ratio, 1/bound), bound)
}

// isNew reports whether this hour of the week was never watched before.
func (u *usual) isNew() bool { return u.Secs[u.slot] < 1800 || u.Total < hours*1800 }

// rate is what is to be expected now, visits per second, with what today has
// shown. It is never less than the hour's own: a quiet day may end, and a shop
// opens at the full hour.
func (u *usual) rate() float64 { return u.most * max(1, u.ratio) }

// expected is the same without those floors: the best guess.
func (u *usual) expected() float64 { return u.usual * u.ratio }

// told is what people are told of it: who watches since ten minutes knows of no
// usual.
func (u *usual) told() float64 {
	if u.Total < young {
		return 0
	}
	return u.expected()
}

// turn begins an hour of the week anew: what it brought before fades, and what
// was set aside a week ago counts from now on.
func (u *usual) turn() {
	if u.Turned[u.slot] == u.week {
		return
	}
	u.Turned[u.slot] = u.week
	u.N[u.slot] = (u.N[u.slot] + u.Aside[u.slot][0]) * fading
	u.Secs[u.slot] = (u.Secs[u.slot] + u.Aside[u.slot][1]) * fading
	u.Aside[u.slot] = [2]float64{}
}

// setAside keeps a second of a surge for the same hour of next week, as n
// visits: what is usual now is what was usual before it.
func (u *usual) setAside(n float64) {
	u.turn()
	u.Aside[u.slot][0] += n
	u.Aside[u.slot][1]++
}

// learn takes a second in, that was n visits.
func (u *usual) learn(n float64) {
	u.turn()
	u.N[u.slot] += n
	u.Secs[u.slot]++
	u.Total++
	const keep = 1 - 1.0/today
	u.Today = [2]float64{u.Today[0]*keep + n, u.Today[1]*keep + u.usual}
	u.learnSpread(n)
}

// scale makes so many times as many visits usual.
func (u *usual) scale(times float64) {
	for i := range u.N {
		u.N[i] *= times
	}
	u.Today = [2]float64{}
	u.minute = -1
}

// adopt learns visits that came in so many seconds, of which nothing was learnt
// while they came. Which hours they were does not matter as long as few are
// known.
func (u *usual) adopt(visits, secs float64) {
	u.N[u.slot] += visits
	u.Secs[u.slot] += secs
	u.Total += secs
	u.Today = [2]float64{}
	u.minute = -1
}
