package guard

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/site"
)

// A session is what one client did on one site, and who it was.
type session struct {
	kind  string
	class site.Class
	site  string // "static" or "wordpress"
	addr  netip.Addr
	hits  []visit
}

type visit struct {
	agent, method, path, referer string
	status                       int
	at                           time.Time
}

// A maker makes sessions of one kind, each a little different.
type maker struct {
	*rand.Rand
	s   *session
	now time.Time
}

const home = "https://blog.example.org"

var browsers = []string{
	firefox,
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
}

func (m *maker) browser() string { return browsers[m.IntN(len(browsers))] }

// wait lets some seconds pass.
func (m *maker) wait(least, most float64) {
	m.now = m.now.Add(time.Duration((least + m.Float64()*(most-least)) * float64(time.Second)))
}

func (m *maker) ask(agent, method, path, referer string, status int) {
	m.s.hits = append(m.s.hits, visit{agent, method, path, referer, status, m.now})
}

func (m *maker) get(agent, path string, status int) { m.ask(agent, "GET", path, "", status) }

// post is the path of some article.
func (m *maker) post() string { return fmt.Sprintf("/2026/%02d/post-%d/", 1+m.IntN(12), m.IntN(400)) }

// read is a page as a browser loads it, with some of its assets missing.
func (m *maker) read(agent, path, referer string, status, missing int) {
	m.ask(agent, "GET", path, referer, status)
	assets := []string{"/css/style.css", "/js/site.js", "/img/head.webp", "/fonts/text.woff2"}
	if m.s.site == "wordpress" {
		assets = []string{"/wp-includes/css/dist/block-library/style.min.css", "/wp-content/themes/x/style.css", "/wp-content/uploads/2026/01/a.jpg"}
	}
	for _, a := range assets {
		m.wait(0, 0.2)
		m.ask(agent, "GET", a, home+path, 200)
	}
	for i := range missing {
		m.ask(agent, "GET", fmt.Sprintf("/img/lost-%d.png", i), home+path, 404)
	}
}

// stroll reads some pages one after the other.
func (m *maker) stroll(agent string, pages int) {
	from := "https://news.ycombinator.com/"
	for range pages {
		path := m.post()
		m.read(agent, path, from, 200, 0)
		from = home + path
		m.wait(15, 240)
	}
}

// scan asks for each of some paths, none of which is there.
func (m *maker) scan(agent string, least, most float64, paths ...string) {
	for _, p := range paths {
		m.get(agent, p, 404)
		m.wait(least, most)
	}
}

// agent is the first agent of a session, or a browser's.
func (s *session) agent(m *maker) string {
	if len(s.hits) > 0 {
		return s.hits[0].agent
	}
	return m.browser()
}

// sessions are three of each kind, each from an address of its own.
func sessions() (all []session) {
	m := &maker{Rand: rand.New(rand.NewPCG(5, 9)), now: noon}
	for round := range 3 {
		for i, k := range kindsOfSession {
			s := session{k.kind, k.class, k.site, netip.AddrFrom4([4]byte{198, 51, byte(100 + round), byte(i + 1)}), nil}
			m.s = &s
			m.wait(30, 60)
			k.do(m)
			all = append(all, s)
		}
	}
	return all
}

func TestNearlyAllHitsOfTheLabelledSessionsAreToldRight(t *testing.T) {
	judges := map[string]*Guard{}
	for _, name := range []string{"static", "wordpress"} {
		g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		judges[name] = g
	}
	hits, asTheyCame, atTheEnd := 0, 0, 0
	all := sessions()
	for _, s := range all {
		g := judges[s.site]
		for _, v := range s.hits {
			hits++
			if g.Visit(s.addr, v.agent, v.method, v.path, v.referer, v.status, v.at).Class == s.class {
				asTheyCame++
			}
		}
		wrong := Verdict{}
		for _, v := range s.hits {
			if got := g.Verdict(s.addr, v.agent); got.Class == s.class {
				atTheEnd++
			} else {
				wrong = got
			}
		}
		if wrong != (Verdict{}) {
			t.Logf("who %s is taken for %v: %v", s.kind, wrong.Class, wrong.Why)
		}
		_, allowed := g.Allow(s.addr, s.hits[len(s.hits)-1].at)
		if s.class != site.Scanner && !allowed {
			t.Errorf("who %s is banned", s.kind)
		}
	}
	t.Logf("%d sessions, %d hits: %.1f %% right as they came, %.1f %% at the end of each session",
		len(all), hits, 100*float64(asTheyCame)/float64(hits), 100*float64(atTheEnd)/float64(hits))
	if len(all) < 60 || atTheEnd*100 < hits*97 {
		t.Errorf("%d of %d hits in %d sessions are told right, want 97 %% in at least 60", atTheEnd, hits, len(all))
	}
}

func TestWhoDoesHarmIsBannedForAWhile(t *testing.T) {
	want := map[string]bool{ // and whether from there on it may not come in
		"looks for secrets": true, "looks for WordPress": true, "looks for databases": true, "looks for routers": true,
		"looks for shells of others": true, "guesses names": true, "injects": true, "climbs out": true,
		"changes its agent with every request": true, "guesses passwords of the WordPress": true, "guesses passwords by XML": true,
		"loads pages first, then injects": true,
		"looks for one secret":            false, "copies the site": false, "copies the site by a program": false,
	}
	for _, s := range sessions() {
		g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if s.site == "wordpress" { // the owner has shown that it is one
			for range ownAssets {
				g.Visit(netip.MustParseAddr("203.0.113.1"), firefox, "GET", "/wp-includes/a.css", "", 200, s.hits[0].at)
			}
		}
		for _, v := range s.hits {
			g.Visit(s.addr, v.agent, v.method, v.path, v.referer, v.status, v.at)
		}
		end := s.hits[len(s.hits)-1].at
		b, allowed := g.Allow(s.addr, end)
		if banned, asked := want[s.kind]; asked && allowed == banned {
			t.Errorf("who %s: banned %v, want %v", s.kind, !allowed, banned)
		}
		if !allowed && (b.Why == "" || b.Until.IsZero()) {
			t.Errorf("who %s is banned without a reason or an end: %+v", s.kind, b)
		}
		if _, allowed := g.Allow(s.addr, end.Add(time.Hour)); !allowed {
			t.Errorf("who %s is banned for ever", s.kind)
		}
	}
}
