package stacks

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"buzzproof/internal/link"
)

// pair starts a pair over a line and returns it with an open port.
func pair(t *testing.T, line link.Line) (*Pair, net.Listener) {
	t.Helper()
	p, err := New(line)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		p.Close()
	})
	l, err := p.Listen(443)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return p, l
}

// connect returns both ends of a connection.
func connect(t *testing.T, p *Pair, l net.Listener, visitor int) (there net.Conn, here *Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	there, err := p.Dial(ctx, visitor, l.Addr().(*net.TCPAddr).Port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = there.Close() })
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	return there, accepted.(*Conn)
}

func TestBytesCrossTheLineAtItsRate(t *testing.T) {
	line := link.Home()
	line.Up.Rate = 8e6
	p, l := pair(t, line)
	p.Begin()
	there, here := connect(t, p, l, 7)
	const size = 1 << 20
	began := time.Now()
	go func() {
		_, _ = here.Write(make([]byte, size))
		_ = here.CloseWrite()
	}()
	n, err := io.Copy(io.Discard, there)
	if err != nil || n != size {
		t.Fatalf("%d bytes arrived: %v", n, err)
	}
	up := p.Up()
	t.Logf("%v, %+v", time.Since(began), up)
	if from := here.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(); from != Visitor(7) {
		t.Errorf("the visitor came from %s", from)
	}
	if fastest := time.Duration(size * time.Second / 1e6); time.Since(began) < fastest {
		t.Errorf("a megabyte took less than %v", fastest)
	}
	if up.Bytes < size*1500/1448 || up.Busy != time.Duration(up.Bytes)*time.Microsecond {
		t.Errorf("the line says %+v", up)
	}
}

func TestProgressGrowsAsTheVisitorAcknowledges(t *testing.T) {
	line := link.Home()
	line.Up.Delay = 500 * time.Millisecond // leaves time to look before a word comes back
	p, l := pair(t, line)
	there, here := connect(t, p, l, 1)
	const size = 30_000 // a quarter of a second of the line
	if _, err := here.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	// A new connection may send ten segments before a word is heard.
	if acked, unsent, ok := here.Progress(); !ok || acked != 0 || unsent != size-10*1448 {
		t.Errorf("at once: %d acknowledged, %d unsent, %v; want 0 and %d", acked, unsent, ok, size-10*1448)
	}
	if _, err := io.ReadFull(there, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	// The last acknowledgement is on its way.
	deadline := time.Now().Add(20 * time.Second)
	acked, unsent, ok := here.Progress()
	for acked < size && ok && time.Now().Before(deadline) {
		acked, unsent, ok = here.Progress()
	}
	if acked != size || unsent != 0 || !ok {
		t.Errorf("in the end: %d acknowledged, %d unsent, %v", acked, unsent, ok)
	}
}

func TestAResetIsSeenByTheVisitor(t *testing.T) {
	p, l := pair(t, link.Home())
	there, here := connect(t, p, l, 1)
	if err := errors.Join(here.SetLinger(0), here.Close()); err != nil {
		t.Fatal(err)
	}
	_ = there.SetReadDeadline(time.Now().Add(time.Minute))
	_, err := io.Copy(io.Discard, there)
	if timeout, ok := errors.AsType[net.Error](err); err == nil || ok && timeout.Timeout() {
		t.Errorf("the visitor reads to the end: %v", err)
	}
	if _, _, ok := here.Progress(); ok {
		t.Error("a connection that is over makes progress")
	}
}

func TestAListenerThatIsClosedSaysSo(t *testing.T) {
	_, l := pair(t, link.Home())
	heard := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		heard <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-heard; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept says %v", err)
	}
}

func TestADeadlineEndsARead(t *testing.T) {
	p, l := pair(t, link.Home())
	_, here := connect(t, p, l, 1)
	_ = here.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := here.Read(make([]byte, 1))
	if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
		t.Errorf("Read says %v", err)
	}
}
