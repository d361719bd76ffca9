package tun

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/link"
)

// rig opens a rig and lets it run until the test ends.
func rig(t *testing.T, c Config) *Rig {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		t.Skip("there are no TUN devices here")
	}
	r, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan error, 1)
	go func() { running <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-running, r.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// listenHome opens a port at home.
func listenHome(t *testing.T, r *Rig) (l net.Listener, port int) {
	t.Helper()
	err := r.home.do(func() (err error) {
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(r.Home(), 0)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, l.Addr().(*net.TCPAddr).Port
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestBytesCrossTheLineAtItsRate(t *testing.T) {
	line := link.Home()
	line.Up.Rate = 8e6
	r := rig(t, Config{Line: line})
	l, port := listenHome(t, r)
	const size = 1 << 20
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write(make([]byte, size))
		_ = c.Close()
	}()
	r.Begin()
	began := time.Now()
	c, err := r.Dial(soon(t), 7, port)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n, err := io.Copy(io.Discard, c)
	if err != nil || n != size {
		t.Fatalf("%d bytes arrived: %v", n, err)
	}
	up := r.Up()
	if from := c.LocalAddr().(*net.TCPAddr).AddrPort().Addr(); from != Visitor(7) {
		t.Errorf("the visitor came from %s", from)
	}
	if fastest := time.Duration(size * time.Second / 1e6); time.Since(began) < fastest {
		t.Errorf("a megabyte took less than %v", fastest)
	}
	if up.Bytes < size*1500/1448 || up.Busy < time.Second {
		t.Errorf("the line says %+v", up)
	}
}

func TestCongestionControlIsChosenForTheNamespaceAlone(t *testing.T) {
	read := func() (name string, err error) {
		text, err := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control")
		return strings.TrimSpace(string(text)), err
	}
	permitted := func() string {
		text, _ := os.ReadFile(allowed)
		return string(text)
	}
	outside, err := read()
	if err != nil {
		t.Skip(err)
	}
	before := permitted()
	for _, test := range []struct{ asked, want string }{{"", "cubic"}, {"reno", "reno"}} {
		r := rig(t, Config{Line: link.Home(), Congestion: test.asked})
		var inside string
		err := r.home.do(func() (err error) {
			inside, err = read()
			return err
		})
		if err != nil || inside != test.want {
			t.Errorf("asked for %q, TCP at home uses %q: %v", test.asked, inside, err)
		}
	}
	if after, err := read(); err != nil || after != outside || permitted() != before {
		t.Errorf("outside it is %q and was %q: %v", after, outside, err)
	}
	if _, err := Open(Config{Line: link.Home(), Congestion: "none-of-these"}); err == nil || !strings.Contains(err.Error(), "none-of-these") {
		t.Errorf("a congestion control that does not exist: %v", err)
	}
}

func TestAProgramRunsAtHomeUntilItIsStopped(t *testing.T) {
	r := rig(t, Config{Line: link.Home()})
	var out strings.Builder
	cmd := exec.Command("ip", "address", "show", "line")
	cmd.Stdout = &out
	p, err := r.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.WaitFor(soon(t), p, 9); err == nil || !strings.Contains(err.Error(), "before it listened") {
		t.Errorf("a program that has ended is waited for: %v", err)
	}
	p.Stop()
	if !strings.Contains(out.String(), r.Home().String()) {
		t.Errorf("the program sees %s", out.String())
	}

	p, err = r.Start(exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	_, port := listenHome(t, r)
	if err := r.WaitFor(soon(t), p, port); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.WaitFor(ctx, p, 9); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting is not called off: %v", err)
	}
	p.Stop()
	if p.result == nil {
		t.Error("a program of a minute ended by itself")
	}
	if _, err := r.Start(exec.Command("/nonexistent")); err == nil {
		t.Error("a program that does not exist was started")
	}
}

func TestWhoCannotConnectIsToldWhy(t *testing.T) {
	r := rig(t, Config{Line: link.Home()})
	if _, err := r.Dial(soon(t), 1, 9); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("a closed port: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond) // the way alone takes 40
	defer cancel()
	_, port := listenHome(t, r)
	if _, err := r.Dial(ctx, 1, port); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too little time: %v", err)
	}
}

func TestVisitorsHaveAddressesOfTheirOwn(t *testing.T) {
	seen := map[netip.Addr]bool{}
	for n := range 65000 {
		seen[Visitor(n)] = true
	}
	if len(seen) != 65000 || Visitor(65000) != Visitor(0) {
		t.Errorf("65,000 visitors have %d addresses", len(seen))
	}
	if range_ := netip.MustParsePrefix("198.18.0.0/16"); !range_.Contains(Visitor(0)) || !range_.Contains(Visitor(64999)) {
		t.Error("some visitors live elsewhere")
	}
}
