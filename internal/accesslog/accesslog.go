// Package accesslog reads one line of anybody's access log.
//
// Every format is a value that turns a line into a Hit; formats hold no state,
// so any number of goroutines may read with one. A line is lent to its format
// as scratch: the strings of a Hit point into it, and escapes are decoded in
// place. That is why a line costs no allocation.
package accesslog

import "unsafe"

// A Hit is what a line says about one answered request. Its strings live as
// long as the line they were read from.
type Hit struct {
	Client   string // address or name of who asked; never empty
	VHost    string
	Method   string // one of Methods; empty if the request has none that is known
	Path     string // what was asked for, with its query, decoded; never empty
	Protocol string // one of Protocols; empty when not said
	Referrer string // as it stands; "-" for none, empty if the format has no place for it
	Agent    string // decoded; "-" for none
	MIME     string
	TLS      string // such as TLSv1.3
	Cipher   string
	Cache    string // HIT, MISS and their like

	Day    int32 // days since 1 January 1970 on the clock of the log
	Second int32 // of that day
	Status int32 // -1 when not said
	Bytes  int64 // of the answer, without its headers where the format tells them apart
	Took   int64 // microseconds; -1 when not said
}

// A Format reads the lines of one kind of log.
type Format interface {
	// Parse fills h from a line that has no line feed. The line may be
	// written to. An error names what is wrong and carries no data of the line.
	Parse(line []byte, h *Hit) error
}

// A Headed format learns from lines that begin with "#" what the lines below
// them hold. Other formats skip such lines.
type Headed interface {
	Format
	// Header returns the format that holds below the line.
	Header(line []byte) Format
}

// A reason is why a line is no hit. Reasons are constants: a broken log of any
// size costs no memory.
type reason string

func (r reason) Error() string { return string(r) }

// What can be missing in a line.
const (
	errClient  = reason("no client address")
	errTime    = reason("no time that can be read")
	errRequest = reason("no request")
	errStatus  = reason("no status of HTTP")
	errShort   = reason("the line ends too early")
	errJSON    = reason("no JSON object")
)

// reset makes h ready for the next line.
func (h *Hit) reset() { *h = Hit{Agent: "-", Status: -1, Took: -1} }

// complete reports what a hit cannot be without.
func (h *Hit) complete() error {
	switch {
	case h.Client == "":
		return errClient
	case h.Day == 0 && h.Second == 0:
		return errTime
	case h.Path == "":
		return errRequest
	}
	return nil
}

// text is b as a string without a copy; see the package comment for how long.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
