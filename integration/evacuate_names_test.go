package integration

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"buzzproof/internal/dns"
)

// A nameServer is a real authority on loopback with one zone.
type nameServer struct {
	address string // HOST:PORT of the authority
	zone    dns.Zone
	process *process
	spec    zoneSpec // what a child process opens it by
}

// records is everything in the zone but the serial, as a transfer shows it.
func (n *nameServer) records(t testing.TB) string {
	t.Helper()
	m := new(mdns.Msg)
	m.SetAxfr(flownZone)
	transfer := &mdns.Transfer{}
	answers, err := transfer.In(m, n.address)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for a := range answers {
		if a.Error != nil {
			t.Fatal(a.Error)
		}
		for _, rr := range a.RR {
			if rr.Header().Rrtype != mdns.TypeSOA {
				lines = append(lines, rr.String())
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// The zone that is moved: its apex, www, and much that must stay as it is.
const (
	flownZone = "blog.example.org."
	keyName   = "buzzproof."
	keySecret = "cGxhbnRlZC10c2lnLXNlY3JldA==" // planted-tsig-secret
	apiKey    = "planted-powerdns-key"
)

// zoneFile is the zone at home, on address; TTLs are short, since tests wait.
func zoneFile(home string) string {
	return `$ORIGIN blog.example.org.
$TTL 7200
@ 7200 IN SOA ns.blog.example.org. me.blog.example.org. 1 3600 600 86400 1
@ 7200 IN NS ns.blog.example.org.
ns 7200 IN A 127.0.0.1
@ 2 IN A ` + home + `
@ 3 IN AAAA ::1
@ 3 IN HTTPS 1 . alpn="h2"
www 3 IN CNAME blog.example.org.
@ 7200 IN MX 10 mail.blog.example.org.
@ 7200 IN TXT "v=spf1 -all"
mail 7200 IN A 192.0.2.25
`
}

// startBIND starts named with the zone, which a TSIG key may change.
func startBIND(t testing.TB, s *stage, home string) *nameServer {
	t.Helper()
	need(t, "BIND", "named")
	dir, port := s.subfolder(t, "bind"), freePort(t)
	writeFile(t, filepath.Join(dir, "zone"), zoneFile(home))
	writeFile(t, filepath.Join(dir, "named.conf"), fmt.Sprintf(`
key %q { algorithm hmac-sha256; secret %q; };
options { directory %q; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;
  pid-file "named.pid"; session-keyfile "session.key"; allow-transfer { any; }; };
controls { };
zone %q { type primary; file "zone"; allow-update { key %q; }; };
`, strings.TrimSuffix(keyName, "."), keySecret, dir, port, flownZone, strings.TrimSuffix(keyName, ".")))
	p := s.start(t, filepath.Join(dir, "named.log"), exec.Command("named", "-g", "-c", filepath.Join(dir, "named.conf")))
	n := &nameServer{address: loopback(port), process: p, spec: zoneSpec{Kind: "bind", Server: loopback(port)}}
	n.zone = n.spec.open()
	waitUntil(t, p, 20*time.Second, "named", func() bool { return knows(n.address, flownZone) })
	return n
}

// startPowerDNS starts pdns_server with the zone in SQLite and its HTTP API.
func startPowerDNS(t testing.TB, s *stage, home string) *nameServer {
	t.Helper()
	need(t, "PowerDNS", "pdns_server", "pdnsutil", "sqlite3")
	dir, port, api := s.subfolder(t, "pdns"), freePort(t), freePort(t)
	db := filepath.Join(dir, "pdns.sqlite3")
	run(t, exec.Command("sqlite3", db, ".read /usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql"))
	writeFile(t, filepath.Join(dir, "pdns.conf"), fmt.Sprintf("launch=gsqlite3\ngsqlite3-database=%s\nlocal-address=127.0.0.1\nlocal-port=%d\n"+
		"socket-dir=%s\napi=yes\napi-key=%s\nwebserver=yes\nwebserver-address=127.0.0.1\nwebserver-port=%d\nallow-axfr-ips=127.0.0.0/8\n"+
		"cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n", db, port, dir, apiKey, api))
	zone := filepath.Join(dir, "zone")
	writeFile(t, zone, zoneFile(home))
	run(t, exec.Command("pdnsutil", "--config-dir="+dir, "load-zone", strings.TrimSuffix(flownZone, "."), zone))
	p := s.start(t, filepath.Join(dir, "pdns.log"), exec.Command("pdns_server", "--config-dir="+dir, "--daemon=no", "--guardian=no", "--disable-syslog"))
	n := &nameServer{address: loopback(port), process: p, spec: zoneSpec{Kind: "pdns", Server: "http://" + loopback(api)}}
	n.zone = n.spec.open()
	waitUntil(t, p, 20*time.Second, "pdns_server", func() bool { return knows(n.address, flownZone) && listens(api) })
	return n
}

// startUnbound starts a resolver that asks the authority for the zone, and
// keeps answers for some seconds at least, whatever their TTL.
func startUnbound(t testing.TB, s *stage, authority string, floor int) string {
	t.Helper()
	need(t, "unbound", "unbound")
	dir, port := s.subfolder(t, "unbound"), freePort(t)
	host, number, _ := strings.Cut(authority, ":")
	conf := filepath.Join(dir, "unbound.conf")
	writeFile(t, conf, fmt.Sprintf("server:\n interface: 127.0.0.1@%d\n port: %d\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: %q\n pidfile: \"\"\n"+
		" use-syslog: no\n do-not-query-localhost: no\n module-config: \"iterator\"\n cache-min-ttl: %d\n access-control: 127.0.0.0/8 allow\n"+
		"remote-control:\n control-enable: no\nstub-zone:\n name: %q\n stub-addr: %s@%s\n", port, port, dir, floor, flownZone, host, number))
	p := s.start(t, filepath.Join(dir, "unbound.log"), exec.Command("unbound", "-d", "-c", conf))
	waitUntil(t, p, 20*time.Second, "unbound", func() bool { return knows(loopback(port), flownZone) })
	return loopback(port)
}

// knows reports whether a server has the addresses of a name.
func knows(server, name string) bool { return len(lookup(server, name)) > 0 }

// lookup asks a server for the IPv4 addresses of a name.
func lookup(server, name string) (list []string) {
	m := new(mdns.Msg)
	m.SetQuestion(name, mdns.TypeA)
	answer, _, err := (&mdns.Client{Timeout: time.Second}).Exchange(m, server)
	if err != nil {
		return nil
	}
	for _, rr := range answer.Answer {
		if a, ok := rr.(*mdns.A); ok {
			list = append(list, a.A.String())
		}
	}
	return list
}
