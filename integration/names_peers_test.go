package integration

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
	"buzzproof/internal/secret"
)

const (
	// plantedTSIG and plantedKey must be in nothing that is said.
	plantedTSIG = "cGxhbnRlZC1zZWNyZXQtb2YtdGhlLXpvbmU="
	otherTSIG   = "YW5vdGhlciBzZWNyZXQsIG9mIHNvbWVib2R5IGVsc2U="
	plantedKey  = "planted-key-of-powerdns"
)

// bindPeer starts named with the zone of the suite, which two keys may change:
// "buzzproof" and, for somebody else, "other".
func bindPeer(t testing.TB, s *stage) dnstest.Peer {
	return bindWith(t, s, "allow-update { key buzzproof; key other; };")
}

// bindWith starts it with a rule of who may change what.
func bindWith(t testing.TB, s *stage, rule string) dnstest.Peer {
	t.Helper()
	need(t, "BIND", "named")
	dir, port := s.subfolder(t, "named"), freePort(t)
	writeFile(t, filepath.Join(dir, "zone"), dnstest.ZoneFile(dnstest.Zone()))
	writeFile(t, filepath.Join(dir, "named.conf"), fmt.Sprintf(`
key buzzproof { algorithm hmac-sha256; secret %q; };
key other { algorithm hmac-sha512; secret %q; };
options { directory %q; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;
  pid-file "named.pid"; session-keyfile "session.key"; allow-transfer { any; }; };
controls { };
zone %q { type primary; file "zone"; %s };
`, plantedTSIG, otherTSIG, dir, port, dnstest.Apex, rule))
	p := s.start(t, filepath.Join(dir, "named.log"), exec.Command("named", "-g", "-n", "1", "-c", filepath.Join(dir, "named.conf")))
	waitUntil(t, p, 20*time.Second, "named", func() bool { return answersFor(loopback(port), dnstest.Apex) })
	return dnstest.Peer{
		Open: func(address string, right bool) dns.Zone {
			key := plantedTSIG
			if !right {
				key = "d3Jvbmcga2V5"
			}
			return updated(t, address, "buzzproof", key, "hmac-sha256")
		},
		Address: loopback(port), Proxy: dnstest.DNS, Compares: true,
		Dump:    func() string { return transferred(t, loopback(port)) },
		Meddle:  func(set dns.Set) { replaceByUpdate(t, loopback(port), set) },
		Secrets: []string{plantedTSIG, otherTSIG, "planted-secret"},
	}
}

