package guard

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

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

var kindsOfSession = []struct {
	kind  string
	class site.Class
	site  string
	do    func(m *maker)
}{
	{"reads an article", site.Person, "static", func(m *maker) { m.read(m.browser(), m.post(), "https://t.co/x", 200, 0) }},
	{"strolls", site.Person, "static", func(m *maker) { m.stroll(m.browser(), 3+m.IntN(12)) }},
	{"strolls on a WordPress", site.Person, "wordpress", func(m *maker) { m.stroll(m.browser(), 3+m.IntN(6)) }},
	{"reads a page full of lost pictures", site.Person, "static", func(m *maker) { m.read(m.browser(), m.post(), "", 200, 25) }},
	{"follows a dead link", site.Person, "static", func(m *maker) { m.read(m.browser(), "/old/"+m.post(), "https://old.example/", 404, 0) }},
	{"has all assets in its cache", site.Person, "static", func(m *maker) {
		for range 8 {
			m.get(m.browser(), m.post(), 200)
			m.wait(20, 200)
		}
	}},
	{"reads light pages without assets", site.Person, "static", func(m *maker) {
		agent := m.browser()
		for range 25 {
			m.ask(agent, "GET", m.post(), home+"/", 200)
			m.wait(15, 100)
		}
	}},
	{"is curious where the log-in is", site.Person, "static", func(m *maker) {
		agent := m.browser()
		m.stroll(agent, 3)
		m.scan(agent, 2, 9, "/wp-login.php", "/admin/login")
		m.stroll(agent, 2)
	}},
	{"searches the site for code", site.Person, "static", func(m *maker) {
		agent := m.browser()
		m.stroll(agent, 2)
		m.ask(agent, "GET", "/?s=union+select+in+sql", home+"/", 200)
		m.stroll(agent, 1)
	}},
	{"owns the WordPress", site.Person, "wordpress", func(m *maker) {
		agent := m.browser()
		m.stroll(agent, 2)
		m.ask(agent, "GET", "/wp-login.php", home+"/", 200)
		m.ask(agent, "POST", "/wp-login.php", home+"/wp-login.php", 200) // mistyped
		m.wait(4, 9)
		m.ask(agent, "POST", "/wp-login.php", home+"/wp-login.php", 302)
		for range 15 {
			m.ask(agent, "GET", "/wp-admin/post.php?post=1&action=edit", home+"/wp-admin/", 200)
			m.ask(agent, "POST", "/wp-admin/admin-ajax.php", home+"/wp-admin/", 200)
			m.ask(agent, "GET", "/wp-includes/js/jquery/jquery.min.js", home+"/wp-admin/", 200)
			m.wait(5, 60)
		}
	}},
	{"uses a text browser", site.Person, "static", func(m *maker) {
		for range 6 {
			m.get("Lynx/2.8.9rel.1 libwww-FM/2.14", m.post(), 200)
			m.wait(20, 90)
		}
	}},

	{"shows a link in the fediverse", site.Preview, "static", func(m *maker) {
		m.get("Mastodon/4.5.0 (http.rb/5.3.1; +https://social.example/)", m.post(), 200)
		m.get("Mastodon/4.5.0 (http.rb/5.3.1; +https://social.example/)", "/img/head.webp", 200)
	}},
	{"shows a link in a message", site.Preview, "static", func(m *maker) {
		agent := "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
		m.get(agent, m.post(), 200)
		m.get(agent, "/favicon.ico", 404)
	}},
	{"checks many dead links for a network", site.Preview, "static", func(m *maker) {
		for i := range 30 {
			m.get("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", fmt.Sprintf("/gone-%d/", i), 404)
			m.wait(0, 0.3)
		}
	}},
	{"reads the feed", site.Feed, "static", func(m *maker) {
		for range 24 {
			m.get("FreshRSS/1.24.3 (Linux; https://freshrss.org)", "/feed.xml", 304)
			m.wait(3500, 3700)
		}
	}},
	{"reads a feed that moved", site.Feed, "static", func(m *maker) {
		for range 40 {
			m.get("Tiny Tiny RSS/23.10 (https://tt-rss.org/)", "/rss/", 404)
			m.wait(0.1, 2)
		}
	}},
	{"reads the feed by a program of its own", site.Feed, "static", func(m *maker) {
		for range 12 {
			m.get("Go-http-client/2.0", "/feed.xml", 200)
			m.wait(3500, 3700)
		}
	}},
	{"indexes the site", site.Search, "static", func(m *maker) {
		m.get(googlebot, "/robots.txt", 200)
		for i := range 60 {
			m.get(googlebot, m.post(), 200)
			if i%4 == 0 {
				m.get(googlebot, fmt.Sprintf("/gone-%d/", i), 404)
			}
			m.wait(0.2, 4)
		}
	}},
	{"follows an attacker's links to the site", site.Search, "static", func(m *maker) {
		m.get(googlebot, "/?id=1+union+select+1,2,3", 200)
		m.get(googlebot, m.post(), 200)
	}},
	{"collects texts", site.AI, "static", func(m *maker) {
		for range 80 {
			m.get("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", m.post(), 200)
			m.wait(0.1, 1)
		}
	}},
	{"watches the site", site.Monitor, "static", func(m *maker) {
		for range 30 {
			m.ask("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "HEAD", "/", "", 200)
			m.wait(290, 310)
		}
	}},

	{"looks for secrets", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0.1, 1, "/.env", "/.git/config", "/.aws/credentials", "/wp-config.php.bak")
	}},
	{"looks for one secret", site.Scanner, "static", func(m *maker) { m.scan(m.browser(), 1, 2, "/.env") }},
	{"looks for WordPress", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/wp-login.php", "/xmlrpc.php", "/wp-includes/wlwmanifest.xml", "/blog/wp-includes/wlwmanifest.xml", "/wp/wp-login.php")
	}},
	{"looks for databases", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 0.5, "/phpmyadmin/", "/phpMyAdmin/", "/pma/", "/myadmin/", "/dbadmin/", "/mysqladmin/", "/adminer.php")
	}},
	{"looks for shops and portals", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 60, 600, "/administrator/index.php", "/prestashop/", "/modules/ps_facetedsearch/readme.md", "/magento/", "/user/login")
	}},
	{"looks for routers", site.Scanner, "static", func(m *maker) {
		m.scan("Hello, World", 1, 2, "/boaform/admin/formLogin", "/HNAP1/", "/GponForm/diag_Form?images/", "/setup.cgi?next_file=netgear.cfg")
	}},
	{"looks for shells of others", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/wso.php", "/alfa.php", "/shell.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/1.php")
	}},
	{"guesses names", site.Scanner, "static", func(m *maker) {
		for i := range 150 {
			m.get(m.s.agent(m), fmt.Sprintf("/word-%d", i), 404)
			m.wait(0, 0.1)
		}
	}},
	{"injects", site.Scanner, "static", func(m *maker) {
		for i := range 40 {
			m.get(m.s.agent(m), fmt.Sprintf("/?id=%d%%27%%20UNION%%20SELECT%%20NULL--", i), 200)
			m.wait(0, 1)
		}
	}},
	{"climbs out", site.Scanner, "static", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/cgi-bin/.%2e/.%2e/.%2e/bin/sh", "/static/..%2f..%2f..%2fetc/passwd", "/?file=../../../../etc/passwd")
	}},
	{"loads pages first, then injects", site.Scanner, "static", func(m *maker) {
		agent := m.browser()
		m.read(agent, "/", "", 200, 0)
		for i := range 60 {
			m.ask(agent, "GET", fmt.Sprintf("/?q=%%3Cscript%%3Ealert(%d)%%3C/script%%3E", i), home+"/", 200)
			m.wait(0, 1)
		}
	}},
	{"changes its agent with every request", site.Scanner, "static", func(m *maker) {
		for i, p := range []string{"/.env", "/.git/HEAD", "/wp-login.php", "/phpmyadmin/", "/shell.php", "/.aws/credentials", "/", "/admin.php"} {
			m.get(fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", 100+i, 100+i), p, 404)
		}
	}},
	{"copies the site", site.Scanner, "static", func(m *maker) {
		agent := m.browser()
		for range 300 {
			m.get(agent, m.post(), 200)
			m.wait(0.1, 1)
		}
	}},
	{"copies the site by a program", site.Scanner, "static", func(m *maker) {
		for range 60 {
			m.get("python-requests/2.32.3", m.post(), 200)
		}
	}},
	{"guesses passwords of the WordPress", site.Scanner, "wordpress", func(m *maker) {
		agent := m.browser()
		for range 200 {
			m.ask(agent, "POST", "/wp-login.php", "", 200)
			m.wait(0.2, 2)
		}
	}},
	{"guesses passwords by XML", site.Scanner, "wordpress", func(m *maker) {
		for range 200 {
			m.ask(m.s.agent(m), "POST", "/xmlrpc.php", "", 200)
			m.wait(0.1, 1)
		}
	}},
	{"looks for holes of a WordPress", site.Scanner, "wordpress", func(m *maker) {
		m.scan(m.browser(), 0, 1, "/wp-config.php.bak", "/.env", "/wp-content/debug.log", "/backup.zip", "/wp-content/plugins/revslider/readme.txt")
	}},
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
		g, err := New(Config{Ban: time.Hour})
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
			if got := g.Verdict(s.addr.String(), v.agent); got.Class == s.class {
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
		g, err := New(Config{Ban: time.Hour})
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
