// Package guard tells who is asking.
//
// What an agent says of itself is believed when it makes itself smaller: a
// machine that calls itself one is one. Nobody gains by that lie, since
// machines are served after people. Who says nothing is judged by what he
// asks for, and nothing here waits for anybody: names are looked up later.
package guard

import (
	"strings"

	"buzzproof/internal/site"
)

// ClassOf returns the class that a User-Agent header claims. It is Person for
// browsers and for what claims nothing, Scanner for programs that say nothing
// of who runs them: such an agent alone is no reason for a ban. It allocates
// nothing and takes about a microsecond for an agent of usual length, so it
// may stand in the way of every request.
func ClassOf(userAgent string) site.Class { return claimOf(userAgent).class() }

// longest is as much of an agent as is looked at: a header may have a
// megabyte, that of a browser within an application has 350 bytes.
const longest = 512

func claimOf(userAgent string) claim {
	if userAgent == "" || userAgent == "-" {
		return claim(site.Person)
	}
	if len(userAgent) > longest {
		userAgent = userAgent[:longest]
	}
	l := agents()
	var room [longest]byte
	text := room[:copy(room[:], userAgent)]
	from, to := device(userAgent)
	for i := from; i < to; i++ {
		text[i] = ' '
	}
	found := lowest(l.marks, text, len(l.claims))
	if found == len(l.claims) {
		return claimStranger
	}
	return l.claims[found]
}

// device finds where a browser on Android names the device it runs on: behind
// the version of the system, up to the end of the bracket or to what claims
// something. Makers call their devices what they like: there are phones that
// are called Sonic, Atom, Bot and Spider.
func device(agent string) (from, to int) {
	const bracket = "Mozilla/5.0 ("
	if !strings.HasPrefix(agent, bracket) {
		return 0, 0
	}
	at := strings.Index(agent, "Android")
	if at < 0 {
		return 0, 0
	}
	version := strings.IndexAny(agent[at:], ";)")
	if version < 0 || agent[at+version] == ')' {
		return 0, 0
	}
	from = at + version + 1
	for to = from; to < len(agent); {
		end := strings.IndexAny(agent[to:], ";)")
		if end < 0 {
			return from, len(agent)
		}
		part := agent[to : to+end]
		if claims := strings.Contains(part, "/") && !strings.Contains(part, " Build/"); claims || strings.Contains(part, "compatible") {
			return from, to
		}
		to += end + 1
		if agent[to-1] == ')' {
			return from, to - 1
		}
	}
	return from, to
}

// class is what is made of a claim when nothing else is known.
func (c claim) class() site.Class {
	switch c {
	case claimBrowser:
		return site.Person
	case claimTool, claimStranger:
		return site.Scanner
	}
	return site.Class(c)
}
