package integration

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
	"buzzproof/internal/sample"
	"buzzproof/internal/secret"
	"buzzproof/internal/snapshot"
)

// A farHost is a real sshd, and the configuration of a refuge behind it.
type farHost struct {
	refuge.HostConfig
	identity, known string // files of ssh's
}

// startHost starts an sshd whose refuge keeps its releases in a folder.
func startHost(t testing.TB, s *stage, dir string) farHost {
	t.Helper()
	need(t, "sshd", "/usr/sbin/sshd", "ssh-keygen", "ssh")
	at, port := s.subfolder(t, "host-sshd"), freePort(t)
	f := farHost{identity: filepath.Join(at, "identity"), known: filepath.Join(at, "known")}
	for _, key := range []string{filepath.Join(at, "key"), f.identity} {
		run(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key))
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(at, "sshd_config")
	writeFile(t, conf, fmt.Sprintf("ListenAddress 127.0.0.1:%d\nHostKey %s/key\nPidFile %s/pid\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nAuthorizedKeysFile %s.pub\n",
		port, at, at, f.identity))
	p := s.start(t, filepath.Join(at, "log"), exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", conf))
	waitUntil(t, p, 20*time.Second, "sshd", func() bool { return listens(port) })
	public, err := os.ReadFile(filepath.Join(at, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, f.known, fmt.Sprintf("[127.0.0.1]:%d %s", port, public))
	private, err := os.ReadFile(f.identity)
	if err != nil {
		t.Fatal(err)
	}
	f.HostConfig = refuge.HostConfig{
		Address: loopback(port), User: strings.TrimSpace(string(run(t, exec.Command("id", "-un")))), Key: secret.Of(string(private)),
		HostKey: strings.Fields(string(run(t, exec.Command("ssh-keygen", "-lf", filepath.Join(at, "key.pub")))))[1],
		Dir:     dir, Program: buzzproof(t), Listen: loopback(freePort(t)),
	}
	return f
}

func (f farHost) open(t testing.TB) refuge.Refuge {
	t.Helper()
	r, err := refuge.NewHost(f.HostConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Leave(context.Background(), false) })
	return r
}

// frozenTree freezes a small blog.
func frozenTree(t *testing.T, s *stage, name string, posts int) refuge.Tree {
	t.Helper()
	store := filepath.Join(s.subfolder(t, name), "site")
	origin := httptest.NewServer(sample.New(sample.Options{Posts: posts}))
	t.Cleanup(origin.Close)
	run(t, exec.Command(buzzproof(t), "freeze", origin.URL, "--as", "http://blog.example.org", "-o", store, "--lighten=false", "--quiet"))
	copied, err := snapshot.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { copied.Close() })
	tree, err := evacuate.TreeOf(copied, store)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func expectServed(t *testing.T, r refuge.Refuge, tree refuge.Tree) {
	t.Helper()
	if err := r.Push(t.Context(), tree, nil); err != nil {
		t.Fatal(err)
	}
	place, err := r.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (refuge.Verifier{}).Verify(t.Context(), place, tree); err != nil {
		t.Fatal(err)
	}
}

func TestASiteFleesToAMachineBehindARealSshd(t *testing.T) {
	s := newStage(t)
	dir := filepath.Join(s.subfolder(t, "far"), "site")
	f := startHost(t, s, dir)
	r := f.open(t)
	if found := r.Check(t.Context()); !found[0].OK {
		t.Fatal(found)
	}
	first, second := frozenTree(t, s, "first", 3), frozenTree(t, s, "second", 5)
	expectServed(t, r, first)

	var sent int64
	if err := r.Push(t.Context(), first, func(done, _ int64) { sent = done }); err != nil || sent > 0 {
		t.Errorf("pushed again: %v, %d bytes", err, sent)
	}
	expectServed(t, r, second)
	var program [2]os.FileInfo
	for i, link := range []string{"previous", "current"} {
		var err error
		if program[i], err = os.Stat(filepath.Join(dir, link, "buzzproof")); err != nil {
			t.Fatal(err)
		}
	}
	if !os.SameFile(program[0], program[1]) {
		t.Error("the program was sent twice")
	}

	if err := r.Leave(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) || answers(f.Listen) {
		t.Errorf("left behind: %v, answers: %v", err, answers(f.Listen))
	}
}

func TestAReleaseThatDoesNotAnswerIsTakenBack(t *testing.T) {
	s := newStage(t)
	f := startHost(t, s, filepath.Join(s.subfolder(t, "far"), "site"))
	tree := frozenTree(t, s, "copy", 3)
	r := f.open(t)
	expectServed(t, r, tree)
	broken := f
	broken.Program = "/bin/false"
	if err := broken.open(t).Push(t.Context(), tree, nil); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("got %v", err)
	}
	place, err := r.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (refuge.Verifier{}).Verify(t.Context(), place, tree); err != nil {
		t.Error(err)
	}
}

