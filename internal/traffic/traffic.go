// Package traffic turns hits into statistics, in bounded memory.
//
// Everything a client ever did lies in one shard, chosen by his address. So
// shards share nothing, need no lock, see each client's hits in the order of
// the log, and their counts of visitors simply add up.
package traffic

import "buzzproof/internal/site"

// A Judge tells which class is asking. It hears of every hit before it is
// asked, and may change its mind: whoever looked like a person is asked for
// again when the statistics are drawn.
//
// A judge hears of some clients only, but of everything those did, from one
// goroutine, in the order of the log; seconds are those since 1970 on its
// clock. Strings are lent for the call; equal ones come with equal hashes, a
// client's with that of nothing else.
type Judge interface {
	Hit(who *site.Asker, method, path string, pathHash uint64, status int, second int64)
	ClassOf(who *site.Asker) site.Class
	// Expect says whom the judge will soon hear of, so that what it knows of
	// them can be fetched meanwhile.
	Expect(who *site.Asker)
	// ExpectPath does the same for a path.
	ExpectPath(hash uint64)
}

// A Locator says where on the net an address is. Empty means not known.
type Locator interface {
	Locate(client string) (country, network string)
}

// Options say how to count. The zero value counts everything, by people alone.
type Options struct {
	Shards int          // how many goroutines count; at least 1
	Judge  func() Judge // makes a judge for each shard; nil makes everybody a person
	Where  Locator      // Optional. Makes the panels of countries and networks.
	Filter Filter

	// NoQuery drops what follows a question mark in an address.
	NoQuery bool
	// Exact is how many pairs of a visitor and what he did are kept before
	// they are estimated; 0 means DefaultExact. Memory is some 5 bytes for each.
	Exact int
}

// DefaultExact holds the pairs of a log of one to five million lines in 12 MB.
const DefaultExact = 2_200_000

// A Panel is one list of the statistics.
type Panel int

// The panels that are lists of items by name.
const (
	Pages Panel = iota
	Static
	NotFound
	Hosts
	Agents
	Browsers
	Systems
	Sites
	Referrers
	Phrases
	Statuses
	Methods
	Protocols
	VHosts
	TLS
	MIME
	Cache
	Countries
	Networks
	Hours
	panelCount
)

// panels are their names in JSON and CSV, and their titles.
var panels = [panelCount]struct{ name, title string }{
	Pages:     {"pages", "Pages"},
	Static:    {"static", "Static files"},
	NotFound:  {"not_found", "Not found"},
	Hosts:     {"hosts", "Hosts"},
	Agents:    {"agents", "Agents"},
	Browsers:  {"browsers", "Browsers"},
	Systems:   {"systems", "Systems"},
	Sites:     {"referring_sites", "Referring sites"},
	Referrers: {"referrers", "Referring pages"},
	Phrases:   {"search_phrases", "Search phrases"},
	Statuses:  {"status", "Status"},
	Methods:   {"methods", "Methods"},
	Protocols: {"protocols", "Protocols"},
	VHosts:    {"vhosts", "Virtual hosts"},
	TLS:       {"tls", "TLS"},
	MIME:      {"mime", "Media types"},
	Cache:     {"cache", "Cache"},
	Countries: {"countries", "Countries"},
	Networks:  {"networks", "Networks"},
	Hours:     {"hours", "Hours of the day"},
}

// String returns the name of the panel in JSON and CSV.
func (p Panel) String() string { return panels[p].name }

// Title returns the name of the panel for people.
func (p Panel) Title() string { return panels[p].title }

// AllPanels is every panel in the order they are shown.
func AllPanels() []Panel {
	all := make([]Panel, panelCount)
	for i := range all {
		all[i] = Panel(i)
	}
	return all
}
