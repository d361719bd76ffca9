package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"buzzproof/internal/sample"
)

// Home and refuge listen on the same port of two addresses, so that the name
// alone decides where a visitor comes.
const (
	homeAddress   = "127.0.0.2"
	refugeAddress = "127.0.0.3"
)

// A flight is a site at home, a refuge and a zone, all real.
type flight struct {
	*nameServer
	store string
	port  int
	site  string // the public URL, without a slash at its end
	home  *process
	disk  string // what the refuge keeps the site on
	s3    *s3Server
	host  *sshHost
	spot  refugeSpec
	took  time.Duration // the longest way there
}

// newFlight freezes a small blog, serves it at home, and readies a refuge.
func newFlight(t *testing.T, s *stage, posts int, names func(testing.TB, *stage, string) *nameServer, refuge asylum) *flight {
	t.Helper()
	f := &flight{store: filepath.Join(s.subfolder(t, "copy"), "site"), port: freePort(t)}
	f.site = fmt.Sprintf("http://%s:%d", s3Host, f.port)
	origin := httptest.NewServer(sample.New(sample.Options{Posts: posts}))
	t.Cleanup(origin.Close)
	run(t, exec.Command(buzzproof(t), "freeze", origin.URL, "--as", f.site, "-o", f.store, fmt.Sprintf("--lighten=%t", refuge.light), "--quiet"))
	log := filepath.Join(s.subfolder(t, "home"), "up.log")
	f.home = s.start(t, log, exec.Command(buzzproof(t), "up", f.store, "--listen", fmt.Sprintf("%s:%d", homeAddress, f.port),
		"--lighten=false", "--uplink", "none", "--ban", "0", "--quiet"))
	waitUntil(t, f.home, 20*time.Second, "up", func() bool {
		text, _ := os.ReadFile(log)
		return strings.Contains(string(text), "ready ")
	})
	refuge.ready(t, s, f)
	f.nameServer = names(t, s, homeAddress)
	return f
}

// startWebsite starts an S3 server whose websites are at an address.
func startWebsite(t testing.TB, s *stage, root, web string) *s3Server {
	t.Helper()
	need(t, "an S3 server", "versitygw")
	side, api := s.subfolder(t, "s3-meta"), freePort(t)
	v := &s3Server{dir: filepath.Join(root, s3Host)}
	v.BucketConfig = refugeSpec{Endpoint: "http://" + loopback(api), Bucket: s3Host, Base: "http://" + web}.bucket()
	v.command = func() *exec.Cmd {
		return exec.Command("versitygw", "--port", loopback(api), "--website", web, "--website-no-tls", "--keep-alive",
			"--access", "planted-s3-key", "--secret", s3Secret, "--quiet", "posix", "--sidecar", side, root)
	}
	v.start(t, s)
	v.publish(t)
	return v
}

// spec is a process that evacuates this site.
func (f *flight) spec(state string, resolvers ...string) tripSpec {
	return tripSpec{
		State: state, Store: f.store, Home: fmt.Sprintf("%s:%d", homeAddress, f.port), Zone: f.nameServer.spec,
		Refuge: f.spot, Authority: f.address, Resolvers: resolvers,
	}
}

// A reader asks for the site by its name, through one name server, again and
// again, and counts.
type reader struct {
	asked, failed, away atomic.Int64
	mu                  sync.Mutex
	first               string // what failed first
}

// read asks until ctx ends.
func (r *reader) read(ctx context.Context, f *flight, resolver string) {
	for i := 0; ctx.Err() == nil; i++ {
		name := []string{flownZone, "www." + flownZone}[i%2]
		addresses := lookup(resolver, name)
		if len(addresses) == 0 {
			r.fail(fmt.Sprintf("%s does not know %s", resolver, name))
			continue
		}
		r.get(f, addresses[0])
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (r *reader) get(f *flight, address string) {
	r.asked.Add(1)
	if address == refugeAddress {
		r.away.Add(1)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("%s:%d", address, f.port))
		},
	}}
	resp, err := client.Get(f.site + "/")
	if err != nil {
		r.fail(err.Error())
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || len(body) < 500 {
		r.fail(fmt.Sprintf("%s answers %d with %d bytes, %v", address, resp.StatusCode, len(body), err))
	}
}

func (r *reader) fail(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed.Add(1) == 1 {
		r.first = why
	}
}

// start reads in the background until the function that is returned is called.
func (r *reader) start(t *testing.T, f *flight, resolver string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { r.read(ctx, f, resolver) })
	return func() { cancel(); wg.Wait() }
}
