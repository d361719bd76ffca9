package recorder

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0"

// page is a person's visit of a page.
func page() Hit {
	return Hit{
		At: time.Now(), Took: 3 * time.Millisecond, Address: netip.MustParseAddr("198.51.100.7"), Class: site.Person, Kind: Page, Rung: site.Lite,
		Status: 200, Bytes: 4000, TLS: tls.VersionTLS13, Key: "/post/", Referrer: "https://news.example/item?id=7", Agent: firefox,
		Host: "me.example", MIME: "text/html; charset=utf-8", Method: "GET", Protocol: "HTTP/2.0",
	}
}

// like is a page with changes.
func like(change func(*Hit)) Hit {
	h := page()
	change(&h)
	return h
}

func TestRecordingAllocatesNothing(t *testing.T) {
	r := New(Config{Keep: true})
	h := page()
	if n := testing.AllocsPerRun(1000, func() { r.Record(h) }); n != 0 {
		t.Errorf("%v allocations a hit", n)
	}
}

// second records hits and returns the second that they fell into.
func second(t *testing.T, c Config, hits ...Hit) (*tally.Second, *Recorder) {
	t.Helper()
	r := New(c)
	at := time.Now().Truncate(time.Second)
	r.tick(at)
	for _, h := range hits {
		r.Record(h)
	}
	r.tick(at.Add(time.Second))
	s := r.Latest()
	if !s.At.Equal(at) {
		t.Fatalf("a second that began at %v, want %v", s.At, at)
	}
	return s, r
}

func TestASecondTellsPeopleFromMachines(t *testing.T) {
	s, _ := second(
		t, Config{},
		page(), page(),
		like(func(h *Hit) { h.Class = site.Scanner; h.Status = 404; h.Kind = Other; h.Bytes = 20 }),
		like(func(h *Hit) { h.Kind, h.Key, h.MIME = Asset, "/a.css", "text/css" }),
		like(func(h *Hit) { h.Class, h.Bytes = site.Search, 500 }),
		like(func(h *Hit) { h.Status, h.Kind = 503, Other }),
	)
	if p := s.People(); p != (tally.Counts{Hits: 4, Visits: 2, Bytes: 16000, Failed: 1}) {
		t.Errorf("people: %+v", p)
	}
	if c := s.Classes[site.Scanner]; c != (tally.Counts{Hits: 1, Bytes: 20, NotFound: 1, Failed: 1}) {
		t.Errorf("scanners: %+v", c)
	}
	if c := s.Classes[site.Search]; c.Visits != 1 {
		t.Errorf("search engines: %+v", c)
	}
	if s.Rungs != [tally.Rungs]uint64{site.Lite: 2} || s.Status != [6]uint64{2: 4, 4: 1, 5: 1} {
		t.Errorf("rungs %v, statuses %v", s.Rungs, s.Status)
	}
	if s.P50 < 2900*time.Microsecond || s.P99 > 3100*time.Microsecond {
		t.Errorf("took %v to %v, want 3ms", s.P50, s.P99)
	}
}

func TestASecondTellsWherePeopleCameFrom(t *testing.T) {
	s, _ := second(
		t, Config{},
		page(),
		like(func(h *Hit) { h.Address = netip.MustParseAddr("198.51.100.200") }), // the same network
		like(func(h *Hit) { h.Referrer, h.Address = "", netip.MustParseAddr("203.0.113.1") }),
		like(func(h *Hit) { h.Referrer, h.Agent = "", firefox+" Instagram 300.0" }),
		like(func(h *Hit) { h.Referrer = "https://ME.example/other/" }), // from our own page: no arrival
		like(func(h *Hit) { h.Class = site.Preview }),
		like(func(h *Hit) { h.Address = netip.MustParseAddr("2001:db8:1:2::3") }),
		like(func(h *Hit) { h.Address = netip.MustParseAddr("2001:db8:1:ffff::3") }),
	)
	if s.Arrivals != 6 {
		t.Errorf("%d arrivals, want 6", s.Arrivals)
	}
	want := fmt.Sprint([]tally.Named{{Name: "news.example", Visits: 4}, {Name: "Instagram (app)", Visits: 1}, {Name: tally.Direct, Visits: 1}})
	if got := fmt.Sprint(s.Sites.Items); got != want {
		t.Errorf("sites %s, want %s", got, want)
	}
	if got := fmt.Sprint(s.Referrers.Items); got != "[{https://news.example/item 4}]" {
		t.Errorf("referrers %s", got)
	}
	if got := fmt.Sprint(s.Landings.Items); got != "[{/post/ 6}]" {
		t.Errorf("landings %s", got)
	}
	if len(s.Networks) != 3 || s.Networks[0].Visits != 3 || s.Networks[1].Visits != 2 || s.Networks[2].Visits != 1 {
		t.Errorf("networks: %+v", s.Networks)
	}
}

func TestRefusalsOfTheLineAreCounted(t *testing.T) {
	refused := uint64(0)
	r := New(Config{Keep: true, Refused: func() uint64 { return refused }})
	at := time.Now().Truncate(time.Second)
	r.tick(at)
	for i, total := range []uint64{5, 5, 12} {
		refused = total
		r.tick(at.Add(time.Duration(i+1) * time.Second))
		if got, want := r.Latest().Refused, []uint64{5, 0, 7}[i]; got != want {
			t.Errorf("second %d: %d refused, want %d", i, got, want)
		}
	}
	sum := uint64(0)
	for _, m := range r.Take() {
		sum += m.Refused
	}
	if sum != 12 {
		t.Errorf("%d refused in all, want 12", sum)
	}
}

