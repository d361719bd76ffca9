package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// The scripts know a zone that is a file and a refuge that is a folder, so that
// they can say what the commands do without any provider.
func addTestKinds() {
	dnsKinds["file"] = by(func(c fileZone) (dns.Zone, error) {
		if c.Secret.IsZero() {
			return nil, errors.New("file: it needs secret")
		}
		return &c, nil
	})
	refugeKinds["test"] = by(func(c testRefuge) (refuge.Refuge, error) { return &c, nil })
}

// A fileZone is a list of sets in JSON.
type fileZone struct {
	File   string      `toml:"file"`
	Secret secret.Text `toml:"secret"`
}

func (z *fileZone) read() (sets []dns.Set, err error) {
	raw, err := os.ReadFile(z.File)
	if err == nil {
		err = json.Unmarshal(raw, &sets)
	}
	return sets, err
}

func (z *fileZone) Atomic() bool { return true }

func (z *fileZone) Sets(_ context.Context, names []string) ([]dns.Set, error) {
	sets, err := z.read()
	return slices.DeleteFunc(sets, func(s dns.Set) bool { return s.Type == "TXT" || !slices.Contains(names, s.Name) }), err
}

func (z *fileZone) Apply(_ context.Context, c dns.Change) error {
	sets, err := z.read()
	if err != nil {
		return err
	}
	find := func(want dns.Set) dns.Set {
		for _, s := range sets {
			if s.Name == want.Name && s.Type == want.Type {
				return s
			}
		}
		return dns.Set{Name: want.Name, Type: want.Type}
	}
	found := make([]dns.Set, len(c.Before))
	isBefore := true
	for i, b := range c.Before {
		found[i] = find(b)
		isBefore = isBefore && slices.Equal(found[i].Data, b.Data) && found[i].TTL == b.TTL
	}
	if !isBefore {
		return &dns.Changed{Want: c.Before, Found: found}
	}
	for _, a := range c.After {
		sets = slices.DeleteFunc(sets, func(s dns.Set) bool { return s.Name == a.Name && s.Type == a.Type })
		if len(a.Data) > 0 {
			sets = append(sets, a)
		}
	}
	raw, err := json.MarshalIndent(sets, "", " ")
	if err == nil {
		err = os.WriteFile(z.File, append(raw, '\n'), 0o600)
	}
	return err
}

// A testRefuge keeps what was pushed in a folder, from which refugeServer
// answers while there is a file "runs" in it.
type testRefuge struct {
	Dir  string `toml:"dir"`
	Base string `toml:"base"`
}

func (r *testRefuge) Check(context.Context) []site.Finding {
	return []site.Finding{{About: "refuge", OK: true, Found: "it is a folder"}}
}

func (r *testRefuge) Push(_ context.Context, t refuge.Tree, _ func(done, total int64)) error {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return err
	}
	for _, o := range t.Objects {
		if o.Digest == "" {
			continue
		}
		body, err := t.Open(o)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close(), os.WriteFile(filepath.Join(r.Dir, o.Digest), data, 0o644)); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(t.Objects)
	return errors.Join(err, os.WriteFile(filepath.Join(r.Dir, "objects"), raw, 0o644))
}

func (r *testRefuge) Place(context.Context) (refuge.Place, error) {
	p, _ := r.Foresee()
	return p, os.WriteFile(filepath.Join(r.Dir, "runs"), nil, 0o644)
}

