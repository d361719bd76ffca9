package line

import (
	"bytes"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"buzzproof/internal/site"
)

// helloOf returns the first bytes that a TLS client says.
func helloOf(t testing.TB, c *tls.Config) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		_ = tls.Client(theirs, c).Handshake() // fails: nobody answers
	}()
	buf := make([]byte, 16<<10)
	n, err := ours.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

func TestAPrintIsTheLibraryAndNotTheVisit(t *testing.T) {
	browser := &tls.Config{ServerName: "blog.example.org", NextProtos: []string{"h2", "http/1.1"}}
	tests := []struct {
		name  string
		other *tls.Config
		same  bool
	}{
		{"another visit of the same", &tls.Config{ServerName: "blog.example.org", NextProtos: []string{"h2", "http/1.1"}}, true},
		{"the same at another name", &tls.Config{ServerName: "www.a-much-longer-name.example.net", NextProtos: []string{"h2", "http/1.1"}}, true},
		{"one who speaks HTTP/1.1 only", &tls.Config{ServerName: "blog.example.org", NextProtos: []string{"http/1.1"}}, false},
		{"one who knows other curves", &tls.Config{ServerName: "blog.example.org", NextProtos: browser.NextProtos, CurvePreferences: []tls.CurveID{tls.CurveP256}}, false},
		{"one who knows other ciphers", &tls.Config{ServerName: "blog.example.org", NextProtos: browser.NextProtos, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, false},
	}
	want := printOf(helloOf(t, browser))
	if want == 0 {
		t.Fatal("a browser has no print")
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := printOf(helloOf(t, test.other)); got == 0 || (got == want) != test.same {
				t.Errorf("print %x beside %x, want the same: %v", got, want, test.same)
			}
		})
	}
}

func TestWhatIsNoHelloHasNoPrint(t *testing.T) {
	for name, said := range map[string]string{
		"nothing":          "",
		"plain HTTP":       "GET / HTTP/1.1\r\nHost: blog.example.org\r\n\r\n",
		"an empty record":  "\x16\x03\x01\x00\x00",
		"half of a length": "\x16\x03\x01\xff",
	} {
		if got := printOf([]byte(said)); got != 0 {
			t.Errorf("%s has print %x", name, got)
		}
	}
}

func TestAPrintIsAMachinesWhenNoPersonHasIt(t *testing.T) {
	start := time.Date(2016, 9, 5, 22, 30, 0, 0, time.UTC)
	tests := []struct {
		name             string
		people, machines int
		later            time.Duration
		want             bool
	}{
		{"many machines", 0, 20, 0, true},
		{"a few machines", 0, 5, 0, false},
		{"many machines and one person", 1, 500, 0, false},
		{"the person was here an hour ago", 1, 20_000, time.Hour, true},
		{"the machines were here an hour ago", 0, 20, time.Hour, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := prints{}
			for range test.people {
				p.note(7, site.Person, start)
			}
			for range test.machines {
				p.note(7, site.Preview, start)
			}
			if got := p.machines(7, start.Add(test.later)); got != test.want {
				t.Errorf("machines: %v", got)
			}
		})
	}
}

func TestPrintsAreBounded(t *testing.T) {
	p, now := prints{}, time.Date(2016, 9, 5, 22, 30, 0, 0, time.UTC)
	for i := range 10 * mostPrints {
		now = now.Add(time.Second)
		p.note(print(i+1), site.Person, now)
	}
	if len(p) != mostPrints || p[print(10*mostPrints)] == nil {
		t.Errorf("%d prints are kept, the newest among them: %v", len(p), p[print(10*mostPrints)] != nil)
	}
}

func FuzzPrintOf(f *testing.F) {
	f.Add(helloOf(f, &tls.Config{ServerName: "a.example", NextProtos: []string{"h2"}}))
	f.Add([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		first := printOf(said)
		if printOf(said) != first {
			t.Error("the same hello has two prints")
		}
		if len(said) == 0 || said[0] != recordHandshake {
			if first != 0 {
				t.Error("what is no handshake has a print")
			}
			return
		}
		const random = 5 + 4 + 2 // behind the headers of record and message and the version
		other := bytes.Clone(said)
		for i := random; i < min(random+32, len(said)); i++ {
			other[i] ^= 0x5a
		}
		if printOf(other) != first {
			t.Error("the print depends on what is random")
		}
	})
}
