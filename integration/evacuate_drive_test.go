package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
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
	KillIn       time.Duration // after how long it dies; 0 never
	Timed        bool          // it says at its end how long it waited for others
	Asked        string        // the URL that is verified, instead of the refuge's own
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
	trip, plan, err := s.trip(place)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trip.Close()) }()
	if s.KillIn > 0 {
		time.AfterFunc(s.KillIn, die)
	}
	noted := 0
	trip.Noted = func(evacuate.Record) {
		if noted++; noted == s.KillAt {
			die()
		}
	}
	if s.Back {
		_, err = trip.Back(ctx, evacuate.Return{KeepBytes: s.KeepBytes})
		if errors.Is(err, evacuate.ErrNowhere) {
			return nil
		}
		return err
	}
	if s.Timed {
		w := &waits{}
		w.on(trip)
		defer func() { fmt.Fprintf(os.Stderr, "waited %d %d\n", w.others, w.verify) }()
	}
	return trip.Out(ctx, plan)
}

// trip opens the journal, and the copy until the process ends.
func (s tripSpec) trip(place refuge.Refuge) (*evacuate.Trip, evacuate.Plan, error) {
	var plan evacuate.Plan
	copied, err := snapshot.Open(s.Store)
	if err != nil {
		return nil, plan, err
	}
	if made, err := snapshot.RenditionsOf(s.Store); err == nil {
		copied.Attach(made)
	}
	tree, err := evacuate.TreeOf(copied, s.Store)
	if err != nil {
		return nil, plan, err
	}
	public, err := url.Parse(copied.Manifest.Public)
	if err != nil {
		return nil, plan, err
	}
	observer := &evacuate.Observer{Zone: flownZone, Authorities: []string{s.Authority}, Resolvers: s.Resolvers, Settle: 20 * time.Millisecond, Patience: s.Seen}
	trip, err := evacuate.Open(s.State, evacuate.World{
		Zone: s.Zone.open(), Refuge: place,
		Tree:   func(context.Context) (refuge.Tree, error) { return tree, nil },
		Light:  func(context.Context) (refuge.Tree, error) { return evacuate.LightTreeOf(copied, s.Store) },
		Verify: s.verify, AtHome: evacuate.House{Public: public, Address: s.Home}.Answers,
		Seen: observer.Await, Late: observer.Late, Resolvers: len(s.Resolvers),
	})
	if err != nil {
		return nil, plan, err
	}
	trip.Linger, trip.Apex = 300*time.Millisecond, evacuate.Apex{Name: flownZone}
	return trip, evacuate.Plan{
		ID: "trip", Host: public.Hostname(), Names: []string{flownZone, "www." + flownZone}, Refuge: "refuge", DNS: "zone", TTL: 1,
	}, nil
}

// die is kill -9: nothing is tidied up.
func die() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }

func (s tripSpec) verify(ctx context.Context, p refuge.Place, tree refuge.Tree) error {
	if s.Asked != "" {
		p.Base = s.Asked
	}
	return refuge.Verifier{}.Verify(ctx, p, tree)
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
