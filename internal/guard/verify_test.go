package guard

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"buzzproof/internal/ban"
	"buzzproof/internal/site"
)

var noon = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

// A zone is what a name server on loopback answers, by type and name. What it
// has as "fail" is answered with SERVFAIL, what it does not have with NXDOMAIN.
type zone map[string]string

// serve answers on a port of its own until the test ends.
func (z zone) serve(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		room := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(room)
			if err != nil {
				return
			}
			if reply := z.reply(room[:n]); reply != nil {
				_, _ = conn.WriteTo(reply, from) // who asked may be gone
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (z zone) reply(asked []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(asked) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	what, ok := z[q.Type.String()[4:]+" "+strings.ToLower(q.Name.String())]
	header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}
	switch {
	case what == "fail":
		m.RCode = dnsmessage.RCodeServerFailure
	case !ok:
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypePTR:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(what)}}}
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: netip.MustParseAddr(what).As4()}}}
	}
	reply, err := m.Pack()
	if err != nil {
		return nil
	}
	return reply
}

const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

func TestASearchEngineIsToldFromItsImpostors(t *testing.T) {
	resolver := zone{
		"PTR 1.100.51.198.in-addr.arpa.": "crawl-1.googlebot.com.",
		"A crawl-1.googlebot.com.":       "198.51.100.1",
		"PTR 2.100.51.198.in-addr.arpa.": "crawl-1.googlebot.com.", // claims a name that is not his
		"PTR 3.100.51.198.in-addr.arpa.": "googlebot.com.example.org.",
		"PTR 4.100.51.198.in-addr.arpa.": "fail",
	}.serve(t)
	ranges := map[string][]netip.Prefix{"gptbot": {netip.MustParsePrefix("198.51.100.64/28")}}
	for _, c := range []struct {
		name, addr, agent string
		want              proof
	}{
		{"a name that leads back", "198.51.100.1", "googlebot", proved},
		{"a name that leads elsewhere", "198.51.100.2", "googlebot", refuted},
		{"a name that only begins like it", "198.51.100.3", "googlebot", refuted},
		{"no name at all", "198.51.100.5", "googlebot", refuted},
		{"a name server that fails", "198.51.100.4", "googlebot", unasked},
		{"an address in a published range", "198.51.100.70", "gptbot", proved},
		{"an address outside of it", "198.51.100.80", "gptbot", refuted},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &verifier{resolver: resolver, operators: everyOperator(), ranges: ranges, known: map[answerKey]answer{}}
			who := v.operator(c.agent)
			if who < 0 {
				t.Fatal("nobody to ask about")
			}
			q := question{addr: netip.MustParseAddr(c.addr), operator: who, at: noon.Unix()}
			if got := v.find(t.Context(), q); got != c.want {
				t.Errorf("proof %d, want %d", got, c.want)
			}
			v.resolver = nil // from here on only what is known
			if got := v.find(t.Context(), q); got != c.want {
				t.Errorf("proof %d when asked again, want %d", got, c.want)
			}
		})
	}
}

// names is a resolver for tests that need no network.
type names map[string]string

func (n names) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	if n[addr] == "slow" {
		<-ctx.Done()
		return nil, &net.DNSError{Err: ctx.Err().Error(), IsTimeout: true}
	}
	if n[addr] == "" {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}
	return []string{n[addr]}, nil
}

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	a, err := netip.ParseAddr(n[host])
	if err != nil {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}
	return []netip.Addr{a}, nil
}

