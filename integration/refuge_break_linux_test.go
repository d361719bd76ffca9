package integration

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	numbers "math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	kgzip "github.com/klauspost/compress/gzip"
	"golang.org/x/crypto/ssh"

	"buzzproof/internal/refuge"
	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// severing relays connections and cuts each once it has carried so many bytes
// towards the target; 0 cuts none.
func severing(t *testing.T, target string, after *atomic.Int64) string {
	t.Helper()
	return relaying(t, target, func(out io.Writer, in io.Reader) {
		if n := after.Load(); n > 0 {
			_, _ = io.CopyN(out, in, n)
			return
		}
		_, _ = io.Copy(out, in)
	})
}

// relaying relays connections to a target; carry does so towards it, and where
// it returns the connection ends.
func relaying(t *testing.T, target string, carry func(out io.Writer, in io.Reader)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer in.Close()
				out, err := net.Dial("tcp", target)
				if err != nil {
					return
				}
				defer out.Close()
				go func() { _, _ = io.Copy(in, out) }()
				carry(out, in)
			}()
		}
	}()
	return l.Addr().String()
}

func TestAMachineThatIsNotPinnedIsRefused(t *testing.T) {
	s := newStage(t)
	h := startSSHHost(t, s)
	h.Program = buzzproof(t)
	raw, err := os.ReadFile(h.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	_, _, key, _, _, err := ssh.ParseKnownHosts(raw)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(s.subfolder(t, "other"), "key")
	foreign := newSSHKey(t, other)
	otherKey, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, known, fingerprint string
		key                      secret.Text
		want                     string // "" if it is let in
	}{
		{"known by a file", string(raw), "", h.Key, ""},
		{"known by its fingerprint", "", ssh.FingerprintSHA256(key), h.Key, ""},
		{"in no file", "", "", h.Key, "set host_key = \"" + ssh.FingerprintSHA256(key)},
		{"with another key than in the file", strings.Replace(string(raw), string(raw[strings.Index(string(raw), "ssh-ed25519"):]), string(ssh.MarshalAuthorizedKey(foreign)), 1), "", h.Key, "take the old line out"},
		{"with another fingerprint", "", ssh.FingerprintSHA256(foreign), h.Key, "is expected"},
		{"with a key that it does not take", string(raw), "", secret.Of(string(otherKey)), "unable to authenticate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := h.HostConfig
			config.KnownHosts, config.HostKey, config.Key = filepath.Join(t.TempDir(), "known"), c.fingerprint, c.key
			writeFile(t, config.KnownHosts, c.known)
			found := opened(t, refuge.NewHost, config).Check(t.Context())[0]
			if found.OK != (c.want == "") || !strings.Contains(found.Found, c.want) {
				t.Errorf("it says %+v, want %q", found, c.want)
			}
		})
	}
}

func TestAPushOverSSHThatIsCutGoesOn(t *testing.T) {
	s := newStage(t)
	h := startSSHHost(t, s)
	r := openHost(t, h.HostConfig)
	f := newFledSite(t, s)
	first := f.tree(t)
	moved(t, r, first)
	answersAs(t, r, first)

	const files, each = 40, 300_000
	for i := range files {
		f.put(fmt.Sprintf("/big/%d.bin", i), fmt.Sprintf("big/%d.bin", i), "application/octet-stream", noise(each+i))
	}
	second := f.tree(t)
	var after atomic.Int64
	after.Store(files * each * 2 / 3)
	config := h.HostConfig
	config.Program = buzzproof(t)
	config.Address = severing(t, h.Address, &after)
	config.HostKey = fingerprintOf(t, h)
	cut := opened(t, refuge.NewHost, config)
	if err := cut.Push(t.Context(), second, nil); err == nil || !strings.Contains(err.Error(), "cut") {
		t.Fatalf("a push that was cut: %v", err)
	}
	answersAs(t, r, first) // nothing of it can be seen
	after.Store(0)
	if got := moved(t, cut, second); got == 0 || got > files*each*3/4 { // some was on its way
		t.Errorf("the push that went on brought %d bytes of %d", got, files*each)
	}
	answersAs(t, r, second)
}

