package tun

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"buzzproof/internal/link"
)

func TestBytesCrossTheLineAtItsRate(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	line := link.Home()
	line.Up.Rate = 8e6
	r, err := Open(Config{Line: line})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	running := make(chan error, 1)
	go func() { running <- r.Run(ctx) }()
	defer func() { cancel(); <-running }()

	var l net.Listener
	err = r.home.do(func() (err error) {
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(home, 0)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
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
	c, err := r.Dial(ctx, 7, l.Addr().(*net.TCPAddr).Port)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, c)
	if err != nil || n != size {
		t.Fatalf("%d bytes arrived: %v", n, err)
	}
	up := r.Up()
	t.Logf("%v, %+v", time.Since(began), up)
	if from := c.LocalAddr().(*net.TCPAddr).AddrPort().Addr(); from != Visitor(7) {
		t.Errorf("the visitor came from %s", from)
	}
	if fastest := time.Duration(size * time.Second / 1e6); time.Since(began) < fastest {
		t.Errorf("a megabyte took less than %v", fastest)
	}
	if up.Bytes < size*1500/1448 || up.Use() < 0.5 {
		t.Errorf("the line says %+v", up)
	}
}