func (r *testRefuge) Foresee() (refuge.Place, bool) {
	return refuge.Place{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.3")}, Base: r.Base}, true
}

func (r *testRefuge) Leave(_ context.Context, keep bool) error {
	if keep {
		return os.Remove(filepath.Join(r.Dir, "runs"))
	}
	return os.RemoveAll(r.Dir)
}

func (r *testRefuge) Cost() refuge.Cost {
	return refuge.Cost{Hour: 0.02, GB: 0.09, Listed: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Source: "the corner shop"}
}

// refugeServer is "refugeserver DIR": the web server of a testRefuge.
func refugeServer() {
	dir := os.Args[1]
	serveUntilInterrupted("127.0.0.3:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var objects []refuge.Object
		raw, err := os.ReadFile(filepath.Join(dir, "objects"))
		_, runs := os.Stat(filepath.Join(dir, "runs"))
		if err := cmp.Or(err, runs, json.Unmarshal(raw, &objects)); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		u, _ := url.ParseRequestURI(r.RequestURI)
		i := slices.IndexFunc(objects, func(o refuge.Object) bool { return o.Key == site.Key(u) })
		if i < 0 || objects[i].Status == http.StatusNotFound {
			i = slices.IndexFunc(objects, func(o refuge.Object) bool { return o.Status == http.StatusNotFound })
		}
		if i < 0 {
			http.NotFound(w, r)
			return
		}
		o := objects[i]
		w.Header().Set("Cache-Control", o.Cache)
		if o.Location != "" {
			w.Header().Set("Location", o.Location)
			w.WriteHeader(o.Status)
			return
		}
		data, _ := os.ReadFile(filepath.Join(dir, o.Digest))
		w.Header().Set("Content-Type", o.Type)
		w.WriteHeader(o.Status)
		_, _ = w.Write(data)
	}))
}

// answerFrom puts in what the sets say of a name; a resolver goes on at an alias.
func answerFrom(m *mdns.Msg, sets []dns.Set, name, kind string, resolver bool) {
	for _, s := range sets {
		if s.Name != name || s.Type != kind && s.Type != "CNAME" {
			continue
		}
		for _, data := range s.Data {
			if rr, err := mdns.NewRR(fmt.Sprintf("%s %d IN %s %s", s.Name, s.TTL, s.Type, data)); err == nil {
				m.Answer = append(m.Answer, rr)
			}
		}
		if s.Type == "CNAME" && resolver {
			answerFrom(m, sets, s.Data[0], kind, true)
		}
	}
}

func serveUntilInterrupted(address string, h http.Handler) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "ready http://%s\n", l.Addr())
	server := &http.Server{Handler: h, ReadTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	_ = server.Serve(l)
}

// zoneServer is "zoneserver FILE ZONE": the name server of a fileZone.
func zoneServer() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	zone := &fileZone{File: os.Args[1]}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := &mdns.Server{PacketConn: conn, Handler: mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		m := new(mdns.Msg)
		m.SetReply(q)
		sets, _ := zone.read()
		answerFrom(m, sets, q.Question[0].Name, mdns.TypeToString[q.Question[0].Qtype], q.RecursionDesired)
		if soa, err := mdns.NewRR(os.Args[2] + " 60 IN SOA ns.example.org. me.example.org. 1 60 60 60 60"); err == nil && len(m.Answer) == 0 {
			m.Ns = append(m.Ns, soa)
		}
		_ = w.WriteMsg(m) // who asked has gone
	})}
	fmt.Fprintf(os.Stderr, "ready %s\n", conn.LocalAddr())
	context.AfterFunc(ctx, func() { _ = server.Shutdown() })
	_ = server.ActivateAndServe()
}

// scriptExpand is "expand FILE...": it puts the values of $VARIABLES into files.
func scriptExpand(ts *testscript.TestScript, neg bool, files []string) {
	if neg || len(files) == 0 {
		ts.Fatalf("usage: expand FILE...")
	}
	for _, file := range files {
		text := os.Expand(ts.ReadFile(file), func(name string) string {
			value := ts.Getenv(name)
			return strings.TrimPrefix(value, "http://")
		})
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

func TestTimesOfDayAreTheNextOnes(t *testing.T) {
	now := time.Date(2026, 9, 5, 19, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name, text string
		want       time.Time
		wrong      bool
	}{
		{"none", "", time.Time{}, false},
		{"later today", "19:45", time.Date(2026, 9, 5, 19, 45, 0, 0, time.UTC), false},
		{"already past: tomorrow", "19:15", time.Date(2026, 9, 6, 19, 15, 0, 0, time.UTC), false},
		{"this minute: tomorrow", "19:30", time.Date(2026, 9, 6, 19, 30, 0, 0, time.UTC), false},
		{"to the second", "19:30:01", time.Date(2026, 9, 5, 19, 30, 1, 0, time.UTC), false},
		{"no time", "quarter to eight", time.Time{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := whenOf(c.text, now)
			if !got.Equal(c.want) || (err != nil) != c.wrong {
				t.Errorf("whenOf(%q) = %v, %v; want %v", c.text, got, err, c.want)
			}
		})
	}
}