func TestAFullDiskAtTheMachineLeavesWhatIsThere(t *testing.T) {
	for _, c := range []struct {
		name, options, want string
		roomy               bool // as far as can be told in advance
	}{
		{"as it says beforehand", "size=100m", "the disk is too full", false},
		{"in the middle", "size=1g,nr_inodes=60", "No space left", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			h := startSSHHost(t, s)
			if err := os.Mkdir(h.Dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("tmpfs", h.Dir, "tmpfs", 0, c.options); err != nil {
				t.Skipf("a small disk needs root: %v", err)
			}
			s.atEnd(func() { _ = syscall.Unmount(h.Dir, syscall.MNT_DETACH) })
			config := h.HostConfig
			config.Program = buzzproof(t)
			r := opened(t, refuge.NewHost, config)
			t.Cleanup(func() { _ = r.Leave(context.WithoutCancel(t.Context()), true) })
			f := newFledSite(t, s)
			first := f.tree(t)
			moved(t, r, first)
			answersAs(t, r, first)
			for i := range 50 {
				f.put(fmt.Sprintf("/big/%d.bin", i), fmt.Sprintf("big/%d.bin", i), "application/octet-stream", noise(1<<20+i))
			}
			tree := f.tree(t)
			foretold := r.(interface {
				Room(context.Context, refuge.Tree) site.Finding
			}).Room(t.Context(), tree)
			if foretold.OK != c.roomy || foretold.OK == (foretold.Mend != "") {
				t.Errorf("in advance it is said: %+v", foretold)
			}
			err := r.Push(t.Context(), tree, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("push to a full disk: %v, want %q", err, c.want)
			}
			answersAs(t, r, first)
		})
	}
}

func TestAReleaseThatDoesNotAnswerIsTakenBack(t *testing.T) {
	s := newStage(t)
	h := startSSHHost(t, s)
	r := openHost(t, h.HostConfig)
	f := newFledSite(t, s)
	first := f.tree(t)
	moved(t, r, first)
	answersAs(t, r, first)
	f.put("/about/", "about/index.html", "text/html; charset=utf-8", "<!doctype html><p>changed")
	broken := h.HostConfig
	broken.Program = "/bin/false"
	err := opened(t, refuge.NewHost, broken).Push(t.Context(), f.tree(t), nil)
	if err == nil || !strings.Contains(err.Error(), "the release before it answers again") {
		t.Fatalf("a program that ends at once: %v", err)
	}
	answersAs(t, r, first)
}

