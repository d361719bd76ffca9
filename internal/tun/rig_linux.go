package tun

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"buzzproof/internal/link"
)

// The addresses are those that RFC 2544 keeps for benchmarks: the visitors
// have 198.18.0.0/16, the home has one of the other half.
var home = netip.MustParseAddr("198.19.0.1")

// mtu is that of Ethernet; a packet of TCP then carries 1,448 bytes.
const mtu = 1500

// Config says what a rig is like.
type Config struct {
	Line       link.Line
	Congestion string // of TCP on the home's side. Default: cubic, as in Debian
}

// A Rig is a home and its visitors with a line between.
type Rig struct {
	home, visitors *space
	inside, abroad *os.File // the devices
	up, down       *link.Runner[[]byte]
}

// Open makes the namespaces. Nothing moves until Run is called.
func Open(c Config) (*Rig, error) {
	r := &Rig{up: link.NewRunner[[]byte](c.Line.Up), down: link.NewRunner[[]byte](c.Line.Down)}
	if c.Congestion == "" {
		c.Congestion = "cubic"
	}
	if err := r.build(c.Congestion); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Rig) build(congestion string) (err error) {
	if r.home, err = newSpace(); err != nil {
		return err
	}
	if r.visitors, err = newSpace(); err != nil {
		return err
	}
	if r.inside, err = r.home.device("line"); err != nil {
		return err
	}
	if r.abroad, err = r.visitors.device("line"); err != nil {
		return err
	}
	if err := setCongestion(congestion, r.home, r.visitors); err != nil {
		return err
	}
	for _, s := range []*space{r.home, r.visitors} {
		err := errors.Join(
			s.sysctl("ipv6/conf/all/disable_ipv6", "1"), // its neighbours' talk would be counted
			// What TCP remembers of one visitor's losses must not slow another's start.
			s.sysctl("ipv4/tcp_no_metrics_save", "1"),
			s.ip("link set lo up"),
			s.ip(fmt.Sprintf("link set line mtu %d txqueuelen 10000 up", mtu)))
		if err != nil {
			return err
		}
	}
	return errors.Join(
		r.home.ip("address add "+home.String()+"/32 dev line"),
		r.home.ip("route add 198.18.0.0/16 dev line"),
		// Every address of the range is the visitors' own, without naming each.
		r.visitors.ip("route add local 198.18.0.0/16 dev lo"),
		r.visitors.ip("route add "+home.String()+"/32 dev line src 198.18.0.1"))
}

// Run carries packets until ctx ends.
func (r *Rig) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { r.up.Run(ctx, into(r.abroad)) })
	wg.Go(func() { r.down.Run(ctx, into(r.inside)) })
	wg.Go(func() { from(r.inside, r.up) })
	wg.Go(func() { from(r.abroad, r.down) })
	<-ctx.Done()
	err := errors.Join(r.inside.Close(), r.abroad.Close())
	wg.Wait()
	return err
}

// from reads packets until the device is closed.
func from(device *os.File, way *link.Runner[[]byte]) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := device.Read(buffer)
		if err != nil {
			return
		}
		packet := make([]byte, n)
		copy(packet, buffer)
		way.Send(packet, n)
	}
}

// into writes packets. What the kernel does not take is lost, as on any line.
func into(device *os.File) func([]byte) {
	return func(packet []byte) { _, _ = device.Write(packet) }
}

// Begin counts from zero and lets the line's schedule begin.
func (r *Rig) Begin() {
	r.up.Begin()
	r.down.Begin()
}

// Up returns what left the home so far.
func (r *Rig) Up() link.Stats { return r.up.Stats() }

// Home is the address that a server in the home listens on.
func (r *Rig) Home() netip.Addr { return home }

// Close ends the namespaces. Programs that still run in them keep theirs.
func (r *Rig) Close() error {
	for _, s := range []*space{r.home, r.visitors} {
		if s != nil {
			s.close()
		}
	}
	var errs []error
	for _, f := range []*os.File{r.inside, r.abroad} {
		if f == nil {
			continue
		}
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