func TestATallyHasEveryPanel(t *testing.T) {
	_, r := second(
		t, Config{Keep: true, Locate: func(netip.Addr) (string, string) { return "France", "AS64496 Example" }},
		page(), page(),
		like(func(h *Hit) { h.Address = netip.MustParseAddr("203.0.113.1") }),
		like(func(h *Hit) {
			h.Kind, h.Key, h.MIME, h.Referrer = Asset, "/a.css", "text/css", "https://me.example/post/"
		}),
		like(func(h *Hit) {
			h.Class, h.Status, h.Kind, h.Key, h.Agent, h.Referrer = site.Scanner, 404, Other, "/wp-login.php?user=x", "zgrab/0.x", ""
		}),
	)
	minutes := r.Take()
	sum := &tally.Tally{}
	for _, m := range minutes {
		sum.Merge(m)
	}
	if c := sum.Classes[site.Person]; c.Hits != 4 || c.Visits != 3 || c.Visitors != 2 {
		t.Errorf("people: %+v", c)
	}
	if c := sum.Classes[site.Scanner]; c.Hits != 1 || c.Visitors != 0 || c.NotFound != 1 {
		t.Errorf("scanners: %+v", c)
	}
	for _, c := range []struct {
		panel    tally.Panel
		key      string
		hits     uint64
		visitors float64
	}{
		{tally.Pages, "/post/", 3, 2},
		{tally.Landings, "/post/", 3, 2},
		{tally.Static, "/a.css", 1, 1},
		{tally.NotFound, "/wp-login.php", 1, 0}, // without what the query says
		{tally.Sites, "news.example", 3, 2},
		{tally.Referrers, "https://news.example/item", 3, 2},
		{tally.Browsers, "Firefox", 4, 2},
		{tally.Systems, "Linux", 4, 2},
		{tally.Statuses, "404", 1, 0},
		{tally.Methods, "GET", 5, 2},
		{tally.Protocols, "HTTP/2.0", 5, 2},
		{tally.Hosts, "me.example", 5, 2},
		{tally.TLS, "TLS 1.3", 5, 2},
		{tally.MIME, "text/css", 1, 1},
		{tally.Countries, "France", 5, 2},
		{tally.Networks, "AS64496 Example", 5, 2},
	} {
		if got := sum.Panels[c.panel].At(c.key).Total(); got.Hits != c.hits || got.Visitors != c.visitors {
			t.Errorf("%s %s: %+v, want %d hits of %v visitors", c.panel, c.key, got, c.hits, c.visitors)
		}
	}
	if n := sum.Panels[tally.Machines].Len(); n != 1 {
		t.Errorf("%d agents are named, want that of the machine alone", n)
	}
	if more := r.Take(); len(more) != 0 {
		t.Errorf("taken twice: %d", len(more))
	}
}

func TestWhatDoesNotFitIsCounted(t *testing.T) {
	r := New(Config{Keep: true})
	const hits = 100_000
	for range hits {
		r.Record(page())
	}
	r.tick(time.Now())
	var kept, dropped uint64
	for _, m := range r.Take() {
		kept += m.Total().Hits
		dropped += m.Dropped
	}
	if room := uint64(len(r.shards) * batchHits); kept+dropped != hits || kept > room || kept < room/2 {
		t.Errorf("%d kept and %d dropped of %d, with room for %d", kept, dropped, hits, room)
	}
}

func TestHostileTextsStayWithinBounds(t *testing.T) {
	long := string(make([]byte, 64<<10))
	r := New(Config{Keep: true})
	for round := range 200 {
		for i := range 40 {
			name := fmt.Sprintf("/%d-%d", round, i) + long
			r.Record(like(func(h *Hit) {
				h.Key, h.Referrer, h.Agent, h.Host, h.MIME, h.Method, h.Protocol = name, "http://"+name, name, name, name, name, name
				h.Status = 70000
			}))
		}
		r.collect()
	}
	for _, m := range r.Take() {
		for p := range tally.Panels {
			for _, it := range m.Panels[p].Top(tally.Room) {
				if len(it.Key) > tally.MaxKey {
					t.Fatalf("%s has a name of %d bytes", p, len(it.Key))
				}
			}
			if n := m.Panels[p].Len(); n > tally.Room {
				t.Errorf("%s has %d items", p, n)
			}
		}
	}
}

func TestWhatNobodyTakesIsPutTogether(t *testing.T) {
	r := New(Config{Keep: true})
	now := time.Now()
	for i := range 100 {
		r.Record(like(func(h *Hit) { h.At = now.Add(time.Duration(i) * time.Minute) }))
		r.Record(like(func(h *Hit) { h.At = now.Add(-time.Duration(i) * time.Minute) }))
		r.collect()
	}
	minutes, sum := r.Take(), uint64(0)
	for _, m := range minutes {
		sum += m.Total().Hits
	}
	if len(minutes) > maxMinutes || sum != 200 {
		t.Errorf("%d tallies with %d hits", len(minutes), sum)
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	r := New(Config{Keep: true})
	var wg sync.WaitGroup
	// Nobody collects meanwhile, so all must fit into what the shards hold,
	// however few cores and with them shards there are. Half of a batch would
	// do in the one shard that every writer might happen to choose.
	const writers, each = 8, batchHits / 2 / 8
	for range writers {
		wg.Go(func() {
			for range each {
				r.Record(page())
			}
		})
	}
	wg.Wait()
	var sum, dropped uint64
	for _, m := range r.Take() {
		sum += m.Total().Hits
		dropped += m.Dropped
	}
	if sum != writers*each || dropped != 0 {
		t.Errorf("%d hits and %d dropped, want %d", sum, dropped, writers*each)
	}
}
