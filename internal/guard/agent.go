// Package guard tells who is asking.
//
// What an agent says of itself is believed when it makes itself smaller: a
// machine that calls itself one is one. Nobody gains by that lie, since
// machines are served after people. Who says nothing is judged by what he
// asks for, and nothing here waits for anybody: names are looked up later.
package guard

import "buzzproof/internal/site"

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
	found := lowest(l.marks, userAgent, len(l.claims))
	if found == len(l.claims) {
		return claimStranger
	}
	return l.claims[found]
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