func TestAnImpostorIsAScannerOnceHisNameWasLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := New(Config{Bans: ban.NewBook(), Resolver: names{"198.51.100.1": "a.googlebot.com.", "a.googlebot.com.": "198.51.100.1", "198.51.100.4": "slow"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- g.Run(ctx) }()
		visit := func(addr string) Verdict {
			return g.Visit(netip.MustParseAddr(addr), googlebot, "GET", "/", "", 200, time.Now())
		}
		for _, addr := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.4"} {
			if got := visit(addr).Class; got != site.Search {
				t.Errorf("%s is %v before it was looked up, want search", addr, got)
			}
		}
		synctest.Wait()
		for addr, want := range map[string]Verdict{
			"198.51.100.1": {Class: site.Search, Why: WhyProved},
			"198.51.100.2": {Class: site.Scanner, Why: WhyImpostor},
			"198.51.100.4": {Class: site.Search, Why: WhyAgent}, // its name server does not answer
		} {
			if got := visit(addr); got != want {
				t.Errorf("%s is %+v, want %+v", addr, got, want)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestQuestionsWithoutRoomAreCountedAndAskedAgain(t *testing.T) {
	g, err := New(Config{Bans: ban.NewBook(), Resolver: names{}}) // nobody runs it
	if err != nil {
		t.Fatal(err)
	}
	for i := range questions + 5 {
		addr := netip.AddrFrom4([4]byte{198, 51, byte(100 + i>>8), byte(i)})
		g.Visit(addr, googlebot, "GET", "/", "", 200, noon)
	}
	if waiting, _ := g.Dropped(); waiting != 5 {
		t.Errorf("%d questions dropped, want 5", waiting)
	}
}

func TestRangesAreRead(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"as most publish them", `{"creationTime":"x","prefixes":[{"ipv6Prefix":"2001:db8::/32"},{"ipv4Prefix":"192.0.2.0/24"}]}`, "2001:db8::/32 192.0.2.0/24"},
		{"as lines", "# monitors\n192.0.2.7\n\n198.51.100.0/25 # spare\n", "192.0.2.7/32 198.51.100.0/25"},
		{"nothing", "", ""},
		{"a range of half the network", "0.0.0.0/1", `error: range 0.0.0.0/1 is wider than anybody has`},
		{"a name", "example.org", `error: "example.org" is neither an address nor a range such as 192.0.2.0/24`},
		{"half a file", `{"prefixes":[`, "error: unexpected end of JSON input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ranges, err := ReadRanges(strings.NewReader(c.file))
			var got []string
			for _, r := range ranges {
				got = append(got, r.String())
			}
			if err != nil {
				got = []string{"error: " + err.Error()}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestAFolderOfRangesIsRead(t *testing.T) {
	ranges, err := LoadRanges(fstest.MapFS{
		"gptbot.json": {Data: []byte(`{"prefixes":[{"ipv4Prefix":"192.0.2.0/24"}]}`)},
		"bingbot.txt": {Data: []byte("198.51.100.0/24\n")},
		"README":      {Data: []byte("not a range")},
	})
	if err != nil || len(ranges) != 2 || len(ranges["gptbot"]) != 1 || len(ranges["bingbot"]) != 1 {
		t.Errorf("read %v, %v", ranges, err)
	}
	for name, want := range map[string]string{"gptbot.json": "ranges gptbot.json", "gogglebot.txt": "no such operator"} {
		data := map[bool]string{true: "{", false: "192.0.2.1"}[name == "gptbot.json"]
		if _, err := LoadRanges(fstest.MapFS{name: {Data: []byte(data)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}

func TestRangesOfNobodyAreRefused(t *testing.T) {
	if _, err := New(Config{Ranges: map[string][]netip.Prefix{"gogglebot": nil}}); err == nil || !strings.Contains(err.Error(), "gogglebot") {
		t.Errorf("error %v, want one that names gogglebot", err)
	}
}

func FuzzRanges(f *testing.F) {
	f.Add(`{"prefixes":[{"ipv6Prefix":"2001:db8::/32"},{"ipv4Prefix":"192.0.2.0/24"}]}`)
	f.Add("192.0.2.7\n# x\n2001:db8::/33\n")
	f.Fuzz(func(t *testing.T, file string) {
		ranges, err := ReadRanges(strings.NewReader(file))
		if err != nil {
			return
		}
		for _, r := range ranges {
			if !r.IsValid() || r.Bits() < 8 || r != r.Masked() {
				t.Errorf("read %v", r)
			}
		}
	})
}
