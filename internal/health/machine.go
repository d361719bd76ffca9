package health

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
	"github.com/shirou/gopsutil/v4/sensors"
)

// A Machine is how the computer does. What it does not tell is left out.
type Machine struct {
	At           time.Time     `json:"at"`
	Cores        int           `json:"cores,omitempty"`
	CPU          float64       `json:"cpu"` // percent of all cores since the last look, or since it started
	Load         []float64     `json:"load,omitempty"`
	Memory       Room          `json:"memory"`
	Swap         Room          `json:"swap"`
	Disks        []Disk        `json:"disks,omitempty"`
	Temperatures []Temperature `json:"temperatures,omitempty"`
	Networks     []Network     `json:"networks,omitempty"`
	Self         Self          `json:"self"`
}

// A Room is what there is of something, and what is taken, in bytes.
type Room struct {
	Size uint64 `json:"size"`
	Used uint64 `json:"used"`
}

// Percent is the part that is taken.
func (r Room) Percent() float64 {
	if r.Size == 0 {
		return 0
	}
	return float64(r.Used) / float64(r.Size) * 100
}

// A Disk is one that is mounted.
type Disk struct {
	Path string `json:"path"`
	Room
}

// A Temperature is what a sensor says, in degrees Celsius.
type Temperature struct {
	Sensor  string  `json:"sensor"`
	Celsius float64 `json:"celsius"`
}

// A Network is an interface with the bytes that it has carried.
type Network struct {
	Name     string  `json:"name"`
	Received uint64  `json:"received"`
	Sent     uint64  `json:"sent"`
	Errors   uint64  `json:"errors"`
	In       float64 `json:"received_rate"` // bytes a second since the last look, or since the machine started
	Out      float64 `json:"sent_rate"`
}

// Self is this program, or the one that a gauge was made for.
type Self struct {
	PID     int32   `json:"pid"`
	Memory  uint64  `json:"memory"` // bytes
	CPU     float64 `json:"cpu"`    // seconds of a core
	Busy    float64 `json:"busy"`   // percent of a core since the last look, or since it started
	Threads int32   `json:"threads"`
	Files   int32   `json:"files"` // open
}

// A Gauge looks at the machine; between two looks lies what the processor, the
// networks and a program did.
type Gauge struct {
	PID int32 // of the program; 0 is this one

	mu   sync.Mutex
	last cpu.TimesStat
	seen Machine // at the last look
}

// Look returns how the machine does. What cannot be found out on a system is
// left out: no figure is better than a wrong one.
func (g *Gauge) Look(ctx context.Context) Machine {
	m := Machine{At: time.Now()}
	if n, err := cpu.CountsWithContext(ctx, true); err == nil {
		m.Cores = n
	}
	if all, err := cpu.TimesWithContext(ctx, false); err == nil && len(all) > 0 {
		m.CPU = g.busy(all[0])
	}
	if l, err := load.AvgWithContext(ctx); err == nil {
		m.Load = []float64{l.Load1, l.Load5, l.Load15}
	}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.Memory = Room{v.Total, v.Total - min(v.Available, v.Total)}
	}
	if s, err := mem.SwapMemoryWithContext(ctx); err == nil {
		m.Swap = Room{s.Total, s.Used}
	}
	m.Disks, m.Temperatures, m.Networks, m.Self = disks(ctx), temperatures(ctx), networks(ctx), g.self(ctx)
	g.compare(ctx, &m)
	return m
}

// compare reckons what was done since the last look.
func (g *Gauge) compare(ctx context.Context, m *Machine) {
	g.mu.Lock()
	defer g.mu.Unlock()
	last := g.seen
	g.seen = *m
	if m.Self.CPU > 0 && last.Self.CPU > 0 {
		m.Self.Busy = max(0, m.Self.CPU-last.Self.CPU) / m.At.Sub(last.At).Seconds() * 100
	}
	before := map[string]Network{}
	for _, n := range last.Networks {
		before[n.Name] = n
	}
	length := m.At.Sub(last.At).Seconds()
	if last.At.IsZero() {
		up, err := host.UptimeWithContext(ctx)
		if err != nil {
			return
		}
		length = float64(up)
	}
	m.Networks = slices.Clone(m.Networks)
	for i := range m.Networks {
		n := &m.Networks[i]
		was, known := before[n.Name]
		if length <= 0 || !known && !last.At.IsZero() || n.Received < was.Received || n.Sent < was.Sent {
			continue // it is new, or counts anew
		}
		n.In, n.Out = float64(n.Received-was.Received)/length, float64(n.Sent-was.Sent)/length
	}
}

// busy is the part of time, in percent, in which the processor did something.
func (g *Gauge) busy(now cpu.TimesStat) float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	total := allOf(now) - allOf(g.last)
	idle := now.Idle + now.Iowait - g.last.Idle - g.last.Iowait
	g.last = now
	if total <= 0 {
		return 0
	}
	return min(max(100*(1-idle/total), 0), 100)
}

// allOf is all of the time; what guests took is in user and nice already.
func allOf(t cpu.TimesStat) float64 {
	return t.User + t.System + t.Idle + t.Nice + t.Iowait + t.Irq + t.Softirq + t.Steal
}

func disks(ctx context.Context) (all []Disk) {
	mounted, err := disk.PartitionsWithContext(ctx, false)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, d := range mounted {
		u, err := disk.UsageWithContext(ctx, d.Mountpoint)
		if err != nil || u.Total == 0 || seen[d.Device] {
			continue
		}
		seen[d.Device] = true // mounted elsewhere too, as in containers
		all = append(all, Disk{d.Mountpoint, Room{u.Used + u.Free, u.Used}})
	}
	return all
}

func temperatures(ctx context.Context) (all []Temperature) {
	found, _ := sensors.TemperaturesWithContext(ctx) // with warnings about those that cannot be read
	for _, s := range found {
		if s.Temperature > 0 {
			all = append(all, Temperature{s.SensorKey, s.Temperature})
		}
	}
	return all
}

func networks(ctx context.Context) (all []Network) {
	found, err := net.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil
	}
	for _, n := range found {
		if n.Name != "lo" && n.BytesRecv+n.BytesSent > 0 {
			all = append(all, Network{
				Name: n.Name, Received: n.BytesRecv, Sent: n.BytesSent, Errors: n.Errin + n.Errout + n.Dropin + n.Dropout,
			})
		}
	}
	return all
}

func (g *Gauge) self(ctx context.Context) (s Self) {
	s.PID = g.PID
	if s.PID == 0 {
		s.PID = int32(os.Getpid()) //nolint:gosec // pids have 22 bits
	}
	p, err := process.NewProcessWithContext(ctx, s.PID)
	if err != nil {
		return s
	}
	if m, err := p.MemoryInfoWithContext(ctx); err == nil {
		s.Memory = m.RSS
	}
	if t, err := p.TimesWithContext(ctx); err == nil {
		s.CPU = t.User + t.System
	}
	if part, err := p.CPUPercentWithContext(ctx); err == nil {
		s.Busy = part
	}
	if n, err := p.NumThreadsWithContext(ctx); err == nil {
		s.Threads = n
	}
	if n, err := p.NumFDsWithContext(ctx); err == nil {
		s.Files = n
	}
	return s
}
