package pid1

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// A meter has the latest figures for the consoles.
type meter struct {
	began  time.Time
	latest atomic.Pointer[heard]
}

type heard struct {
	figures *Figures
	at      time.Time
}

func (m *meter) told(f *Figures) { m.latest.Store(&heard{f, time.Now()}) }

// text is the line of figures, as of now.
func (m *meter) text() string {
	now := time.Now()
	h := m.latest.Load()
	if h == nil {
		h = &heard{}
	}
	where := strings.Join(addresses(), " ")
	if where == "" {
		where = "no address yet"
	}
	return fmt.Sprintf("%s   up %s   %s", h.figures.text(now.Sub(h.at)), now.Sub(m.began).Round(time.Second), where)
}
