package health

import (
	"math"
	"time"

	"buzzproof/internal/site"
)

// A trend is lines through what was measured, by least squares.
type trend struct{ points []point }

type point struct {
	at   time.Time
	used float64 // bytes
}

// However often is looked, points are apart, and the most of them go back six
// hours: 120 x 3 minutes. Where is looked less often they go back farther.
const (
	apart  = 3 * time.Minute
	most   = 120
	fewest = 5
)

// A line tells so many times as far ahead as it goes back: what lasted for
// twenty minutes is worth a word if the disk will be full in 80. From six
// hours on it tells any time.
const (
	foresight = 4
	lasting   = 6*time.Hour - apart // between the first and the last of 120 points
)

// spans are the times through which lines are drawn, the shortest first: after a
// calm day a disk may fill within the hour. The last is of all points.
var spans = []time.Duration{20 * time.Minute, 2 * time.Hour, math.MaxInt64}

func (t *trend) add(at time.Time, used float64) {
	if n := len(t.points); n > 0 && at.Sub(t.points[n-1].at) < apart {
		return
	}
	t.points = append(t.points, point{at, used})
	t.points = t.points[max(0, len(t.points)-most):]
}

// full says when what is free now will be used. It is false where nothing
// grows, not clearly, or not for long enough to tell.
func (t *trend) full(now time.Time, free float64) (f site.Forecast, ok bool) {
	for _, span := range spans {
		points := t.since(now, span)
		if len(points) < fewest {
			continue
		}
		slope, swing := line(points)
		if slope <= 2*swing || !steady(points, slope) {
			continue
		}
		f = site.Forecast{What: site.FullDisk, At: after(now, free/slope), Early: after(now, free/(slope+swing)), Late: after(now, free/(slope-swing))}
		if back := now.Sub(points[0].at); f.At.Sub(now) <= foresight*back || back >= lasting {
			return f, true
		}
	}
	return site.Forecast{}, false
}

// since are the points of the last span.
func (t *trend) since(now time.Time, span time.Duration) []point {
	for i, p := range t.points {
		if now.Sub(p.at) <= span {
			return t.points[i:]
		}
	}
	return nil
}

// outOfFive is the quantile of a normal distribution between whose two sides
// lie four values out of five.
const outOfFive = 1.28

// line is the slope of the line through points, in bytes a second, and by how
// much it may be off, four times out of five.
func line(points []point) (slope, swing float64) {
	n := float64(len(points))
	var meanAt, meanUsed, xx, xy float64
	at := func(p point) float64 { return p.at.Sub(points[0].at).Seconds() }
	for _, p := range points {
		meanAt, meanUsed = meanAt+at(p)/n, meanUsed+p.used/n
	}
	for _, p := range points {
		xx += (at(p) - meanAt) * (at(p) - meanAt)
		xy += (at(p) - meanAt) * (p.used - meanUsed)
	}
	rest := 0.0
	slope = xy / xx // points are apart
	for _, p := range points {
		d := p.used - meanUsed - slope*(at(p)-meanAt)
		rest += d * d
	}
	return slope, outOfFive * math.Sqrt(rest/(n-2)/xx)
}

// steady reports whether it rises in every third of the points, at a third of
// the slope at least: one upload makes a slope too.
func steady(points []point, slope float64) bool {
	last := len(points) - 1
	for third := range 3 {
		from, to := points[last*third/3], points[last*(third+1)/3]
		if to.used-from.used < slope*to.at.Sub(from.at).Seconds()/3 {
			return false
		}
	}
	return true
}

// after adds seconds, of which there may be too many for a time.
func after(now time.Time, seconds float64) time.Time {
	const most = 10 * 365 * 24 * time.Hour
	return now.Add(time.Duration(min(max(seconds, 0), most.Seconds()) * float64(time.Second)))
}
