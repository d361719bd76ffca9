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
	Denied               // PAM says that a try failed; sshd may tell of it too
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
	m = strings.TrimPrefix(strings.TrimPrefix(m, "error: "), "fatal: ")
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
// read. What PAM's modules say of the same tries is left out. What sshd says of
// PAM counts: of the first wrong answers of a user whom it knows it says no more.
var forms = []struct {
	begins string
	kind   Kind
	read   func(k *Knock, rest string) bool
}{
	{"Failed none for ", Gone, userFrom},
	{"Failed publickey for ", Gone, userFrom}, // agents offer key after key
	{"Failed ", Failed, reasonUserFrom},
	{"Accepted ", Accepted, reasonUserFrom},
	{"PAM: ", Denied, reasonUserFrom},
	{"Invalid user ", Unknown, userFrom},
	{"Illegal user ", Unknown, userFrom},
	{"maximum authentication attempts exceeded for ", Gone, userFrom},
	{"Connection closed by ", Gone, userAddrPort},
	{"Connection reset by ", Gone, userAddrPort},
	{"Disconnected from ", Gone, userAddrPort},
	{"Disconnecting ", Gone, userAddrPort},
	{"ssh_dispatch_run_fatal: Connection from ", Gone, userAddrPort},
	{"Did not receive identification string from ", Gone, addrPort},
	{"Unable to negotiate with ", Gone, addrPort},
	{"banner exchange: Connection from ", Gone, addrPort},
	{"Bad protocol version identification ", Gone, userFrom},
	{"Protocol major versions differ for ", Gone, addrPort},
	{"Timeout before authentication for connection from ", Gone, addrPort},
	{"Timeout before authentication for ", Gone, addrPort},
}

// reasonUserFrom reads "password for [invalid user ]NAME from ADDR port N ssh2",
// and the same with what PAM says for "password".
func reasonUserFrom(k *Knock, rest string) bool {
	reason, rest, ok := strings.Cut(rest, " for ")
	if k.Kind == Denied {
		return ok && !strings.HasPrefix(rest, "illegal user ") && userFrom(k, rest) // of those it does not know sshd tells all
	}
	return ok && !strings.Contains(reason, " ") && userFrom(k, rest)
}

// userFrom reads "[invalid user ]NAME from ADDR[ port N ssh2][: DETAILS]". NAME
// may hold anything, so an address with a port at the end of the line is
// sshd's. DETAILS may hold anything too, as the name of a certificate: where
// they follow, there must be one address that it can be.
func userFrom(k *Knock, rest string) bool {
	const from = " from "
	at := strings.LastIndex(rest, from)
	if at < 0 || strings.HasPrefix(rest[at+len(from):], "UNKNOWN") { // whom sshd does not know, nobody else may be named for
		return false
	}
	if tail, ok := addrPortTail(k, rest[at+len(from):]); !ok || k.Port == 0 || tail != "" && tail != "ssh2" {
		found := 0
		for i := 0; ; i += len(from) {
			next := strings.Index(rest[i:], from)
			if next < 0 {
				break
			}
			i += next
			if addrPort(&Knock{}, rest[i+len(from):]) {
				at = i
				found++
			}
		}
		if found != 1 || !addrPort(k, rest[at+len(from):]) {
			return false
		}
	}
	k.User = strings.TrimPrefix(rest[:at], "invalid user ")
	return true
}

// userAddrPort reads "[authenticating user NAME |invalid user NAME ]ADDR port
// N[: REASON]". NAME may hold anything, so an address at the end of the line is
// sshd's; where a reason follows, there must be one that it can be. Who left
// after a log-in is none of ours: "user NAME ADDR port N".
func userAddrPort(k *Knock, rest string) bool {
	if strings.HasPrefix(rest, "user ") {
		return false
	}
	const port = " port "
	if last := strings.LastIndex(rest, port); last >= 0 && strings.HasSuffix(" "+rest[:last], " UNKNOWN") {
		return false
	}
	found, start := 0, 0
	for i := 0; ; i += len(port) {
		next := strings.Index(rest[i:], port)
		if next < 0 {
			break
		}
		i += next
		word := strings.LastIndexByte(rest[:i], ' ') + 1
		tail, ok := addrPortTail(k, rest[word:])
		if !ok {
			continue
		}
		if start = word; tail == "" {
			found = 1
			continue
		}
		found++
	}
	if found != 1 {
		return false
	}
	if start > 0 {
		_, k.User, _ = strings.Cut(rest[:start-1], "user ")
	}
	return addrPort(k, rest[start:])
}

// addrPort reads "ADDR[ port N...]".
func addrPort(k *Knock, rest string) bool {
	_, ok := addrPortTail(k, rest)
	return ok
}

// addrPortTail returns what follows besides.
func addrPortTail(k *Knock, rest string) (tail string, ok bool) {
	addr, rest, _ := strings.Cut(rest, " ")
	read, err := netip.ParseAddr(strings.TrimRight(addr, ":.,"))
	if err != nil {
		return "", false
	}
	k.Addr, k.Port = read.Unmap().WithZone(""), 0
	if number, ok := strings.CutPrefix(rest, "port "); ok {
		end := 0
		for end < len(number) && '0' <= number[end] && number[end] <= '9' {
			end++
		}
		if n, err := strconv.Atoi(number[:end]); err == nil && n < 1<<16 {
			k.Port = n
		}
		rest = strings.TrimPrefix(number[end:], " ")
	}
	return rest, true
}
