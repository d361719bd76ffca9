// Package figures shows statistics: as text, as data, as a page.
//
// It draws what a traffic.Report holds and computes nothing. Whatever came out
// of a log is a stranger's text: each way to show it has one place where that
// is made harmless.
package figures

import (
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// labels are what items are called in front of people: a method is told unless
// it is GET, a protocol where two items would read alike.
func labels(items []traffic.Item) []string {
	times := map[string]int{}
	named := make([]string, len(items))
	for i, it := range items {
		named[i] = it.Key
		if it.Method != "" && it.Method != "GET" {
			named[i] = it.Method + " " + it.Key
		}
		times[named[i]]++
	}
	for i, it := range items {
		if times[named[i]] > 1 && it.Protocol != "" {
			named[i] += " (" + it.Protocol + ")"
		}
	}
	return named
}

// A panelSet says which panels stand together and in which order.
var order = []traffic.Panel{
	traffic.Pages, traffic.Sites, traffic.Referrers, traffic.Phrases, traffic.NotFound, traffic.Static,
	traffic.Browsers, traffic.Systems, traffic.Countries, traffic.Networks, traffic.Hosts, traffic.Agents, traffic.VHosts,
	traffic.Hours, traffic.Statuses, traffic.Methods, traffic.Protocols, traffic.TLS, traffic.MIME, traffic.Cache,
}

// classNames are what classes are called in front of people.
var classNames = map[site.Class]string{
	site.Person:  "people",
	site.Preview: "link previews",
	site.Feed:    "feed readers",
	site.Search:  "search engines",
	site.AI:      "AI crawlers",
	site.Monitor: "monitors",
	site.Scanner: "scanners",
}
