package pid1

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// A meter reads from the kernel, once a second, what the machine does. It asks
// nothing of the server, which may be busy.
type meter struct{ line atomic.Value }

func (m *meter) text() string {
	s, _ := m.line.Load().(string)
	return s
}

func (m *meter) run(ctx context.Context) {
	begun := time.Now()
	connections, bytes := accepted(), sent()
	for ctx.Err() == nil {
		wait(ctx, time.Second)
		now, out := accepted(), sent()
		where := strings.Join(addresses(), " ")
		if where == "" {
			where = "no address yet"
		}
		m.line.Store(fmt.Sprintf("%d visits/s   line %.1f KB/s   up %s   %s",
			now-connections, float64(out-bytes)/1e3, time.Since(begun).Round(time.Second), where))
		connections, bytes = now, out
	}
}

// accepted is how many connections the kernel has let in: PassiveOpens of
// /proc/net/snmp, the sixth figure of its second line for TCP.
func accepted() (n int64) {
	raw, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 6 && f[0] == "Tcp:" && f[1] != "RtoAlgorithm" {
			_, _ = fmt.Sscan(f[6], &n) // the kernel's own figure
		}
	}
	return n
}
