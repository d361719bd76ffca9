package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
	"buzzproof/internal/secret"
	"buzzproof/internal/snapshot"
)

// tripVariable makes the test binary a process that evacuates or comes home,
// as its value says, and may kill itself on the way.
const tripVariable = "BUZZPROOF_TRIP"

// A tripSpec is all that such a process is told.
type tripSpec struct {
	State, Store string
	Home         string // HOST:PORT
	Zone         zoneSpec
	Refuge       refugeSpec
	Authority    string
	Resolvers    []string
	Back         bool
	KeepBytes    bool
	Seen         time.Duration // how long the authority is waited for
	Patience     time.Duration // for the whole process; 0 is enough for any
	KillAt       int           // at which record of the journal the process dies; 0 never
}

// A refugeSpec is a bucket that another process can open.
type refugeSpec struct{ Endpoint, Bucket, Base string }

func (r refugeSpec) open() (refuge.Refuge, error) {
	return refuge.NewBucket(r.config())
}

func (r refugeSpec) config() refuge.BucketConfig {
	return refuge.BucketConfig{
		Endpoint: r.Endpoint, Bucket: r.Bucket, PathStyle: true, Serve: "website", Base: r.Base, Prices: "none",
		AWSKeys: refuge.AWSKeys{Key: secret.Of("planted-s3-key"), Secret: secret.Of(s3Secret)},
		Addrs:   []netip.Addr{netip.MustParseAddr(refugeAddress)},
	}
}

// drive is the process. It says on stderr what went wrong.
func drive(text string) int {
	var s tripSpec
	err := json.Unmarshal([]byte(text), &s)
	if err == nil {
		err = s.drive(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (s tripSpec) drive(ctx context.Context) (err error) {
	if s.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.Patience)
		defer cancel()
	}
	place, err := s.Refuge.open()
	if err != nil {
		return err
	}
	copied, err := snapshot.Open(s.Store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	tree, err := evacuate.TreeOf(copied, s.Store)
	if err != nil {
		return err
	}
	public, err := url.Parse(copied.Manifest.Public)
	if err != nil {
		return err
	}
	observer := &evacuate.Observer{Zone: flownZone, Authorities: []string{s.Authority}, Resolvers: s.Resolvers, Settle: 20 * time.Millisecond, Patience: s.Seen}
	trip, err := evacuate.Open(s.State, evacuate.World{
		Zone: s.Zone.open(), Refuge: place,
		Tree:   func(context.Context) (refuge.Tree, error) { return tree, nil },
		Verify: refuge.Verifier{}.Verify, AtHome: evacuate.House{Public: public, Address: s.Home}.Answers,
		Seen: observer.Await, Late: observer.Late,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trip.Close()) }()
	trip.Linger, trip.Apex = 300*time.Millisecond, evacuate.Apex{Name: flownZone}
	noted := 0
	trip.Noted = func(evacuate.Record) {
		if noted++; noted == s.KillAt {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	if s.Back {
		_, err = trip.Back(ctx, evacuate.Return{KeepBytes: s.KeepBytes})
		if errors.Is(err, evacuate.ErrNowhere) {
			return nil
		}
		return err
	}
	return trip.Out(ctx, evacuate.Plan{
		ID: "trip", Host: public.Hostname(), Names: []string{flownZone, "www." + flownZone}, Refuge: "bucket", DNS: "zone", TTL: 1,
	})
}

// run runs the process and reports whether it was killed.
func (s tripSpec) run(t testing.TB) (wasKilled bool) {
	t.Helper()
	words, err := s.try(t)
	if err != nil && !killed(err) {
		t.Fatalf("%+v: %v\n%s", s, err, words)
	}
	return err != nil
}

// try runs the process and returns what it said.
func (s tripSpec) try(t testing.TB) (string, error) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), tripVariable+"="+string(text))
	cmd.Stderr = &words
	err = cmd.Run()
	expectNoSecret(t, "a process of an evacuation", words.String())
	return words.String(), err
}

// planted are the secrets that no output may show, in no form.
var planted = []string{keySecret, apiKey, s3Secret}

func expectNoSecret(t testing.TB, what, text string) {
	t.Helper()
	for _, s := range planted {
		if strings.Contains(text, s) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}
