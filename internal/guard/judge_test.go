package guard

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"
	"unsafe"

	"buzzproof/internal/ban"
	"buzzproof/internal/site"
)

func TestAnAddressIsWhatItAsksFor(t *testing.T) {
	for _, c := range []struct {
		name, address string
		want          sort
		product       string
	}{
		{"a page", "/2026/11/hello/", aPage, ""},
		{"a picture", "/img/a.PNG?v=3", anAsset, ""},
		{"a feed", "/feed/", aFeed, ""},
		{"a feed by its query", "/?feed=rss2", aFeed, ""},
		{"what everybody may ask for", "/robots.txt", aCourtesy, ""},
		{"a well-known address", "/.well-known/security.txt", aCourtesy, ""},
		{"a certificate's challenge", "/.well-known/acme-challenge/abc", aCourtesy, ""},
		{"a log-in page", "/blog/wp-login.php", aProbe, "wordpress"},
		{"a database, escaped", "/%70hpMyAdmin/index.php", aProbe, "phpmyadmin"},
		{"a shop", "/prestashop/", aProbe, "prestashop"},
		{"a portal", "/administrator/", aProbe, "joomla"},
		{"settings", "/.env", aSecret, "secret"},
		{"settings in a folder", "/api/.env.production", aSecret, "secret"},
		{"a repository", "/.git/config", aSecret, "secret"},
		{"a hidden file that no list has", "/app/.editor/settings.json", aProbe, "secret"},
		{"a lost picture in a hidden folder", "/.thumbs/a.png", anAsset, ""},
		{"where Ghost speaks to the fediverse", "/.ghost/activitypub/inbox/index", aPage, ""},
		{"who is asked of Azure whether he has logged in", "/.auth/me", aPage, ""},
		{"a function of Netlify's", "/.netlify/functions/count", aPage, ""},
		{"dots that hide nothing", "/a/.../b", aPage, ""},
		{"a page about a product", "/how-to-leave-joomla/", aPage, ""},
		{"a page about environments", "/what-is-env/", aPage, ""},
		{"a query that injects", "/?id=1'+UNION+SELECT+2--", anAttack, ""},
		{"a script in a query", "/?q=%3CsCript%3E", anAttack, ""},
		{"a way out", "/a/..%2f..%2fetc/passwd", anAttack, ""},
		{"a look-up in a log", "/?x=${jndi:ldap://x}", anAttack, ""},
		{"a search for a word of attackers", "/?s=union", aPage, ""},
		{"a function", "/?id=1;system(1)", anAttack, ""},
		{"a function of one's own name", "/?id=shell_exec(1)", anAttack, ""},
		{"a search for a word that ends like a function", "/?s=ecosystem(s)+of+retrieval(s)", aPage, ""},
		{"nothing", "", aPage, ""},
		{"an escape that is none", "/%zz%", aPage, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := paths().lookAt(c.address)
			if got.sort != c.want || c.product != "" && paths().products[got.product] != c.product {
				t.Errorf("%s is %+v, want %d %s", c.address, got, c.want, c.product)
			}
		})
	}
}

func TestWhatTheSiteHasIsNoProbe(t *testing.T) {
	j := NewJudge(Knowledge{Has: func(path string) bool { return path == "/.git/" }})
	hear(j, "198.51.100.1", firefox, "GET", "/.git/?about", 200, noon)
	hear(j, "198.51.100.2", firefox, "GET", "/.git/config", 404, noon)
	for client, want := range map[string]site.Class{"198.51.100.1": site.Person, "198.51.100.2": site.Scanner} {
		if got := j.ClassOf(asker(client, firefox)); got != want {
			t.Errorf("%s is %v, want %v", client, got, want)
		}
	}
}

func TestASiteIsSeenToRunAProductByItsAssets(t *testing.T) {
	j := NewJudge(Knowledge{})
	hear(j, "198.51.100.1", firefox, "GET", "/wp-login.php", 403, noon)
	if got := j.ClassOf(asker("198.51.100.1", firefox)); got != site.Scanner {
		t.Errorf("before: %v, want scanner", got)
	}
	for range ownAssets {
		hear(j, "198.51.100.9", firefox, "GET", "/wp-content/themes/a/style.css", 200, noon)
	}
	hear(j, "198.51.100.2", firefox, "GET", "/wp-login.php", 403, noon)
	if got := j.ClassOf(asker("198.51.100.2", firefox)); got != site.Person {
		t.Errorf("after: %v, want person", got)
	}
}

