// Package sshlog reads what sshd writes about those who knock, and tells who
// tries passwords.
//
// A line of a log is half sshd's and half the stranger's: he chooses the name
// of the user, and can make it look like the rest of a line. So everything is
// read from the side that sshd writes.
package sshlog

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Kind says how a knock ended.
type Kind uint8

// The kinds.
const (
	Failed   Kind = iota // a password or another secret was wrong
	Unknown              // there is no such user
	Gone                 // left before it was let in, or spoke no ssh
	Accepted             // logged in
)

// A Knock is one event at the door.
type Knock struct {
	Kind  Kind
	At    time.Time // zero if the log has no times
	Addr  netip.Addr
	Port  int    // of the client, 0 if unknown: one connection has one port
	User  string // as the stranger wrote it, "" if unknown
	Times int    // how often, at least 1
}

// message reads what sshd says after its name. It is false for what is no
// knock.
func message(m string) (Knock, bool) {
	m = strings.TrimRight(m, "\r\n ")
	if rest, ok := strings.CutPrefix(m, "message repeated "); ok {
		return repeated(rest)
	}
	m = strings.TrimPrefix(m, "error: ")
	m = strings.TrimSuffix(m, " [preauth]")
	for _, form := range forms {
		rest, ok := strings.CutPrefix(m, form.begins)
		if !ok {
			continue
		}
		k := Knock{Kind: form.kind, Times: 1}
		if form.read(&k, rest) && k.Addr.IsValid() {
			return k, true
		}
	}
	return Knock{}, false
}

// repeated reads "N times: [ MESSAGE]", which rsyslog makes of the same line.
func repeated(rest string) (Knock, bool) {
	number, rest, ok := strings.Cut(rest, " times: [ ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 || n > 1000 {
		return Knock{}, false
	}
	inner := strings.TrimSuffix(rest, "]")
	if strings.HasPrefix(inner, "message repeated ") {
		return Knock{}, false
	}
	k, ok := message(inner)
	k.Times = n
	return k, ok
}

// forms are the messages that count, by how they begin; the first that fits is
// read. What PAM says of the same tries is left out: it names no connection.
var forms = []struct {
	begins string
	kind   Kind
	read   func(k *Knock, rest string) bool
}{
	{"Failed none for ", Gone, userFrom},
	{"Failed publickey for ", Gone, userFrom}, // agents offer key after key
	{"Failed ", Failed, methodUserFrom},
	{"Accepted ", Accepted, methodUserFrom},
	{"Invalid user ", Unknown, userFrom},
	{"Illegal user ", Unknown, userFrom},
	{"maximum authentication attempts exceeded for ", Gone, userFrom},
	{"Connection closed by ", Gone, userAddrPort},
	{"Connection reset by ", Gone, userAddrPort},
	{"Disconnected from ", Gone, userAddrPort},
	{"Disconnecting ", Gone, userAddrPort},
	{"Did not receive identification string from ", Gone, addrPort},
	{"Unable to negotiate with ", Gone, addrPort},
	{"banner exchange: Connection from ", Gone, addrPort},
	{"Bad protocol version identification ", Gone, userFrom},
	{"Protocol major versions differ for ", Gone, addrPort},
	{"Timeout before authentication for ", Gone, addrPort},
}

// methodUserFrom reads "password for [invalid user ]NAME from ADDR port N ssh2".
func methodUserFrom(k *Knock, rest string) bool {
	method, rest, ok := strings.Cut(rest, " for ")
	return ok && !strings.Contains(method, " ") && userFrom(k, rest)
}

// userFrom reads "[invalid user ]NAME from ADDR port N ...". NAME may hold
// anything, so the last " from " is sshd's.
func userFrom(k *Knock, rest string) bool {
	at := strings.LastIndex(rest, " from ")
	if at < 0 {
		return false
	}
	k.User = strings.TrimPrefix(rest[:at], "invalid user ")
	return addrPort(k, rest[at+len(" from "):])
}

// userAddrPort reads "[authenticating user NAME |invalid user NAME ]ADDR port
// N". NAME may hold anything, so what counts stands at the end. Who left after
// a log-in is none of ours: "user NAME ADDR port N".
func userAddrPort(k *Knock, rest string) bool {
	if strings.HasPrefix(rest, "user ") {
		return false
	}
	rest, _, _ = strings.Cut(rest, ": ") // "ADDR port N: Too many authentication failures"
	at := strings.LastIndex(rest, " port ")
	if at < 0 {
		return false
	}
	space := strings.LastIndexByte(rest[:at], ' ')
	if space >= 0 {
		_, k.User, _ = strings.Cut(rest[:space], "user ")
	}
	return addrPort(k, rest[space+1:])
}

// addrPort reads "ADDR[ port N...]".
func addrPort(k *Knock, rest string) bool {
	addr, rest, _ := strings.Cut(rest, " ")
	var err error
	if k.Addr, err = netip.ParseAddr(strings.TrimRight(addr, ":.,")); err != nil {
		return false
	}
	k.Addr = k.Addr.Unmap().WithZone("")
	if rest, ok := strings.CutPrefix(rest, "port "); ok {
		end := 0
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		if n, err := strconv.Atoi(rest[:end]); err == nil && n < 1<<16 {
			k.Port = n
		}
	}
	return true
}
