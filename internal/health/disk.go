package health

import (
	"context"
	"errors"
	"fmt"
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
	near  bool // full within Ahead, as last foreseen
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
	full, ok := c.trend.full(now, float64(u.Free))
	if ok {
		o.Full = []site.Forecast{full}
	}
	// What was near stays near until it is clearly farther away.
	ahead := c.Ahead.Or(defaultAhead)
	if c.near {
		ahead += ahead / 4
	}
	if c.near = ok && full.At.Sub(now) < ahead; c.near {
		o.State, o.Phase = Near, "filling"
	}
	if u.UsedPercent >= c.Most || u.InodesUsedPercent >= c.Most {
		o.State, o.Phase = Down, "filling"
		if u.InodesUsedPercent >= c.Most {
			o.Detail = fmt.Sprintf("%s has room for no more files: %.0f %% taken", c.Path, u.InodesUsedPercent)
		}
	}
	return o
}
