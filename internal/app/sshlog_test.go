package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/sshlog"
)

// portions are read one after another.
type portions struct {
	left   []string
	before func(left int) // a portion is read, of which there are so many left
}

func (p *portions) Read(room []byte) (int, error) {
	p.before(len(p.left))
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(room, p.left[0])
	p.left = p.left[1:]
	return n, nil
}

func TestBansAreWrittenOnceUnlessTheLogIsWaitedFor(t *testing.T) {
	for _, c := range []struct {
		name      string
		stream    bool
		interrupt bool   // while the last portion is read: its first knock still counts
		want      [4]int // bans in the file before each portion and in the end
	}{
		{"a file", false, false, [4]int{0, 0, 0, 4}},
		{"a stream", true, false, [4]int{0, 2, 4, 4}},
		{"a file, until Ctrl-C", false, true, [4]int{0, 0, -1, 3}},
		{"a stream, until Ctrl-C", true, true, [4]int{0, 2, -1, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			store := ban.In(t.TempDir())
			run := &sshRun{Program: &Program{Stderr: io.Discard}, o: &sshOptions{ban: true, length: time.Hour}, store: store, tally: sshlog.NewTally()}
			held := func() int {
				l, err := store.Read(time.Now())
				if err != nil {
					t.Fatal(err)
				}
				return len(l.Bans)
			}
			knocks := func(host int) string {
				const form = "%d.0 host sshd[7]: message repeated 8 times: [ Failed password for root from 203.0.113.%d port 4001 ssh2]\n"
				return fmt.Sprintf(form+form, time.Now().Unix(), host, time.Now().Unix(), host+1)
			}
			got := [4]int{-1, -1, -1, -1}
			log := &portions{[]string{knocks(1), knocks(3)}, func(left int) {
				got[2-left] = held()
				if left == 1 && c.interrupt {
					interrupt()
				}
			}}
			if err := run.read(ctx, "test", log, c.stream); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if got[3] = held(); got != c.want {
				t.Errorf("the file had %v bans, want %v", got, c.want)
			}
		})
	}
}
