package health

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"
	"github.com/shirou/gopsutil/v4/sensors"

	"buzzproof/internal/plain"
	"buzzproof/internal/settings"
)

// FileConfig looks at the age of a file: a backup, a copy, a log that grows.
type FileConfig struct {
	Common
	// Path of the file.
	Path string `toml:"path"`
	// MostAge is how old it may be. Default 25h: a day, and an hour to make it.
	MostAge settings.Duration `toml:"most_age"`
}

func (c *FileConfig) check() error {
	if c.Path == "" {
		return errors.New("file wants a path")
	}
	return nil
}

func (c *FileConfig) probe(context.Context) (string, error) {
	info, err := os.Stat(c.Path)
	if err != nil {
		return "", err
	}
	age := time.Since(info.ModTime()).Round(time.Second)
	if age > c.MostAge.Or(25*time.Hour) {
		return "", fmt.Errorf("it is %v old", age)
	}
	return fmt.Sprintf("%v old", age), nil
}

// ProcessConfig looks whether a program runs.
type ProcessConfig struct {
	Common
	// Name of the program: mariadbd, php-fpm8.2.
	Name string `toml:"name"`
}

func (c *ProcessConfig) check() error {
	if c.Name == "" {
		return errors.New("process wants a name")
	}
	return nil
}

func (c *ProcessConfig) probe(ctx context.Context) (string, error) {
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return "", err
	}
	n := 0
	for _, p := range all {
		name, err := p.NameWithContext(ctx)
		if err != nil || name != c.Name {
			continue // gone by now, or another
		}
		if states, err := p.StatusWithContext(ctx); err == nil && len(states) > 0 && states[0] == process.Zombie {
			continue
		}
		n++
	}
	if n == 0 {
		return "", fmt.Errorf("no %s is running", c.Name)
	}
	return fmt.Sprintf("%d running", n), nil
}

// DiskConfig looks at the room on a disk.
type DiskConfig struct {
	Common
	// Path of anything on it. Default /.
	Path string `toml:"path"`
	// Free is the percentage that must be left. Default 5.
	Free float64 `toml:"free"`
	// Ahead is how long before it will be full, as it fills now, it is called
	// down. Default 24h.
	Ahead settings.Duration `toml:"ahead"`

	filling fill
}

func (c *DiskConfig) probe(ctx context.Context) (string, error) {
	path, least := c.Path, c.Free
	if path == "" {
		path = "/"
	}
	if least == 0 {
		least = 5
	}
	u, err := disk.UsageWithContext(ctx, path)
	if err != nil {
		return "", err
	}
	free := 100 - u.UsedPercent
	text := fmt.Sprintf("%s left, %.0f %%", plain.Bytes(u.Free), free)
	c.filling.note(time.Now(), float64(u.Used))
	left := c.filling.until(float64(u.Used + u.Free))
	switch {
	case free < least || u.InodesTotal > 0 && u.InodesUsedPercent > 100-least:
		return "", errors.New(text)
	case left < c.Ahead.Or(24*time.Hour):
		return "", fmt.Errorf("%s, full in %v as it fills now", text, left.Round(time.Minute))
	}
	return text, nil
}

// MemoryConfig looks at the memory of the machine.
type MemoryConfig struct {
	Common
	// Free is the percentage that must be available. Default 5.
	Free float64 `toml:"free"`
}

func (c *MemoryConfig) probe(ctx context.Context) (string, error) {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return "", err
	}
	least := c.Free
	if least == 0 {
		least = 5
	}
	free := 100 * float64(m.Available) / float64(m.Total)
	text := fmt.Sprintf("%s available, %.0f %%", plain.Bytes(m.Available), free)
	if free < least {
		return "", errors.New(text)
	}
	return text, nil
}

// LoadConfig looks at how many programs want a core.
type LoadConfig struct {
	Common
	// Most is the load for each core over five minutes. Default 4.
	Most float64 `toml:"most"`
}

func (c *LoadConfig) probe(ctx context.Context) (string, error) {
	l, err := load.AvgWithContext(ctx)
	if err != nil {
		return "", err
	}
	most := c.Most
	if most == 0 {
		most = 4
	}
	text := fmt.Sprintf("%.2f on %d cores", l.Load5, runtime.NumCPU())
	if l.Load5 > most*float64(runtime.NumCPU()) {
		return "", errors.New(text)
	}
	return text, nil
}

// TemperatureConfig looks at the hottest sensor.
type TemperatureConfig struct {
	Common
	// Most is in degrees Celsius. Default 85.
	Most float64 `toml:"most"`
}

func (c *TemperatureConfig) probe(ctx context.Context) (string, error) {
	// Sensors that cannot be read are an error beside those that can.
	all, err := sensors.TemperaturesWithContext(ctx)
	if len(all) == 0 {
		return "", errors.Join(errors.New("this machine has no sensor that can be read"), err)
	}
	hottest := all[0]
	for _, t := range all {
		if t.Temperature > hottest.Temperature {
			hottest = t
		}
	}
	most := c.Most
	if most == 0 {
		most = 85
	}
	text := fmt.Sprintf("%.0f °C, %s", hottest.Temperature, strings.TrimSpace(hottest.SensorKey))
	if hottest.Temperature > most {
		return "", errors.New(text)
	}
	return text, nil
}

// fill is how something fills, over the last hours.
type fill struct {
	at   []time.Time
	used []float64
}

const (
	fillKept  = 240              // readings: two hours of one each half minute
	fillLeast = 10 * time.Minute // before that a burst would be a forecast
	fillNever = 1 << 62
)

func (f *fill) note(at time.Time, used float64) {
	if len(f.at) == fillKept {
		f.at, f.used = f.at[1:], f.used[1:]
	}
	f.at, f.used = append(f.at, at), append(f.used, used)
}

// until is how long it takes until all is used, by a straight line through the
// readings.
func (f *fill) until(all float64) time.Duration {
	n := len(f.at)
	if n < 3 || f.at[n-1].Sub(f.at[0]) < fillLeast {
		return fillNever
	}
	var sx, sy, sxx, sxy float64
	for i := range f.at {
		x := f.at[i].Sub(f.at[0]).Seconds()
		sx, sy, sxx, sxy = sx+x, sy+f.used[i], sxx+x*x, sxy+x*f.used[i]
	}
	slope := (float64(n)*sxy - sx*sy) / (float64(n)*sxx - sx*sx) // bytes per second
	if !(slope > 0) {
		return fillNever
	}
	seconds := (all - f.used[n-1]) / slope
	if seconds > float64(fillNever)/1e9 {
		return fillNever
	}
	return time.Duration(seconds * float64(time.Second))
}
