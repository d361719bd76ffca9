package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"buzzproof/internal/serve"
)

const certified = "blog.example.net"

// A real ACME authority visits the site by name, as it would over the Internet:
// its resolver says that every name is this machine, and it calls the ports
// that "up" listens on instead of 80 and 443.
func TestACertificateFromARealAuthority(t *testing.T) {
	for _, c := range []struct {
		name      string
		plainHTTP bool
	}{
		{"proved over TLS", false},
		{"proved over plain HTTP", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tlsPort, httpPort, nobodys := freePort(t), freePort(t), freePort(t)
			args := []string{"up", folder(t), "--listen", fmt.Sprintf("127.0.0.1:%d", tlsPort), "--tls", "auto", "--host", certified, "--state", t.TempDir()}
			var authority *pebble
			if c.plainHTTP {
				authority = startPebble(t, httpPort, nobodys)
				args = append(args, "--redirect-http", fmt.Sprintf("127.0.0.1:%d", httpPort))
			} else {
				authority = startPebble(t, nobodys, tlsPort)
			}
			out := startProgram(t, append(args, "--acme-ca", authority.directory, "--acme-root", authority.root))
			out.await(t, "ready https://127.0.0.1:")
			if got := visit(t, authority, tlsPort); got != "Hello, crowd" {
				t.Errorf("got %q over TLS, want the page", got)
			}
		})
	}
}

func TestAnAuthorityThatCannotReachUs(t *testing.T) {
	tlsPort := freePort(t)
	authority := startPebble(t, freePort(t), freePort(t)) // calls where nobody listens
	var out heard
	p := Program{Stderr: &out, Stdout: io.Discard, Args: []string{
		"up", folder(t), "--listen", fmt.Sprintf("127.0.0.1:%d", tlsPort), "--tls", "auto", "--host", certified,
		"--state", t.TempDir(), "--acme-ca", authority.directory, "--acme-root", authority.root,
	}}
	if status := p.Run(t.Context()); status != statusNetwork {
		t.Errorf("exit status %d, want %d", status, statusNetwork)
	}
	if text := out.String(); strings.Contains(text, "ready ") || !strings.Contains(text, "the name must lead to this machine") {
		t.Errorf("said %q, want what to do and no ready", text)
	}
}

type pebble struct {
	directory, root, roots string
	log                    *heard
}

// startPebble runs Let's Encrypt's test authority, all on this machine.
func startPebble(t *testing.T, httpPort, tlsPort int) *pebble {
	t.Helper()
	program := findPebble(t)
	dir := t.TempDir()
	_, err := serve.SelfSigned("127.0.0.1", dir, slog.New(slog.DiscardHandler)) // for its own https
	demand(t, err)
	cert, api, management := filepath.Join(dir, "127.0.0.1.crt"), freePort(t), freePort(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": fmt.Sprintf("127.0.0.1:%d", api), "managementListenAddress": fmt.Sprintf("127.0.0.1:%d", management),
		"certificate": cert, "privateKey": filepath.Join(dir, "127.0.0.1.key"),
		"httpPort": httpPort, "tlsPort": tlsPort, "keyAlgorithm": "ecdsa", "retryAfter": map[string]int{"authz": 1, "order": 1},
	}})
	demand(t, err)
	demand(t, os.WriteFile(filepath.Join(dir, "pebble.json"), config, 0o600))
	p := &pebble{
		directory: fmt.Sprintf("https://127.0.0.1:%d/dir", api),
		roots:     fmt.Sprintf("https://127.0.0.1:%d/roots/0", management),
		root:      cert, log: &heard{},
	}
	cmd := exec.Command(program, "-strict", "-config", filepath.Join(dir, "pebble.json"), "-dnsserver", startResolver(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	cmd.Stdout, cmd.Stderr = p.log, p.log
	demand(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		_ = cmd.Wait()
	})
	p.log.await(t, "ACME directory available at")
	return p
}

func findPebble(t *testing.T) string {
	t.Helper()
	name, err := exec.LookPath("pebble")
	if home, homeErr := os.UserHomeDir(); err != nil && homeErr == nil {
		name, err = exec.LookPath(filepath.Join(home, "go", "bin", "pebble"))
	}
	if err == nil {
		return name
	}
	const missing = "pebble is not installed: go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1"
	if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// startResolver answers every question for an IPv4 address with this machine's
// and all others with nothing. Pebble asks it over TCP, one question each.
func startResolver(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	demand(t, err)
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(enough))
				_ = answerOne(conn) // who asked sees that nothing came
			})
		}
	})
	t.Cleanup(func() { l.Close(); done.Wait() })
	return l.Addr().String()
}

// answerOne speaks DNS over TCP: each message follows its length.
func answerOne(conn net.Conn) error {
	var length uint16
	if err := binary.Read(conn, binary.BigEndian, &length); err != nil {
		return err
	}
	query := make([]byte, length)
	if _, err := io.ReadFull(conn, query); err != nil {
		return err
	}
	reply, err := resolve(query)
	if err != nil {
		return err
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
	return err
}

func resolve(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			})
		}
	}
	return m.Pack()
}

// visit reads the front page as a browser that trusts the authority.
func visit(t *testing.T, authority *pebble, port int) string {
	t.Helper()
	ownRoot, err := os.ReadFile(authority.root)
	demand(t, err)
	issued := fetch(t, authority.roots, pool(ownRoot), "")
	return fetch(t, fmt.Sprintf("https://%s:%d/", certified, port), pool([]byte(issued)), "127.0.0.1")
}

func pool(pem []byte) *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(pem)
	return p
}

// fetch gets a URL; with a host it dials that instead of the URL's.
func fetch(t *testing.T, url string, roots *x509.CertPool, host string) string {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	if host != "" {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(host, port))
		}
	}
	client := &http.Client{Transport: transport, Timeout: enough}
	resp, err := client.Get(url)
	demand(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	demand(t, err)
	return string(body)
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	demand(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte("Hello, crowd"), 0o644))
	return dir
}

// startProgram runs a command line until the test ends and returns its stderr.
func startProgram(t *testing.T, args []string) *heard {
	t.Helper()
	out := &heard{}
	p := Program{Args: args, Stdout: io.Discard, Stderr: out}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("exit status %d after an interrupt, want 0:\n%s", status, out)
		}
	})
	return out
}

// heard is what a program said so far.
type heard struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.buf.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.buf.String()
}

func (h *heard) await(t *testing.T, text string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(enough); !strings.Contains(h.String(), text); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %q:\n%s", text, h)
		}
	}
}

// freePort returns a port that was free a moment ago: pebble has to be told
// where it will find us before we are there.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	demand(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func demand(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
