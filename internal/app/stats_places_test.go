package app

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"buzzproof/internal/recorder"
	"buzzproof/internal/tally"
)

// An mmdb writes MaxMind's format as far as a test needs it: one network of
// IPv4, everything below it with one record.
type mmdb struct{ bytes.Buffer }

func (m *mmdb) text(s string) {
	if len(s) < 29 {
		m.WriteByte(2<<5 | byte(len(s)))
	} else { // what is longer has its length in a byte of its own
		m.Write([]byte{2<<5 | 29, byte(len(s) - 29)})
	}
	m.WriteString(s)
}

func (m *mmdb) object(n int) { m.WriteByte(7<<5 | byte(n)) }

func (m *mmdb) number(kind byte, n uint32) { // kinds 5 and 6: 16 and 32 bits
	m.WriteByte(kind<<5 | 4)
	m.Write(binary.BigEndian.AppendUint32(nil, n))
}

// writeMMDB writes a database in which 192.0.2.0/24 has the record.
func writeMMDB(t *testing.T, record func(*mmdb)) string {
	t.Helper()
	const bits, separator = 24, 16
	var m mmdb
	network := uint32(192<<16 | 0<<8 | 2)
	for i := range bits { // a node for each bit: left for 0, right for 1
		next, none := uint32(i+1), uint32(bits)
		if i == bits-1 {
			next = bits + separator // the first byte of the data
		}
		pair := [2]uint32{none, none}
		pair[network>>(bits-1-i)&1] = next
		for _, n := range pair {
			m.Write([]byte{byte(n >> 16), byte(n >> 8), byte(n)})
		}
	}
	m.Write(make([]byte, separator))
	record(&m)
	m.WriteString("\xab\xcd\xefMaxMind.com")
	m.object(6)
	for _, field := range []struct {
		name string
		n    uint32
	}{{"node_count", bits}, {"record_size", 24}, {"ip_version", 4}, {"binary_format_major_version", 2}, {"binary_format_minor_version", 0}} {
		m.text(field.name)
		m.number(6, field.n)
	}
	m.text("database_type")
	m.text("Test")
	file := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(file, m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPlacesAreFoundInEveryDatabase(t *testing.T) {
	country := writeMMDB(t, func(m *mmdb) {
		m.object(1)
		m.text("country")
		m.object(2)
		m.text("iso_code")
		m.text("FR")
		m.text("names")
		m.object(1)
		m.text("en")
		m.text("France")
	})
	code := writeMMDB(t, func(m *mmdb) {
		m.object(1)
		m.text("country_code")
		m.text("DE")
	})
	network := writeMMDB(t, func(m *mmdb) {
		m.object(2)
		m.text("autonomous_system_number")
		m.number(6, 64496)
		m.text("autonomous_system_organization")
		m.text("Example")
	})
	for _, c := range []struct {
		name, client     string
		files            []string
		country, network string
	}{
		{"a country by name", "192.0.2.7", []string{country}, "France", ""},
		{"a country by its code", "192.0.2.7", []string{code}, "DE", ""},
		{"both", "192.0.2.7", []string{country, network}, "France", "AS64496 Example"},
		{"an address that is in none", "198.51.100.7", []string{country, network}, "", ""},
		{"a name", "h.example", []string{country}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := openPlaces(c.files)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if country, network := p.Locate(c.client); country != c.country || network != c.network {
				t.Errorf("%s is in %q, %q", c.client, country, network)
			}
		})
	}
	log := filepath.Join(t.TempDir(), "access.log")
	line := `192.0.2.7 - - [05/Sep/2016:22:31:00 +0000] "GET / HTTP/1.1" 200 5` + "\n"
	if err := os.WriteFile(log, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := Program{Args: []string{"stats", log, "--mmdb", country, "--mmdb", network, "--csv", "--quiet"}, Stdout: &out, Stderr: &out}
	if status := p.Run(t.Context()); status != 0 || !bytes.Contains(out.Bytes(), []byte("countries,France,1,1,5,")) || !bytes.Contains(out.Bytes(), []byte("networks,AS64496 Example,1,1,5,")) {
		t.Errorf("status %d:\n%s", status, out.String())
	}
}

func TestAServerCountsItsVisitorsByPlace(t *testing.T) {
	country := writeMMDB(t, func(m *mmdb) {
		m.object(1)
		m.text("country_code")
		m.text("DE")
	})
	there, err := openPlaces([]string{country})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	log := slog.New(slog.DiscardHandler)
	k, err := newDoorkeeper(t.TempDir(), time.Hour, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWatchman(t.TempDir(), "https://blog.example.org/", k, watchOptions{keep: true, zone: time.UTC, config: &config{}, places: there}, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"192.0.2.7", "198.51.100.7"} {
		w.record(recorder.Hit{At: time.Now(), Address: netip.MustParseAddr(address), Kind: recorder.Page, Status: 200, Key: "/"})
	}
	for _, m := range w.recorder.Take() {
		if got := m.Panels[tally.Countries].At("DE").Total().Hits; got != 1 {
			t.Errorf("%d hits from where the database knows, want 1", got)
		}
	}
}
