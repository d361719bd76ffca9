package serve

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHTTP2AndItsSlowReaders(t *testing.T) {
	s := bigSite(t, Config{Stall: 300 * time.Millisecond})
	secure, err := SelfSigned("localhost", t.TempDir(), quiet)
	check(t, err)
	address, _ := start(t, s, secure)
	var protocols http.Protocols
	protocols.SetHTTP2(true)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust(t, secure), Protocols: &protocols}}
	defer client.CloseIdleConnections()
	slow := get(t, client, "https://"+address+"/big.mp4") // its body is not read
	defer slow.Body.Close()
	resp := get(t, client, "https://"+address+"/")
	if resp.ProtoMajor != 2 || bodyOf(t, resp) != article {
		t.Errorf("protocol %s, want HTTP/2 and the page", resp.Proto)
	}
	eventually(t, "a reader who reads nothing is cut off", func() bool { return s.current.Load().users.Load() == 1 })
	if n, err := io.Copy(io.Discard, slow.Body); err == nil {
		t.Errorf("a reader who stalled got all %d bytes", n)
	}
}

// trust returns a client's configuration that believes the server's own
// certificate and nothing else.
func trust(t testing.TB, secure *tls.Config) *tls.Config {
	t.Helper()
	pair, err := secure.GetCertificate(&tls.ClientHelloInfo{})
	check(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

func TestCertificateFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	check(t, makeSelfSigned("one.example", cert, key))
	secure, err := CertFiles(cert, key, quiet)
	check(t, err)
	s := testServer(t)
	address, _ := start(t, s, secure)
	if got := nameServed(t, address); got != "one.example" {
		t.Fatalf("served %s, want one.example", got)
	}
	check(t, os.WriteFile(key, []byte("half of a new key"), 0o600))
	touched(t, key)
	if got := nameServed(t, address); got != "one.example" {
		t.Errorf("served %s while the files did not fit, want the old one", got)
	}
	check(t, makeSelfSigned("two.example", cert, key))
	eventually(t, "the new certificate is served", func() bool { return nameServed(t, address) == "two.example" })
}

// touched makes sure that a file's date differs, on coarse clocks too.
func touched(t testing.TB, name string) {
	t.Helper()
	later := time.Now().Add(time.Minute)
	check(t, os.Chtimes(name, later, later))
}

func nameServed(t testing.TB, address string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // to look at it, whoever vouches
	check(t, err)
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestCertificateFilesThatCannotServe(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	check(t, makeSelfSigned("one.example", in("1.crt"), in("1.key")))
	check(t, makeSelfSigned("two.example", in("2.crt"), in("2.key")))
	for _, c := range []struct{ name, cert, key, want string }{
		{"a key of another certificate", in("1.crt"), in("2.key"), "1.crt"},
		{"a file that is missing", in("none.crt"), in("1.key"), "none.crt"},
		{"the files the wrong way round", in("1.key"), in("1.crt"), "1.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := CertFiles(c.cert, c.key, quiet); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that names %s", err, c.want)
			}
		})
	}
}

func TestOurOwnCertificateIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := SelfSigned("127.0.0.1", dir, quiet)
	check(t, err)
	second, err := SelfSigned("127.0.0.1", dir, quiet)
	check(t, err)
	a, err := first.GetCertificate(&tls.ClientHelloInfo{})
	check(t, err)
	b, err := second.GetCertificate(&tls.ClientHelloInfo{})
	check(t, err)
	if !a.Leaf.Equal(b.Leaf) {
		t.Error("a second start made another certificate")
	}
	if err := a.Leaf.VerifyHostname("127.0.0.1"); err != nil {
		t.Errorf("the certificate does not fit its host: %v", err)
	}
}

func TestPlainHTTPIsSentOn(t *testing.T) {
	address := startHTTP(t, testServer(t))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp := get(t, client, "http://"+address+"/post/?p=1")
	wantHeaders(t, resp.Header, "Location: https://me.example:8443/post/?p=1")
	resp, err := client.Post("http://"+address+"/x", "text/plain", nil)
	check(t, err)
	if resp.StatusCode != 308 {
		t.Errorf("a form has status %d, want 308, which keeps it a form", resp.StatusCode)
	}
}
