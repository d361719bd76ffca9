package rehearse

import "time"

// A Visit is what became of one visitor's wish. Times are in nanoseconds where
// it is written as JSON.
type Visit struct {
	Who  string        `json:"who"`
	At   time.Duration `json:"at"`   // when the visitor came, from the beginning
	Late time.Duration `json:"late"` // what of the waiting is this machine's fault: it was busy when the visitor came
	Rung string        `json:"rung"` // which rendition the page was: full unless the server says otherwise
	Text time.Duration `json:"text"` // from At to the last byte of the page; zero if it never came
	End  time.Duration `json:"end"`  // from At until nothing more was to be had

	Refused bool   `json:"refused"` // the server said no, or hung up before a word
	Whole   bool   `json:"whole"`   // the page came with all that belongs to it
	Bytes   int64  `json:"bytes"`   // received, with TLS
	Error   string `json:"error,omitempty"`
}

// Full reports whether the visitor got the page as its author made it.
func (v Visit) Full() bool { return v.Whole && v.Rung == "full" }