func TestAnotherMachineIsRefused(t *testing.T) {
	s := newStage(t)
	f := startHost(t, s, s.subfolder(t, "far"))
	f.HostKey = "SHA256:AAAA"
	if found := f.open(t).Check(t.Context()); found[0].OK || !strings.Contains(found[0].Found, "pinned is SHA256:AAAA") {
		t.Errorf("got %+v", found)
	}
}

func TestAPushThatWasCutGoesOnAndShowsNothingBefore(t *testing.T) {
	s := newStage(t)
	dir := s.subfolder(t, "far")
	f := startHost(t, s, dir)
	tree := bigTree(t, s)
	r := f.open(t)
	var left, all int64
	ctx, cut := context.WithCancel(t.Context())
	err := r.Push(ctx, tree, func(done, total int64) {
		if all = total; done > total*2/3 {
			cut()
		}
	})
	if err == nil || !strings.Contains(err.Error(), "cut") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "current")); !os.IsNotExist(err) {
		t.Errorf("half a release is visible: %v", err)
	}
	if err := r.Push(t.Context(), tree, func(done, total int64) { left = total }); err != nil {
		t.Fatal(err)
	}
	if left == 0 || left >= all {
		t.Errorf("of %d bytes it sent %d again", all, left)
	}
	if _, err := os.Stat(filepath.Join(dir, "current/site/f/999")); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskIsSaidAndShowsNothing(t *testing.T) {
	s := newStage(t)
	dir := s.subfolder(t, "far")
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); errors.Is(err, syscall.EPERM) {
		t.Skip("mounting a small disk needs root")
	}
	s.atEnd(func() { _ = syscall.Unmount(dir, 0) })
	f := startHost(t, s, dir)
	if err := f.open(t).Push(t.Context(), bigTree(t, s), nil); err == nil || !strings.Contains(err.Error(), "No space left") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "current")); !os.IsNotExist(err) {
		t.Errorf("half a release is visible: %v", err)
	}
}

const (
	bigFiles = 1000
	bigSize  = 50_000
)

// bigTree is a plain folder of 1,000 files, 50 MB together.
func bigTree(t testing.TB, s *stage) refuge.Tree {
	t.Helper()
	dir := s.subfolder(t, "big")
	if err := os.Mkdir(filepath.Join(dir, "f"), 0o755); err != nil {
		t.Fatal(err)
	}
	random, body := rand.NewChaCha8([32]byte{1}), make([]byte, bigSize)
	for i := range bigFiles {
		_, _ = random.Read(body)
		writeFile(t, filepath.Join(dir, "f", strconv.Itoa(i)), string(body))
	}
	return refuge.Tree{ID: "big", Host: "blog.example.org", Dir: dir}
}

func BenchmarkPushBesideAPipeOfTar(b *testing.B) {
	s := newStage(b)
	f := startHost(b, s, s.subfolder(b, "far"))
	f.Program = "/bin/true" // the site alone is compared
	tree := bigTree(b, s)
	target, _, _ := strings.Cut(f.Address, ":")
	_, port, _ := strings.Cut(f.Address, ":")
	pipe, push := time.Hour, time.Hour
	for i := range 3 { // the best of each: the machine has other things to do
		began := time.Now()
		run(b, exec.Command("sh", "-c", fmt.Sprintf("tar -cf - -C %s . | ssh -q -i %s -o UserKnownHostsFile=%s -o IdentitiesOnly=yes -p %s %s@%s 'tar -xf - -C %s && sync'",
			tree.Dir, f.identity, f.known, port, f.User, target, s.subfolder(b, "pipe"))))
		pipe = min(pipe, time.Since(began))
		f.Dir = s.subfolder(b, "far"+strconv.Itoa(i))
		r := f.open(b)
		began = time.Now()
		if err := r.Push(b.Context(), tree, nil); err != nil {
			b.Fatal(err)
		}
		push = min(push, time.Since(began))
	}
	ratio := push.Seconds() / pipe.Seconds()
	b.ReportMetric(ratio, "pipes") // the bar is 1.3
	b.Logf("bar: 1,000 files, 50 MB: push %v, pipe of tar %v: %.2f times, at most 1.3", push, pipe, ratio)
}
