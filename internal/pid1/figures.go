package pid1

import (
	"encoding/json"
	"fmt"
	"io"
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
}

// figuresVariable names, in the server's environment, the descriptor of the pipe.
const figuresVariable = "BUZZPROOF_FIGURES"

// stale is the age at which figures are no longer those of now.
const stale = 4 * time.Second

// text is the figures in words. None, or old ones, say that the server is silent.
func (f *Figures) text(age time.Duration) string {
	if f == nil || age > stale {
		return "the server is silent"
	}
	line := fmt.Sprintf("%d visits/s (%d people)   %.1f KB/s   %s", f.Visits, f.People, f.Bytes/1e3, f.Rung)
	if f.Refused > 0 {
		line += fmt.Sprintf("   %d refused", f.Refused)
	}
	return line
}

// hear passes on what the server tells until the pipe ends or carries
// something else.
func hear(pipe io.Reader, told func(*Figures)) {
	for d := json.NewDecoder(pipe); ; {
		f := &Figures{}
		if err := d.Decode(f); err != nil {
			return
		}
		told(f)
	}
}