func TestHarmIsRememberedForADay(t *testing.T) {
	for _, c := range []struct {
		name  string
		later time.Duration
		paths []string
		want  site.Class
	}{
		{"back after a while", 2 * time.Hour, []string{"/"}, site.Scanner},
		{"back after days", 72 * time.Hour, []string{"/"}, site.Person},
		{"back as a person", 2 * time.Hour, []string{"/", "/a.css", "/b.png"}, site.Person},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge(Knowledge{})
			hear(j, "198.51.100.1", firefox, "GET", "/.env", 404, noon)
			for _, p := range c.paths {
				hear(j, "198.51.100.1", firefox, "GET", p, 200, noon.Add(c.later))
			}
			if got := j.Verdict(asker("198.51.100.1", firefox)); got.Class != c.want {
				t.Errorf("%+v, want %v", got, c.want)
			}
		})
	}
}

func TestHarmIsRememberedWhenMemoryIsShort(t *testing.T) {
	j := NewJudge(Knowledge{Clients: 1})
	hear(j, "198.51.100.1", firefox, "GET", "/.env", 404, noon)
	for i := range 100_000 {
		hear(j, netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)}).String(), firefox, "GET", "/", 200, noon)
	}
	if got := j.Verdict(asker("198.51.100.1", firefox)); got.Class != site.Scanner || got.Why != WhyProbes {
		t.Errorf("%+v, want a scanner by its probes", got)
	}
	if got := j.ClassOf(asker("203.0.0.1", firefox)); got != site.Person {
		t.Errorf("somebody who did nothing is %v", got)
	}
}

func TestHostNamesAreClientsToo(t *testing.T) {
	j := NewJudge(Knowledge{})
	hear(j, "oz.plymouth.edu", "", "GET", "/.env", 404, noon)
	for client, want := range map[string]site.Class{"oz.plymouth.edu": site.Scanner, "ppp44.crim.ca": site.Person} {
		if got := j.ClassOf(asker(client, "")); got != want {
			t.Errorf("%s is %v, want %v", client, got, want)
		}
	}
}

func TestMachinesOfOneNetworkAreOneClient(t *testing.T) {
	j := NewJudge(Knowledge{})
	for _, host := range []string{"1", "2", "3"} {
		hear(j, "2001:db8:0:7::"+host, "agent "+host, "GET", "/.env."+host, 404, noon)
	}
	if got := j.Verdict(asker("2001:db8:0:7::4", firefox)); got.Class != site.Scanner || got.Why != WhyAddress {
		t.Errorf("a fourth is %+v, want a scanner by its address", got)
	}
}

func TestPeopleWhoShareAnAddressWithAScannerStayPeople(t *testing.T) {
	g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("198.51.100.1")
	m := &maker{Rand: rand.New(rand.NewPCG(1, 1)), s: &session{site: "static"}, now: noon}
	m.read(firefox, "/a/", "", 200, 0)
	m.read(firefox, "/b/", home+"/a/", 200, 0)
	for _, v := range m.s.hits {
		g.Visit(addr, v.agent, v.method, v.path, v.referer, v.status, v.at)
	}
	for _, p := range []string{"/.env", "/.git/config", "/wp-login.php", "/shell.php", "/pma/"} {
		if got := g.Visit(addr, "python-requests/2", "GET", p, "", 404, noon); got.Class != site.Scanner {
			t.Errorf("the neighbour asks for %s and is %v", p, got.Class)
		}
	}
	if got := g.Verdict(addr, firefox); got.Class != site.Person {
		t.Errorf("the reader is %+v", got)
	}
	if b, allowed := g.Allow(addr, noon); !allowed {
		t.Errorf("the reader is banned: %+v", b)
	}
}

func TestAPreviewOrAFeedReaderIsNeverBanned(t *testing.T) {
	g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("198.51.100.1")
	for _, agent := range []string{"Mastodon/4.5.0 (http.rb/5.3.1; +https://social.example/)", firefox} {
		for _, p := range []string{"/.env", "/.git/config", "/wp-login.php", "/shell.php", "/pma/"} {
			g.Visit(addr, agent, "GET", p, "", 404, noon)
		}
	}
	if b, allowed := g.Allow(addr, noon); !allowed {
		t.Errorf("banned: %+v", b)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	j := NewJudge(Knowledge{})
	bytes := 0
	for i := range j.table.shards {
		bytes += len(j.table.shards[i].sets) * int(unsafe.Sizeof(set{}))
	}
	if bytes > 12<<20 {
		t.Errorf("%d bytes for traces, want at most 12 MB", bytes)
	}
	small := NewJudge(Knowledge{Clients: 1})
	for i := range 100_000 {
		hear(small, netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}).String(), firefox, "GET", "/", 200, noon)
	}
	hear(small, "198.51.100.1", firefox, "GET", "/.env", 404, noon.Add(time.Second))
	if got := small.ClassOf(asker("198.51.100.1", firefox)); got != site.Scanner {
		t.Errorf("in a full table: %v, want scanner", got)
	}
}