// updated opens the zone of the suite at a server that takes updates.
func updated(t testing.TB, address, key, value, algorithm string) dns.Zone {
	t.Helper()
	z, err := dns.NewRFC2136(dns.RFC2136Config{
		Common: dns.Common{Zone: dnstest.Apex}, Server: address, Key: key, Secret: secret.Of(value), Algorithm: algorithm,
	})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// replaceByUpdate makes a set what somebody else likes.
func replaceByUpdate(t testing.TB, address string, set dns.Set) {
	t.Helper()
	m := new(wire.Msg).SetUpdate(dnstest.Apex)
	m.RemoveRRset([]wire.RR{&wire.ANY{Hdr: wire.RR_Header{Name: set.Name, Rrtype: wire.StringToType[set.Type]}}})
	for _, line := range dnstest.Lines(set) {
		rr, err := wire.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		m.Insert([]wire.RR{rr})
	}
	m.SetTsig("other.", wire.HmacSHA512, 300, time.Now().Unix())
	client := &wire.Client{Net: "tcp", TsigSecret: map[string]string{"other.": otherTSIG}}
	answer, _, err := client.Exchange(m, address)
	if err != nil || answer.Rcode != wire.RcodeSuccess {
		t.Fatalf("update: %v, %v", answer, err)
	}
}

// transferred is everything in the zone but the serial, by a zone transfer.
func transferred(t testing.TB, address string) string {
	t.Helper()
	m := new(wire.Msg)
	m.SetAxfr(dnstest.Apex)
	envelopes, err := new(wire.Transfer).In(m, address)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for e := range envelopes {
		if e.Error != nil {
			t.Fatal(e.Error)
		}
		for _, rr := range e.RR {
			if rr.Header().Rrtype != wire.TypeSOA {
				lines = append(lines, rr.String())
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A powerPeer is a PowerDNS with the zone of the suite.
type powerPeer struct {
	dnstest.Peer
	dns string // where it answers questions, as HOST:PORT
	dir string // of its configuration
}

// powerdnsPeer starts pdns_server with its backend in SQLite and its HTTP API.
func powerdnsPeer(t testing.TB, s *stage) powerPeer {
	t.Helper()
	need(t, "PowerDNS", "pdns_server", "pdnsutil", "sqlite3")
	dir, port, api := s.subfolder(t, "powerdns"), freePort(t), freePort(t)
	db := filepath.Join(dir, "pdns.sqlite3")
	run(t, exec.Command("sqlite3", db, ".read /usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql"))
	writeFile(t, filepath.Join(dir, "pdns.conf"), fmt.Sprintf("launch=gsqlite3\ngsqlite3-database=%s\nlocal-address=127.0.0.1\nlocal-port=%d\n"+
		"socket-dir=%s\napi=yes\napi-key=%s\nwebserver=yes\nwebserver-address=127.0.0.1\nwebserver-port=%d\nallow-axfr-ips=127.0.0.0/8\n"+
		"zone-cache-refresh-interval=0\n", db, port, dir, plantedKey, api))
	zone := filepath.Join(dir, "zone")
	writeFile(t, zone, dnstest.ZoneFile(dnstest.Zone()))
	pdnsutil := func(args ...string) string {
		return string(run(t, exec.Command("pdnsutil", append([]string{"--config-dir=" + dir}, args...)...)))
	}
	pdnsutil("load-zone", strings.TrimSuffix(dnstest.Apex, "."), zone)
	p := s.start(t, filepath.Join(dir, "pdns.log"), exec.Command("pdns_server", "--config-dir="+dir, "--daemon=no", "--guardian=no", "--disable-syslog"))
	waitUntil(t, p, 20*time.Second, "pdns_server", func() bool { return answersFor(loopback(port), dnstest.Apex) && listens(api) })
	return powerPeer{dns: loopback(port), dir: dir, Peer: dnstest.Peer{
		Open: func(address string, right bool) dns.Zone {
			key := plantedKey
			if !right {
				key = "wrong"
			}
			return overAPI(t, address, key)
		},
		Address: loopback(api), Proxy: dnstest.HTTP, Secrets: []string{plantedKey},
		Dump: func() string { return withoutSerial(pdnsutil("list-zone", dnstest.Apex)) },
		Meddle: func(set dns.Set) {
			name := cmp.Or(strings.TrimSuffix(strings.TrimSuffix(set.Name, dnstest.Apex), "."), "@")
			if len(set.Data) == 0 {
				pdnsutil("delete-rrset", dnstest.Apex, name, set.Type)
				return
			}
			pdnsutil(append([]string{"replace-rrset", dnstest.Apex, name, set.Type, strconv.Itoa(int(set.TTL))}, set.Data...)...)
		},
	}}
}

// overAPI opens the zone of the suite at a PowerDNS.
func overAPI(t testing.TB, address, key string) dns.Zone {
	t.Helper()
	z, err := dns.NewPowerDNS(dns.PowerDNSConfig{Common: dns.Common{Zone: dnstest.Apex}, URL: "http://" + address, Key: secret.Of(key)})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// withoutSerial is a listing in one order, without what counts changes.
func withoutSerial(list string) string {
	lines := strings.Split(strings.TrimSpace(list), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "\tSOA\t") || strings.HasPrefix(l, "$") })
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// answersFor reports whether a server knows an address of a name.
func answersFor(server, name string) bool {
	m := new(wire.Msg).SetQuestion(name, wire.TypeA)
	answer, _, err := (&wire.Client{Timeout: time.Second}).Exchange(m, server)
	return err == nil && len(answer.Answer) > 0
}
