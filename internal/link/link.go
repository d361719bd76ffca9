// Package link simulates an access line, packet by packet.
//
// A direction of a line is a queue with a size in bytes that drains at the
// line's rate, and a delay. When a packet is offered, everything about its fate
// is known: it is dropped, or it arrives at a moment that can be computed. So
// the model needs no clock and no goroutine; a Runner carries real packets at
// the moments that the model has named.
package link

import (
	"fmt"
	"time"
)

// A Rate is in bits per second. Zero means no limit.
type Rate float64

// A Framing says how many bytes an IP packet takes on the wire.
type Framing uint8

const (
	Plain Framing = iota // what IP says, no more
	// ATM is what ADSL uses below IP: the packet and an AAL5 trailer of 8
	// bytes, padded to cells that carry 48 bytes and take 53.
	ATM
)

// ParseFraming reads "none" or "atm".
func ParseFraming(s string) (Framing, error) {
	switch s {
	case "none":
		return Plain, nil
	case "atm":
		return ATM, nil
	}
	return Plain, fmt.Errorf("%q is no framing: want none or atm", s)
}

// Wire returns the bytes that an IP packet of size takes on the wire.
func (f Framing) Wire(size int) int {
	if f == ATM {
		return (size + 8 + 47) / 48 * 53
	}
	return size
}

// A Change gives a way another rate some time after the beginning.
type Change struct {
	After time.Duration
	Rate  Rate
}

// A Way is one direction of a line.
type Way struct {
	Rate    Rate
	Buffer  int           // bytes of IP packets that the modem holds; what comes on top is dropped
	Delay   time.Duration // from the end of the wire to the other
	Framing Framing
	Changes []Change // in order of time
}

// A Line is both directions, as seen from the home that serves.
type Line struct {
	Up, Down Way
}

// Home is the line that the figures of this project are about: ADSL with 1
// Mbit/s up and 8 down, a modem that holds 96 KB, 20 ms to the visitors.
func Home() Line {
	up := Way{Rate: 1e6, Buffer: 96 << 10, Delay: 20 * time.Millisecond}
	down := up
	down.Rate = 8e6
	return Line{Up: up, Down: down}
}
