package rehearse

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestAReloaderAsksAgain(t *testing.T) {
	t.Parallel()
	b := newBlog(t)
	var asked atomic.Int64
	b.HandleFunc("/sometimes/", func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) < 2 {
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, "hello")
	})
	out := b.visitor(t).reload(patience(t, time.Minute), b.URL+"/sometimes/", time.Now())
	if !out.Whole || out.Text < reloadAfter || asked.Load() < 2 {
		t.Errorf("asked %d times; the visit was %+v", asked.Load(), out)
	}
}

func TestWhoReadsSlowlyOrNeverTakesLittle(t *testing.T) {
	for _, reads := range []bool{true, false} {
		t.Run(fmt.Sprintf("reads %v", reads), func(t *testing.T) {
			t.Parallel()
			b := newBlog(t)
			v := b.visitor(t)
			v.agent = agentOf(Slow, 0, false)
			out := v.dawdle(patience(t, 3*time.Second), b.URL+"/picture.png", time.Now(), reads)
			// All that was asked for is 250 KB. The handshake is 2 KB, and what
			// TLS reads ahead is a record of 5 KB.
			if asked := b.one.Load(); asked < 1 || out.Bytes > 20_000 || out.Refused || out.Text > 0 {
				t.Errorf("%d requests; the visit was %+v", asked, out)
			}
		})
	}
	t.Run("and is refused like anybody", func(t *testing.T) {
		b := newBlog(t)
		v := b.visitor(t)
		v.dial = func(context.Context) (net.Conn, error) {
			here, there := net.Pipe()
			return here, there.Close()
		}
		if out := v.dawdle(patience(t, time.Second), b.URL+"/hello/", time.Now(), true); !out.Refused {
			t.Errorf("the visit was %+v", out)
		}
	})
}
