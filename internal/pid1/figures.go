package pid1

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Figures are what the server counted in one second. It tells them to the
// console through a pipe, so that the console shows what the statistics say.
type Figures struct {
	Visits  uint64  `json:"visits"`  // pages given, to anybody
	People  uint64  `json:"people"`  // those of them given to people
	Bytes   float64 `json:"bytes"`   // sent
	Refused uint64  `json:"refused"` // connections turned away
	Rung    string  `json:"rung"`    // how rich pages are
	Line    float64 `json:"line"`    // bytes per second that the line carries; 0 while unknown or left alone
}

// figuresVariable names, in the server's environment, the descriptor of the pipe.
const figuresVariable = "BUZZPROOF_FIGURES"

const (
	// stale is the age at which figures are no longer those of now.
	stale = 4 * time.Second
	// hung is the silence after which a server is ended and begun again. Figures
	// come every second; under a crowd, or while a big site is opened, late.
	hung = time.Minute
	// lost is the silence after which that has not helped, twice: the watchdog
	// is left to bite.
	lost = 3 * hung
)

// text is the figures in words.
func (f *Figures) text() string {
	line := fmt.Sprintf("%d visits/s (%d people)   %.1f KB/s   %s", f.Visits, f.People, f.Bytes/1e3, f.Rung)
	if f.Line > 0 {
		line += fmt.Sprintf("   line %.0f %%", 100*min(1, f.Bytes/f.Line))
	}
	if f.Refused > 0 {
		line += fmt.Sprintf("   %d refused", f.Refused)
	}
	return strings.Map(printable, line) // whoever has taken the server over commands no terminal
}

// hear passes on what the server tells, a line at a time, until the pipe ends
// or carries something else. A line that has no end fills no memory: the
// scanner gives up after 64 KB.
func hear(pipe io.Reader, told func(*Figures)) {
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		f := &Figures{}
		if err := json.Unmarshal(lines.Bytes(), f); err != nil {
			return
		}
		told(f)
	}
}

// A meter has the latest figures, and knows by them whether the server lives.
type meter struct {
	mu      sync.Mutex
	figures *Figures
	heard   time.Time // when they came; zero before the first
	begun   time.Time // when the server of now was begun; zero before the first
}

func (m *meter) told(f *Figures) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.figures, m.heard = f, time.Now()
}

// begin notes that a server was begun.
func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = time.Now()
}

// spoke reports whether the server of now has said anything.
func (m *meter) spoke() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.After(m.begun)
}

// text is the figures of now, if there are any.
func (m *meter) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.figures == nil || time.Since(m.heard) > stale {
		return "the server is silent"
	}
	return m.figures.text()
}

// hangs reports whether the server of now has said nothing for too long.
func (m *meter) hangs() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.begun.IsZero() && time.Since(m.begun) > hung && time.Since(m.heard) > hung
}

// isLost reports whether the server has been silent so long that only another
// start of the machine may help. One that never spoke would not be helped by it.
func (m *meter) isLost() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.heard.IsZero() && time.Since(m.heard) > lost
}
