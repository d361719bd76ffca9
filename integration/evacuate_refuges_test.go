package integration

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
	"buzzproof/internal/secret"
	"buzzproof/internal/snapshot"
)

// A refugeSpec is a refuge that another process can open.
type refugeSpec struct {
	// Of a bucket.
	Endpoint, Bucket, Base string
	// Of a machine over ssh, if it has an Address. The key is in a file.
	Address, User, Identity, HostKey, Dir, Listen, Program string
	// Secret is told instead of the right one.
	Secret string
}

func (r refugeSpec) open() (refuge.Refuge, error) {
	if r.Address == "" {
		return refuge.NewBucket(r.bucket())
	}
	key, err := os.ReadFile(r.Identity)
	if err != nil {
		return nil, err
	}
	return refuge.NewHost(refuge.HostConfig{
		Address: r.Address, User: r.User, Key: secret.Of(string(key)), HostKey: r.HostKey, Dir: r.Dir, Listen: r.Listen, Program: r.Program,
		Addrs: []netip.Addr{netip.MustParseAddr(refugeAddress)},
	})
}

func (r refugeSpec) bucket() refuge.BucketConfig {
	told := s3Secret
	if r.Secret != "" {
		told = r.Secret
	}
	return refuge.BucketConfig{
		Endpoint: r.Endpoint, Bucket: r.Bucket, PathStyle: true, Serve: "website", Base: r.Base, Prices: "none",
		AWSKeys: refuge.AWSKeys{Key: secret.Of("planted-s3-key"), Secret: secret.Of(told)},
		Addrs:   []netip.Addr{netip.MustParseAddr(refugeAddress)},
	}
}

// An asylum is a kind of refuge that a flight can have.
type asylum struct {
	name  string
	ready func(*testing.T, *stage, *flight)
	light bool // the copy has lite pages
}

var asylums = []asylum{bucketAsylum, hostAsylum}

var (
	bucketAsylum = asylum{name: "bucket", ready: func(t *testing.T, s *stage, f *flight) {
		f.disk = smallDisk(t, s, "16m")
		f.s3 = startWebsite(t, s, f.disk, fmt.Sprintf("%s:%d", refugeAddress, f.port))
		f.spot = refugeSpec{Endpoint: f.s3.Endpoint, Bucket: s3Host, Base: f.s3.Base}
	}}
	hostAsylum = asylum{name: "host", ready: func(t *testing.T, s *stage, f *flight) {
		f.disk = smallDisk(t, s, "256m") // the program is there twice for a moment
		f.host = startSSHHost(t, s)
		f.spot = refugeSpec{
			Address: f.host.Address, User: f.host.User, Identity: f.host.identity, HostKey: fingerprintOf(t, f.host),
			Dir: filepath.Join(f.disk, "refuge"), Listen: fmt.Sprintf("%s:%d", refugeAddress, f.port), Program: buzzproof(t),
		}
		s.atEnd(func() { // a test that failed half-way leaves a server
			if r, err := f.spot.open(); err == nil && t.Failed() {
				_ = r.Leave(t.Context(), false)
			}
		})
	}}
)

// smallDisk is a disk of its own that can be filled, where the test may mount one.
func smallDisk(t testing.TB, s *stage, size string) string {
	dir := s.subfolder(t, "disk")
	if os.Geteuid() == 0 && exec.Command("mount", "-t", "tmpfs", "-o", "size="+size+",mode=755", "tmpfs", dir).Run() == nil {
		s.atEnd(func() { _ = exec.Command("umount", "-l", dir).Run() }) // the folder is removed in any case
	}
	return dir
}

// base is the URL at which the refuge itself is asked.
func (f *flight) base() string { return fmt.Sprintf("http://%s:%d", refugeAddress, f.port) }

// holds counts the files at the refuge, and what runs there.
func (f *flight) holds(t testing.TB) (n int) {
	t.Helper()
	dir := f.spot.Dir
	if f.host == nil {
		dir = f.s3.dir
	}
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.host != nil && listensAt(f.spot.Listen) {
		n++
	}
	return n
}

// expectAway asks the authority and, anonymously, the refuge for everything.
func (f *flight) expectAway(t *testing.T) {
	t.Helper()
	for _, name := range []string{flownZone, "www." + flownZone} {
		if got := lookup(f.address, name); len(got) != 1 || got[0] != refugeAddress {
			t.Fatalf("%s leads to %v, want %s", name, got, refugeAddress)
		}
	}
	if strings.Contains(f.records(t), "AAAA\t::1") || strings.Contains(f.records(t), "HTTPS") {
		t.Fatalf("a record of home was left behind:\n%s", f.records(t))
	}
	copied, err := snapshot.Open(f.store)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	tree, err := evacuate.TreeOf(copied, f.store)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.spot.open()
	if err != nil {
		t.Fatal(err)
	}
	answersAs(t, r, tree)
}

// expectHome demands the records of before, and that nothing was left behind.
func (f *flight) expectHome(t *testing.T, before string) {
	t.Helper()
	if after := f.records(t); after != before {
		t.Fatalf("the records are\n%s\nand were\n%s", after, before)
	}
	if n := f.holds(t); n > 0 {
		t.Fatalf("%d things were left at the refuge", n)
	}
}
