package rehearse

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"
)

const (
	// A reloader looks for two seconds, then reloads, up to ten times.
	reloadAfter = 2 * time.Second
	reloads     = 10
	// Who reads slowly, or never, asks for this much in advance: the answers
	// fill whatever buffer the server gives to one connection.
	inAdvance = 50
	slowBytes = 1 << 10 // a second
)

// reload loads a page again and again until it is whole.
func (v *visitor) reload(ctx context.Context, page string, at time.Time) (out Visit) {
	for range reloads {
		glance, cancel := context.WithTimeout(ctx, reloadAfter)
		out = v.person(glance, page, at)
		cancel()
		v.close()
		if out.Whole || ctx.Err() != nil {
			break
		}
	}
	return out
}

// crawl fetches page after page over one connection until its time is over.
// Text counts the first.
func (v *visitor) crawl(ctx context.Context, pages []string, at time.Time) (out Visit) {
	defer func() { out.Bytes, out.End = v.received.Load(), time.Since(at) }()
	header := http.Header{"User-Agent": {v.agent.name}, "Accept": {"text/html"}, "Accept-Encoding": {"gzip"}}
	for _, page := range pages {
		var next Visit
		if _, _, ok := v.page(ctx, page, header.Clone(), at, &next); !ok {
			if out.Text == 0 {
				out = next
			}
			return out
		}
		if out.Text == 0 {
			out = next
		}
	}
	out.Whole = true
	return out
}

// dawdle asks for a page many times in one breath and takes the answers by
// drops, or not at all.
func (v *visitor) dawdle(ctx context.Context, page string, at time.Time, reads bool) (out Visit) {
	defer func() { out.Bytes, out.End = v.received.Load(), time.Since(at) }()
	fail := func(err error) Visit {
		out.Refused, out.Error = refused(err), err.Error()
		return out
	}
	raw, err := v.connect(ctx)
	if err != nil {
		return fail(err)
	}
	defer raw.Close()
	if small, ok := raw.(interface{ SetReadBuffer(int) error }); ok && !reads {
		_ = small.SetReadBuffer(4 << 10) // a hint; without it the system takes more before it stops
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c := tls.Client(raw, v.tlsConfig())
	if err := c.HandshakeContext(ctx); err != nil {
		return fail(err)
	}
	w := bufio.NewWriter(c)
	for range inAdvance {
		fmt.Fprintf(w, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n\r\n", page[len(v.site.origin()):], v.site.URL.Host, v.agent.name)
	}
	if err := w.Flush(); err != nil {
		return fail(err)
	}
	if !reads {
		<-ctx.Done()
		return out
	}
	return v.sip(ctx, c, out)
}

// sip reads a kilobyte a second.
func (v *visitor) sip(ctx context.Context, c *tls.Conn, out Visit) Visit {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	drop := make([]byte, slowBytes)
	for {
		if _, err := c.Read(drop); err != nil {
			return out // the server has had enough of it, or the time is over
		}
		select {
		case <-ctx.Done():
			return out
		case <-tick.C:
		}
	}
}
