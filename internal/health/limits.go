package health

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// MachineConfig holds the machine to a limit.
type MachineConfig struct {
	Common
	// What is looked at: cpu, memory or swap in percent, load (over five
	// minutes) for each core, temperature of the hottest sensor in degrees
	// Celsius, network: Mbit/s of the busiest interface, whichever way carries
	// more; self: the part of the memory that this program has, in percent.
	What string `toml:"what"`
	// Most is the limit. Past it the check is slow; half as far again, or past
	// 98 percent, it is down. Default: 90 percent, a load of 2, 80 degrees, 50
	// percent for self; a network has none.
	Most float64 `toml:"most"`
}

// A limit is one of the things that can be looked at.
type limit struct {
	most  float64 // unless it is configured
	worst float64 // of percents; 0 for what has no end
	unit  string
	value func(Machine) (float64, bool)
}

var limits = map[string]limit{
	"cpu":    {90, 98, " %", func(m Machine) (float64, bool) { return m.CPU, m.Cores > 0 }},
	"memory": {90, 98, " %", func(m Machine) (float64, bool) { return m.Memory.Percent(), m.Memory.Size > 0 }},
	"swap":   {90, 98, " %", func(m Machine) (float64, bool) { return m.Swap.Percent(), true }},
	"load": {2, 0, " for each core", func(m Machine) (float64, bool) {
		if len(m.Load) < 2 || m.Cores == 0 {
			return 0, false
		}
		return m.Load[1] / float64(m.Cores), true
	}},
	"temperature": {80, 0, " °C", func(m Machine) (hottest float64, known bool) {
		for _, t := range m.Temperatures {
			hottest = max(hottest, t.Celsius)
		}
		return hottest, len(m.Temperatures) > 0
	}},
	"network": {0, 0, " Mbit/s", func(m Machine) (busiest float64, known bool) {
		for _, n := range m.Networks {
			busiest = max(busiest, n.In*8/1e6, n.Out*8/1e6)
		}
		return busiest, len(m.Networks) > 0
	}},
	"self": {50, 98, " % of the memory", func(m Machine) (float64, bool) {
		return Room{m.Memory.Size, m.Self.Memory}.Percent(), m.Memory.Size > 0 && m.Self.Memory > 0
	}},
}

type held struct {
	MachineConfig
	limit limit
	look  func(context.Context) Machine
}

func (c *MachineConfig) open() (Check, error) {
	l, ok := limits[c.What]
	if !ok {
		return nil, errors.New("what wants one of cpu, memory, swap, load, temperature, network, self")
	}
	if c.Most < 0 || l.worst > 0 && c.Most > 100 {
		return nil, fmt.Errorf("most = %v: want a limit, of percents at most 100", c.Most)
	}
	if c.Most > 0 {
		l.most = c.Most
	}
	if l.most == 0 {
		return nil, errors.New("network wants most, in Mbit/s: what is much depends on your line")
	}
	return &held{*c, l, new(Gauge).Look}, nil
}

func (c *held) Look(ctx context.Context) (Outcome, error) {
	began := time.Now()
	value, known := c.limit.value(c.look(ctx))
	if !known {
		return Outcome{}, fmt.Errorf("this machine does not tell its %s", c.What)
	}
	o := Outcome{State: Up, Took: time.Since(began), Detail: fmt.Sprintf("%s is %.3g%s", c.What, value, c.limit.unit)}
	worst := c.limit.most * 1.5
	if c.limit.worst > 0 {
		worst = max(c.limit.worst, c.limit.most)
	}
	switch {
	case value >= worst:
		o.State = Down
	case value > c.limit.most:
		o.State = Slow
	}
	if o.State != Up {
		o.Detail += fmt.Sprintf(", want at most %g%s", c.limit.most, c.limit.unit)
	}
	return o, nil
}
