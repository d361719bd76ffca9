package app

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"buzzproof/internal/lighten"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// twinAt finds out where the crowd can go in the copy in dir.
func twinAt(dir, landing string) (*rehearse.Site, error) {
	_, s, err := openNewer(dir, "")
	if err != nil {
		return nil, err
	}
	twin, err := twinOf(s, landing)
	return twin, errors.Join(err, s.Close())
}

func twinOf(s *snapshot.Snapshot, landing string) (*rehearse.Site, error) {
	twin := &rehearse.Site{URL: &url.URL{Scheme: "https", Host: "www.example.org"}, Landing: landing}
	if public, err := url.Parse(s.Manifest.Public); err == nil && public.Hostname() != "" && net.ParseIP(public.Hostname()) == nil {
		twin.URL.Host = public.Hostname()
	}
	twin.Pages = readingPages(s)
	if len(twin.Pages) == 0 {
		return nil, errors.New("the snapshot has no page to come for")
	}
	if twin.Landing == "" {
		twin.Landing = middling(s)
	}
	u, err := twin.URL.Parse(twin.Landing)
	if err != nil || !strings.HasPrefix(twin.Landing, "/") {
		return nil, withStatus(statusMisused, fmt.Errorf("--page %s: want a path such as /hello/", twin.Landing))
	}
	if a := s.Find(site.Key(u)); a.Status != http.StatusOK || a.Entry == nil || !a.Entry.Page {
		return nil, withStatus(statusMisused, fmt.Errorf("--page %s: the copy has no such page\nit has, for one: %s", twin.Landing, middling(s)))
	}
	return twin, nil
}

// middling returns the page whose weight is in the middle of all: a site's
// shortest page would promise too much, its longest scare without need.
func middling(s *snapshot.Snapshot) string {
	type weighed struct {
		url    string
		weight int64
	}
	var pages []weighed
	for _, url := range readingPages(s) {
		if e := s.Find(url).Entry; e != nil {
			pages = append(pages, weighed{url, cmp.Or(lighten.WeightOf(s, e, lighten.Full).Sum(), e.Size)})
		}
	}
	if len(pages) == 0 {
		return "/"
	}
	slices.SortStableFunc(pages, func(a, b weighed) int { return cmp.Compare(a.weight, b.weight) })
	return pages[len(pages)/2].url
}

// readingPages returns the pages of a site. Those with a query are lists and
// calendars, of which there may be more than of texts; they count only where
// there are no others.
func readingPages(s *snapshot.Snapshot) (plain []string) {
	var query []string
	for _, e := range s.Manifest.Entries {
		switch {
		case e.Page && strings.Contains(e.URL, "?"):
			query = append(query, e.URL)
		case e.Page:
			plain = append(plain, e.URL)
		}
	}
	if len(plain) == 0 {
		return query
	}
	return plain
}
