package dnstest

import (
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strconv"
	"strings"
	"testing"

	wire "github.com/miekg/dns"

	"buzzproof/internal/dns"
)

// silence is the address of one who takes connections and says nothing.
func silence(t testing.TB) string {
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().String()
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// A Fault is what befalls a change on its way.
type Fault struct {
	Before func() // happens when it was sent and has not arrived
	Lose   bool   // it arrives, and its answer does not
}

func (f Fault) before() {
	if f.Before != nil {
		f.Before()
	}
}

// HTTP stands before a server. It returns its own address.
func HTTP(t testing.TB, address string, f Fault) string {
	proxy := &httputil.ReverseProxy{
		// The name asked for stays: signatures are over it.
		Rewrite: func(r *httputil.ProxyRequest) {
			if r.In.Method != http.MethodGet {
				f.before()
			}
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", address, r.In.Host
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ModifyResponse: func(r *http.Response) error {
			if f.Lose && r.Request.Method != http.MethodGet {
				return io.ErrUnexpectedEOF
			}
			return nil
		},
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// DNS stands before a name server, over TCP. It returns its own address.
func DNS(t testing.TB, address string, f Fault) string {
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.pass(c, address)
		}
	}()
	return l.Addr().String()
}

// pass carries question by question and answer by answer.
func (f Fault) pass(c net.Conn, address string) {
	defer c.Close()
	up, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer up.Close()
	for {
		question, err := message(c)
		if err != nil {
			return
		}
		update := int(question[4]>>3)&15 == wire.OpcodeUpdate
		if update {
			f.before()
		}
		if _, err := up.Write(question); err != nil {
			return
		}
		answer, err := message(up)
		if err != nil || f.Lose && update {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// message reads one with its length before it (RFC 1035 section 4.2.2).
func message(r io.Reader) ([]byte, error) {
	head := make([]byte, 2, 2+12)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	text := append(head, make([]byte, max(12, binary.BigEndian.Uint16(head)))...)
	_, err := io.ReadFull(r, text[2:])
	return text, err
}

// ZoneFile writes sets as a master file (RFC 1035 section 5), with the records
// that every zone has.
func ZoneFile(sets []dns.Set) string {
	var b strings.Builder
	b.WriteString("$TTL 7200\n" +
		Apex + " 7200 IN SOA ns." + Apex + " me." + Apex + " 1 3600 600 86400 1\n" +
		Apex + " 7200 IN NS ns." + Apex + "\nns." + Apex + " 7200 IN A 127.0.0.1\n")
	for _, s := range sets {
		for _, line := range Lines(s) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Lines are the records of a set, one a line. Some servers take no quotes
// around the parameters of an HTTPS record.
func Lines(s dns.Set) []string {
	lines := make([]string, len(s.Data))
	for i, data := range s.Data {
		if s.Type == "HTTPS" || s.Type == "SVCB" {
			data = strings.ReplaceAll(data, `"`, "")
		}
		lines[i] = s.Name + " " + strconv.FormatUint(uint64(s.TTL), 10) + " IN " + s.Type + " " + data
	}
	return lines
}
