package guard

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"buzzproof/internal/ban"
)

func TestATarpitHoldsFewAndAnswersTheOthersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pit := NewTarpit(2)
		start := time.Now()
		var took [3]time.Duration
		var answers [3]*httptest.ResponseRecorder
		var all sync.WaitGroup
		for i := range took {
			all.Go(func() {
				answers[i] = httptest.NewRecorder()
				pit.ServeHTTP(answers[i], httptest.NewRequest("GET", "/.env", nil))
				took[i] = time.Since(start)
			})
		}
		all.Wait()
		held := 0
		for i := range took {
			if took[i] == dripEvery*dripCount {
				held++
			} else if took[i] != 0 {
				t.Errorf("held for %v", took[i])
			}
			if answers[i].Code != http.StatusForbidden || answers[i].Body.Len() > dripCount {
				t.Errorf("answered %d with %d bytes", answers[i].Code, answers[i].Body.Len())
			}
		}
		if held != 2 || pit.Held() != 2 {
			t.Errorf("%d were held, %d counted, want 2", held, pit.Held())
		}
	})
}

func TestWhoLeavesTheTarpitMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pit := NewTarpit(1)
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			pit.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
			close(done)
		}()
		synctest.Wait()
		leave()
		<-done
		if len(pit.room) != 0 {
			t.Error("the place is still taken")
		}
	})
}

// from is a listener whose connections come from some addresses.
type from struct {
	net.Listener
	addrs []string
}

type fromConn struct {
	net.Conn
	addr net.Addr
}

func (c fromConn) RemoteAddr() net.Addr { return c.addr }

func (f *from) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	at := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.addrs[0]))
	f.addrs = f.addrs[1:]
	return fromConn{conn, at}, nil
}

func TestTheDoorIsShutToWhoIsBanned(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	g.Bans.Add(ban.Ban{Address: ban.Of(netip.MustParseAddr("198.51.100.7")), From: time.Now(), Until: time.Now().Add(time.Hour)})
	d := g.Door(&from{l, []string{"198.51.100.7:1", "[2001:db8::1]:2"}})
	for range 2 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	conn, err := d.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.RemoteAddr().String(); got != "[2001:db8::1]:2" {
		t.Errorf("%s came in first, want the one who is not banned", got)
	}
}
