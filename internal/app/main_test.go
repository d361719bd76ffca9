package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"

	"buzzproof/internal/sample"
)

// The scripts start this test binary under the program's name, so a script
// speaks to what a shell would speak to.
func TestMain(m *testing.M) {
	addTestKinds()
	testscript.Main(m, map[string]func(){
		"buzzproof": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			p := Program{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Machine: os.Getenv("MACHINE")}
			os.Exit(p.Run(ctx))
		},
		"nameserver":   nameServer,
		"zoneserver":   zoneServer,
		"refugeserver": refugeServer,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"get":     scriptGet,
			"ready":   scriptReady,
			"status":  scriptStatus,
			"await":   scriptAwait,
			"origin":  scriptOrigin,
			"expand":  scriptExpand,
			"machine": scriptMachine,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[originKey{}] = new(*httptest.Server)
			// Root may write even where a script has no home.
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			// Kernels are the script's own, not those of who runs it.
			env.Setenv("MACHINE", filepath.Join(env.WorkDir, ".machine"))
			env.Setenv("GOMODCACHE", filepath.Join(env.WorkDir, ".modules"))
			return nil
		},
	})
}

// originKey is what a script keeps its blog under.
type originKey struct{}

// scriptOrigin is "origin [BROKEN]...": the sample blog answers at $ORIGIN, and
// fails for the paths named. "! origin" ends it. It lives in the process of the
// tests, so that its pictures are drawn once for all scripts.
func scriptOrigin(ts *testscript.TestScript, neg bool, broken []string) {
	server := ts.Value(originKey{}).(**httptest.Server)
	if neg {
		(*server).CloseClientConnections()
		(*server).Close()
		return
	}
	blog := sample.New(sample.Options{Posts: 5}) // enough for every kind of address
	*server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(broken, r.URL.Path) {
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		blog.ServeHTTP(w, r)
	}))
	ts.Defer((*server).Close)
	ts.Setenv("ORIGIN", (*server).URL)
}

// nameServer is "nameserver NAME": it says that the name is this machine, for
// two hours, until it is interrupted.
func nameServer() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		if q.Question[0].Name == os.Args[1]+"." && q.Question[0].Qtype == dns.TypeA {
			head := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 7200}
			m.Answer = append(m.Answer, &dns.A{Hdr: head, A: net.IPv4(127, 0, 0, 1)})
		}
		_ = w.WriteMsg(m) // who asked has gone
	})}
	fmt.Fprintf(os.Stderr, "ready %s\n", conn.LocalAddr())
	context.AfterFunc(ctx, func() { _ = server.Shutdown() })
	_ = server.ActivateAndServe()
}

// enough is how long a script waits for what should happen by itself.
const enough = time.Minute

// scriptReady is "ready FILE VAR": it waits for the line "ready URL" in a file
// that a program writes to, and keeps the URL in a variable.
func scriptReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ready FILE VAR")
	}
	line := await(ts, args[0], "ready ")
	url, _, _ := strings.Cut(line[strings.Index(line, "ready ")+len("ready "):], "\n")
	ts.Setenv(args[1], url)
}

// scriptAwait is "await FILE TEXT": it waits until the text stands in the file.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE TEXT")
	}
	await(ts, args[0], args[1])
}

func await(ts *testscript.TestScript, name, text string) string {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(enough); time.Now().Before(end); <-tick.C {
		raw, err := os.ReadFile(ts.MkAbs(name))
		if at := bytes.Index(raw, []byte(text)); err == nil && at >= 0 && bytes.IndexByte(raw[at:], '\n') >= 0 {
			return string(raw)
		}
	}
	ts.Fatalf("waited in vain for %q in %s:\n%s", text, name, ts.ReadFile(name))
	return ""
}

// scriptStatus is "status N COMMAND...": it runs a command that must exit so.
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit status is %s, want %s", got, args[0])
	}
}

// scriptGet is "get [-X METHOD] [-H 'NAME: VALUE']... URL": it writes the
// answer to stdout as curl -i does, redirects not followed, any certificate
// believed.
func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	flags := flag.NewFlagSet("get", flag.ContinueOnError)
	method := flags.String("X", "GET", "")
	header := http.Header{}
	flags.Func("H", "", func(line string) error {
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
		return nil
	})
	ts.Check(flags.Parse(args))
	r, err := http.NewRequest(*method, flags.Arg(0), nil)
	ts.Check(err)
	r.Header = header
	transport := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // scripts have nobody to vouch
	}
	resp, err := transport.RoundTrip(r)
	if neg {
		if err == nil {
			ts.Fatalf("got status %d, want no answer", resp.StatusCode)
		}
		return
	}
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	ts.Check(err)
	out := &bytes.Buffer{}
	fmt.Fprintf(out, "%s %s\n", resp.Proto, resp.Status)
	ts.Check(resp.Header.Write(out))
	fmt.Fprintf(out, "\n%s", body)
	_, err = ts.Stdout().Write(out.Bytes())
	ts.Check(err)
}
