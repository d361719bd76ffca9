package rehearse

import "time"

// A Visit is what became of one visitor's wish.
type Visit struct {
	Who  string
	At   time.Duration // when the visitor came, from the beginning
	Rung string        // which rendition the page was: full unless the server says otherwise
	Text time.Duration // from At to the last byte of the page; zero if it never came
	End  time.Duration // from At until nothing more was to be had

	Refused bool  // the server said no, or hung up before a word
	Whole   bool  // the page came with all that belongs to it
	Bytes   int64 // received, with TLS
	Error   string
}

// Full reports whether the visitor got the page as its author made it.
func (v Visit) Full() bool { return v.Whole && v.Rung == "full" }