func TestAMachineThatIsDimmedSendsItsLightestPages(t *testing.T) {
	s := newStage(t)
	r := openHost(t, startSSHHost(t, s).HostConfig)
	f := newFledSite(t, s)
	tree := f.tree(t)
	f.lighten(t)
	moved(t, r, tree)
	answersAs(t, r, tree)
	if err := r.(interface{ Dim(context.Context) error }).Dim(t.Context()); err != nil {
		t.Fatal(err)
	}
	place, err := r.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		resp, err := http.Get(place.Base + "/about/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.Header.Get("Cache-Control") == "private, no-cache" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("10 s later its pages are %s", resp.Header.Get("Buzzproof-Rung"))
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, err := r.Place(t.Context()); err != nil {
		t.Errorf("dimmed it does not count as answering: %v", err)
	}
}

// The server there counts, minute by minute, and forgets with the stay.
func TestAMachineKnowsWhatItHasSent(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := openHost(t, startSSHHost(t, s).HostConfig)
	tree := newFledSite(t, s).tree(t)
	meter := r.(interface {
		Used(context.Context, time.Time) (requests, sent uint64, err error)
	})
	moved(t, r, tree)
	if requests, sent, err := meter.Used(t.Context(), time.Now()); err != nil || requests+sent > 0 {
		t.Errorf("before anybody came: %d requests, %d bytes, %v", requests, sent, err)
	}
	answersAs(t, r, tree)
	var requests, sent uint64
	waitUntil(t, &process{}, 100*time.Second, "the minute's end", func() (there bool) {
		var err error
		if requests, sent, err = meter.Used(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		return requests > 0
	})
	if requests < uint64(len(tree.Objects)) || sent < 300_000 || sent > 3_000_000 {
		t.Errorf("%d requests, %d bytes: want those of %d objects with a picture of 300,000", requests, sent, len(tree.Objects))
	}
	if err := r.Leave(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	answersAs(t, r, tree)
	if again, _, err := meter.Used(t.Context(), time.Now()); err != nil || again >= requests {
		t.Errorf("the next stay begins at %d requests, %v", again, err)
	}
}

func TestABigFileGoesOnInABucketWhereItWasCut(t *testing.T) {
	s := newStage(t)
	v := startS3(t, s)
	var after atomic.Int64
	c := v.BucketConfig
	c.Endpoint = "http://" + severing(t, strings.TrimPrefix(v.Endpoint, "http://"), &after)
	r := openBucket(t, c)
	f := newFledSite(t, s)
	first := f.tree(t)
	moved(t, r, first)
	f.put("/film.mp4", "film.mp4", "video/mp4", noise(40<<20))
	tree := f.tree(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := r.Push(ctx, tree, func(done, _ int64) {
		if done > 20<<20 {
			cancel() // as kill -9 would
		}
	})
	if err == nil {
		t.Fatal("a push that was cut ended well")
	}
	answersAs(t, openBucket(t, v.BucketConfig), first) // half of it cannot be seen
	var sent atomic.Int64
	c.Endpoint = "http://" + counting(t, strings.TrimPrefix(v.Endpoint, "http://"), &sent)
	moved(t, openBucket(t, c), tree)
	if got := sent.Load(); got > 30<<20 {
		t.Errorf("the push that went on sent %d bytes of %d", got, 40<<20)
	}
	answersAs(t, r, tree)
	if err := r.Leave(t.Context(), false); err != nil {
		t.Fatal(err)
	}
}

// counting relays connections and adds up what is sent to the target.
func counting(t *testing.T, target string, sent *atomic.Int64) string {
	t.Helper()
	return relaying(t, target, func(out io.Writer, in io.Reader) { _, _ = io.Copy(out, io.TeeReader(in, counter{sent})) })
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

func TestTwoWhoPushToOneBucketBothArrive(t *testing.T) {
	s := newStage(t)
	v := startS3(t, s)
	tree := newFledSite(t, s).tree(t)
	ended := make(chan error, 3)
	for range cap(ended) {
		go func() { ended <- openBucket(t, v.BucketConfig).Push(t.Context(), tree, nil) }()
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	r := openBucket(t, v.BucketConfig)
	answersAs(t, r, tree)
	if got := moved(t, r, tree); got != 0 {
		t.Errorf("afterwards a push brought %d bytes", got)
	}
}

func TestABucketThatIsShutSaysWhatToDo(t *testing.T) {
	s := newStage(t)
	v := startS3(t, s)
	c := v.BucketConfig
	c.Bucket = "not.there"
	if f := openBucket(t, c).Check(t.Context())[0]; f.OK || f.Mend == "" {
		t.Errorf("a bucket that is not there: %+v", f)
	}
	v.process.stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := openBucket(t, v.BucketConfig).Push(ctx, newFledSite(t, s).tree(t), nil)
	if err == nil || errors.Is(err, refuge.ErrRaced) {
		t.Errorf("nobody is there: %v", err)
	}
}

func TestACertificateIsTakenAlongForNobodyElseToRead(t *testing.T) {
	s := newStage(t)
	h := startSSHHost(t, s)
	dir := s.subfolder(t, "cert")
	cert, key, roots := selfSigned(t, dir)
	h.Cert, h.CertKey = cert, key
	h.Listen = loopback(freePort(t))
	r := openHost(t, h.HostConfig)
	tree := newFledSite(t, s).tree(t)
	moved(t, r, tree)
	place, err := r.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (refuge.Verifier{}).Verify(t.Context(), place, tree); err == nil {
		t.Error("a certificate of nobody's was believed")
	}
	if err := (refuge.Verifier{TLS: &tls.Config{RootCAs: roots}}).Verify(t.Context(), place, tree); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"cert.pem", "key.pem"} {
		info, err := os.Stat(filepath.Join(h.Dir, "tls", name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// selfSigned makes a certificate for the site, and those who believe it.
func selfSigned(t *testing.T, dir string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: numbers.NewInt(1), DNSNames: []string{s3Host}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	private8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writeFile(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})))
	writeFile(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private8})))
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	return cert, key, roots
}

func TestAKeyThatReachesAnotherBucketIsTold(t *testing.T) {
	s := newStage(t)
	v := startS3(t, s)
	for _, other := range []bool{false, true} {
		if other {
			if err := os.Mkdir(filepath.Join(filepath.Dir(v.dir), "somebodys"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		found := openBucket(t, v.BucketConfig).Check(t.Context())
		last := found[len(found)-1]
		if last.About != "key" || last.OK == other || other && (!strings.Contains(last.Found, "look into somebodys") || !strings.Contains(last.Mend, "arn:aws:s3:::"+v.Bucket)) {
			t.Errorf("with another bucket %t: %+v", other, last)
		}
	}
}

// A machine that is told where the program is fetches it by itself, as it lies
// here or what is loaded of it; what is something else there is brought from here.
func TestAMachineFetchesTheProgramByItself(t *testing.T) {
	need(t, "a machine that fetches", "curl")
	loaded := filepath.Join(t.TempDir(), "loaded")
	writeFile(t, loaded, string(loadedOf(t, buzzproof(t))))
	for _, c := range []struct {
		name, file string
		within     int64 // bytes that go over ssh
	}{
		{"the program", buzzproof(t), 2 << 20},
		{"what is loaded of it", loaded, 2 << 20},
		{"another file", "/bin/false", 45 << 20},
		{"none", "/nowhere", 45 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			h := startSSHHost(t, s)
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, c.file) }))
			t.Cleanup(web.Close)
			var sent atomic.Int64
			config := h.HostConfig
			config.HostKey, config.ProgramURL = fingerprintOf(t, h), web.URL+"/buzzproof"
			config.Address = counting(t, h.Address, &sent)
			r := openHost(t, config)
			tree := newFledSite(t, s).tree(t)
			moved(t, r, tree)
			if got := sent.Load(); got > c.within {
				t.Errorf("%d bytes went over ssh, want %d at most", got, c.within)
			}
			run(t, exec.Command("cmp", loaded, filepath.Join(h.Dir, "current", "buzzproof")))
			answersAs(t, r, tree)
		})
	}
}

// A machine that has the whole program, as it was brought once, serves on with it.
func TestAMachineThatHasTheWholeProgramNeverGetsItAnew(t *testing.T) {
	s := newStage(t)
	h := startSSHHost(t, s)
	whole, err := os.ReadFile(buzzproof(t))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(whole)
	name := filepath.Join(h.Dir, "programs", hex.EncodeToString(sum[:]))
	run(t, exec.Command("install", "-D", "-m", "755", buzzproof(t), name))
	r := openHost(t, h.HostConfig)
	tree := newFledSite(t, s).tree(t)
	if got := moved(t, r, tree); got > 2<<20 {
		t.Errorf("%d bytes were brought", got)
	}
	answersAs(t, r, tree)
	if runs, err := filepath.EvalSymlinks(filepath.Join(h.Dir, "current", "buzzproof")); err != nil || runs != name {
		t.Errorf("%s runs, want %s: %v", runs, name, err)
	}
}

// What is sent is what is loaded, in gzip.
func TestTheProgramIsSmallOnItsWay(t *testing.T) {
	var sent atomic.Int64
	z, err := kgzip.NewWriterLevel(counter{&sent}, kgzip.DefaultCompression) // as a push does
	if err != nil {
		t.Fatal(err)
	}
	loaded := loadedOf(t, buzzproof(t))
	if _, err = z.Write(loaded); err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	const most = 15_000_000
	t.Logf("bar: program        %.1f MB in %.1f, at most %d, which take %.1f minutes at 1 Mbit/s",
		float64(sent.Load())/1e6, float64(len(loaded))/1e6, most/1_000_000, float64(sent.Load())*8/1e6/60)
	if sent.Load() > most {
		t.Errorf("%d bytes are sent, want %d at most", sent.Load(), most)
	}
}
