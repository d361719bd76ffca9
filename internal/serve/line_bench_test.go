package serve

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"buzzproof/internal/line"
)

// BenchmarkFastLine measures what the line costs where there is no need of it:
// requests per second over loopback through a line whose rate is to be found
// and one of 1 Gbit/s, beside a server without a line. Rounds take turns, and
// the ratios are medians of them.
func BenchmarkFastLine(b *testing.B) {
	names := []string{"none", "auto", "gigabit"}
	configs := map[string]*line.Config{"none": nil, "auto": {}, "gigabit": {Rate: 1e9 / 8}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	address := map[string]string{}
	for _, name := range names {
		c := Config{Log: quiet}
		if configs[name] != nil {
			c.Line = line.New(*configs[name])
			running.Go(func() { _ = c.Line.Run(ctx) })
		}
		s := New(siteOf(b, b.TempDir(), testManifest(), testFiles, &missing), c)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		address[name] = l.Addr().String()
		running.Go(func() {
			defer s.Close()
			_ = s.Run(ctx, l, nil)
		})
	}
	rates := map[string][]float64{}
	for b.Loop() {
		for range 7 {
			for _, name := range names {
				rates[name] = append(rates[name], hammer(b, address[name]))
			}
		}
	}
	for _, name := range names[1:] {
		ratios := make([]float64, len(rates[name]))
		for i, r := range rates[name] {
			ratios[i] = r / rates["none"][i]
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], name+"/none")
	}
	slices.Sort(rates["none"])
	b.ReportMetric(rates["none"][len(rates["none"])/2], "requests/s")
	stop()
	running.Wait()
}

// hammer asks for a picture of 6.4 KB over eight connections for a while and
// returns how often it came in a second.
func hammer(b *testing.B, address string) float64 {
	const request = "GET /photo.jpg HTTP/1.1\r\nHost: me.example\r\n\r\n"
	var answers atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range 8 {
		all.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			for time.Since(began) < 400*time.Millisecond {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Error(err)
					return
				}
				resp, err := http.ReadResponse(in, nil)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
				}
				if err != nil {
					b.Error(err)
					return
				}
				answers.Add(1)
			}
		})
	}
	all.Wait()
	return float64(answers.Load()) / time.Since(began).Seconds()
}
