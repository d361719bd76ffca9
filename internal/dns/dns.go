// Package dns moves names.
//
// A move is one Change: what the records are before it and what they are after
// it. A provider makes the second true only while the first still is, so two
// who move the same name cannot undo each other unseen, and the way back is the
// same change with its sides swapped.
package dns

import (
	"context"
	"fmt"
	"strings"
)

// A Set is all records of one name and type (RFC 2181 section 5). A set
// without data is one that does not exist.
type Set struct {
	Name string   `json:"name"` // fully qualified, in lower case, with the dot at its end
	Type string   `json:"type"` // "A", "AAAA", "CNAME", "HTTPS", "TXT"
	TTL  uint32   `json:"ttl"`  // seconds
	Data []string `json:"data"` // as in a zone file, sorted
	// Extra is what else a provider keeps of a record: whether it is proxied, a
	// comment, another spelling. By the entry of Data, as JSON that only the
	// provider reads. It goes along so that the way back restores everything.
	Extra map[string]string `json:"extra,omitempty"`
}

// Direct reports whether name servers answer with Data itself. They do not for
// an alias, and not for what a provider's proxy stands before.
func (s Set) Direct() bool {
	if strings.HasPrefix(s.Type, aliasType) {
		return false
	}
	for _, extra := range s.Extra {
		if strings.Contains(extra, `"proxied":true`) {
			return false
		}
	}
	return true
}

// A Change replaces sets. Before and After name the same sets in the same order.
type Change struct {
	Before []Set `json:"before"`
	After  []Set `json:"after"`
}

// Undo is the change that takes back c.
func (c Change) Undo() Change { return Change{Before: c.After, After: c.Before} }

// A Zone is a place at a provider where names can be moved. Whatever a Zone
// returns may be compared with what it returned before.
type Zone interface {
	// Sets returns every set of these names that sends visitors somewhere: A,
	// AAAA, CNAME, HTTPS, SVCB, and the provider's kind of alias. Sets that do
	// not exist are left out. It asks the provider, not a cache.
	Sets(ctx context.Context, names []string) ([]Set, error)
	// Apply makes a change. When what is there is neither c.Before nor c.After
	// it changes nothing and returns a *Changed. When it is c.After already it
	// does nothing: an answer may have been lost.
	Apply(ctx context.Context, c Change) error
	// Atomic reports whether no resolver can see half of a change, and nobody
	// else's change between looking and writing can be lost. How far each
	// provider keeps the second stands in docs/names.md.
	Atomic() bool
}

// A Changed says that somebody else has changed records in between.
type Changed struct {
	Want, Found []Set
}

func (e *Changed) Error() string {
	return fmt.Sprintf("the records are not what they were: expected %s, found %s", said(e.Want), said(e.Found))
}

func said(sets []Set) string {
	if len(sets) == 0 {
		return "none"
	}
	texts := make([]string, len(sets))
	for i, s := range sets {
		texts[i] = fmt.Sprintf("%s %d %s %s", s.Name, s.TTL, s.Type, strings.Join(s.Data, " "))
	}
	return strings.Join(texts, "; ")
}
