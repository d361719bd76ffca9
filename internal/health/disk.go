package health

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/shirou/gopsutil/v4/disk"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// DiskConfig looks how full a disk is, and when it will be.
type DiskConfig struct {
	Common
	// Path is a folder on the disk.
	Path string `toml:"path"`
	// Most is how full it may be, in percent of bytes or of files. Default 95.
	Most float64 `toml:"most"`
	// Ahead is how long before it will be full, as it fills now, you want to
	// know. Default 24h.
	Ahead settings.Duration `toml:"ahead"`
}

const (
	defaultMost  = 95
	defaultAhead = 24 * time.Hour
)

type space struct {
	DiskConfig
	trend trend
}

func (c *DiskConfig) open() (Check, error) {
	if c.Most == 0 {
		c.Most = defaultMost
	}
	if c.Path == "" || c.Most < 1 || c.Most > 100 {
		return nil, errors.New("disk wants a path, and most from 1 to 100")
	}
	return &space{DiskConfig: *c}, nil
}

func (c *space) Look(ctx context.Context) (Outcome, error) {
	u, err := disk.UsageWithContext(ctx, c.Path)
	if err != nil {
		return Outcome{}, fmt.Errorf("look at %s: %w", c.Path, err)
	}
	return c.judge(time.Now(), u), nil
}

func (c *space) judge(now time.Time, u *disk.UsageStat) Outcome {
	c.trend.add(now, float64(u.Used))
	o := Outcome{State: Up, Detail: fmt.Sprintf("%s is %.0f %% full, %.1f GB free", c.Path, u.UsedPercent, float64(u.Free)/1e9)}
	if full, ok := c.trend.full(now, float64(u.Used+u.Free)); ok {
		o.Full = []site.Forecast{full}
		if full.At.Sub(now) < c.Ahead.Or(defaultAhead) {
			o.State, o.Phase = Near, "filling"
		}
	}
	if u.UsedPercent >= c.Most || u.InodesUsedPercent >= c.Most {
		o.State, o.Phase = Down, "filling"
		if u.InodesUsedPercent >= c.Most {
			o.Detail = fmt.Sprintf("%s has room for no more files: %.0f %% taken", c.Path, u.InodesUsedPercent)
		}
	}
	return o
}

// A trend is a line through what was measured, by least squares.
type trend struct{ at, used []float64 } // seconds, bytes

// A trend needs fewest points, and forgets those before the last window of
// them: how a disk fills changes.
const (
	fewest = 5
	window = 120
)

func (t *trend) add(at time.Time, used float64) {
	t.at, t.used = append(t.at, float64(at.UnixMilli())/1000), append(t.used, used)
	if over := len(t.at) - window; over > 0 {
		t.at, t.used = t.at[over:], t.used[over:]
	}
}

// outOfFive is the quantile of a normal distribution between whose two sides
// lie four values out of five.
const outOfFive = 1.28

// full says when all will be used. It is false where nothing grows, or not
// clearly.
func (t *trend) full(now time.Time, all float64) (f site.Forecast, ok bool) {
	n := float64(len(t.at))
	if n < fewest {
		return f, false
	}
	var meanAt, meanUsed, xx, xy float64
	for i := range t.at {
		meanAt, meanUsed = meanAt+t.at[i]/n, meanUsed+t.used[i]/n
	}
	for i := range t.at {
		xx += (t.at[i] - meanAt) * (t.at[i] - meanAt)
		xy += (t.at[i] - meanAt) * (t.used[i] - meanUsed)
	}
	if xx == 0 {
		return f, false
	}
	slope, rest := xy/xx, 0.0
	for i := range t.at {
		d := t.used[i] - meanUsed - slope*(t.at[i]-meanAt)
		rest += d * d
	}
	swing := outOfFive * math.Sqrt(rest/(n-2)/xx)
	left := all - t.used[len(t.used)-1]
	f = site.Forecast{What: site.FullDisk, At: after(now, left/slope), Early: after(now, left/(slope+swing))}
	if slope > swing {
		f.Late = after(now, left/(slope-swing))
	}
	return f, slope > 2*swing && left >= 0
}

// after adds seconds, of which there may be too many for a time.
func after(now time.Time, seconds float64) time.Time {
	const most = 10 * 365 * 24 * time.Hour
	return now.Add(time.Duration(min(max(seconds, 0), most.Seconds()) * float64(time.Second)))
}