func TestManyMayVisitAtOnce(t *testing.T) {
	g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour, Resolver: names{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	running := make(chan error)
	go func() { running <- g.Run(ctx) }()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 500 {
				addr := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})
				g.Visit(addr, googlebot, "GET", "/", "", 200, noon)
				g.Visit(addr, firefox, "GET", fmt.Sprintf("/.env.%d", i), "", 404, noon)
				g.Allow(addr, noon)
			}
		})
	}
	all.Wait()
	end()
	if err := <-running; err != nil {
		t.Error(err)
	}
	if got := g.Verdict(netip.MustParseAddr("198.51.100.1"), firefox); got.Class != site.Scanner {
		t.Errorf("%+v, want a scanner", got)
	}
}

func TestAVisitAllocatesNothing(t *testing.T) {
	g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	j := NewJudge(Knowledge{})
	addr := netip.MustParseAddr("198.51.100.1")
	i, reader, prober, page, probe := 0, askerOf("198.51.100.2", firefox), askerOf("198.51.100.3", firefox), "/2026/11/hello/?a=b", "/wp-login.php"
	for name, visit := range map[string]func(){
		"a live visit": func() { g.Visit(addr, firefox, "GET", "/2026/11/hello/", home+"/", 200, noon) },
		"a new visitor": func() {
			i++
			g.Visit(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}), firefox, "GET", "/", "", 200, noon)
		},
		"a line of a log": func() { j.Hit(&reader, "GET", page, 1, 200, 0) },
		"a probe":         func() { j.Hit(&prober, "GET", probe, 2, 404, 0) },
		"a question":      func() { j.ClassOf(&reader) },
		"the door":        func() { g.Allow(addr, noon) },
	} {
		if n := testing.AllocsPerRun(100, visit); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}

func BenchmarkVisit(b *testing.B) {
	g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	addr := netip.MustParseAddr("198.51.100.1")
	b.ReportAllocs()
	for b.Loop() {
		g.Visit(addr, firefox, "GET", "/2026/11/hello/", home+"/", 200, noon)
	}
}

func FuzzVisit(f *testing.F) {
	f.Add("198.51.100.1", firefox, "GET", "/?a=%3Cscript", "https://x/y", 404)
	f.Add("::1%eth0", "", "", "%", "://", 0)
	f.Fuzz(func(t *testing.T, client, agent, method, path, referer string, status int) {
		g, err := New(Config{Bans: ban.NewBook(), Ban: time.Hour, Knowledge: Knowledge{Clients: 1}})
		if err != nil {
			t.Fatal(err)
		}
		j := NewJudge(Knowledge{Clients: 1})
		hear(j, client, agent, method, path, status, noon)
		if got := j.ClassOf(asker(client, agent)); got < site.Person || got > site.Scanner {
			t.Errorf("class %d", got)
		}
		addr, err := netip.ParseAddr(client)
		if err != nil {
			return
		}
		v := g.Visit(addr, agent, method, path, referer, status, noon)
		if _, allowed := g.Allow(addr, noon); !allowed && (v.Class != site.Scanner || gentle(claimOf(agent))) {
			t.Errorf("%v is banned as %+v", addr, v)
		}
	})
}

func BenchmarkHit(b *testing.B) {
	j, who, path := NewJudge(Knowledge{}), askerOf("198.51.100.1", firefox), "/2026/11/hello/"
	hash := maphash.String(hashes, path)
	b.ReportAllocs()
	for b.Loop() {
		j.Hit(&who, "GET", path, hash, 200, 0)
	}
}

var hashes = maphash.MakeSeed()

// asker is a client of a log with its agent.
func asker(client, agent string) *site.Asker {
	who := askerOf(client, agent)
	return &who
}

func askerOf(client, agent string) site.Asker {
	return site.Asker{
		Client: client, Agent: agent,
		ClientHash: maphash.String(hashes, client), AgentHash: maphash.String(hashes, agent),
	}
}

// hear tells a judge of a line.
func hear(j *Judge, client, agent, method, path string, status int, at time.Time) {
	j.Hit(asker(client, agent), method, path, maphash.String(hashes, path), status, at.Unix())
}
