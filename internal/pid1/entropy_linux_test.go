package pid1

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestRandomNumbersAreCreditedOnlyWhereNoKeyHangsOnThem(t *testing.T) {
	for _, test := range []struct {
		sentence string
		secure   bool
		readyAt  time.Duration
		refused  error
		credited int
		goesOn   time.Duration // after which the server may start
		said     string
	}{
		{"a processor that gives them", false, 0, nil, 0, 0, ""},
		{"the kernel finds some by itself", false, 2 * time.Second, nil, 0, 2 * time.Second, ""},
		{"a machine without a source", false, time.Hour, nil, 1, 5 * time.Second, "no key is made from it"},
		{"a kernel that refuses", false, time.Hour, errors.New("not permitted"), 1, 5 * time.Second, "no random numbers: not permitted"},
		{"keys wait for the real thing", true, time.Hour, nil, 0, time.Hour, "keys need one"},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, credited, b := time.Now(), 0, &board{drawn: true}
				settleBy(t.Context(), test.secure, b, func() bool { return time.Since(began) >= test.readyAt },
					func([sha256.Size]byte) error { credited++; return test.refused })
				if took := time.Since(began); credited != test.credited || took != test.goesOn {
					t.Errorf("credited %d times, went on after %v", credited, took)
				}
				if said := strings.Join(b.all(), ""); !strings.Contains(said, test.said) || test.said == "" && said != "" {
					t.Errorf("said %q", said)
				}
			})
		})
	}
}

func TestAMachineThatWaitsForKeysCanBeSwitchedOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	settleBy(ctx, true, &board{drawn: true}, func() bool { return false }, credit)
}

func TestTheKernelTakesTheCreditedSeed(t *testing.T) {
	err := credit(jitter())
	if errors.Is(err, syscall.EPERM) { // as for root in a container
		t.Skip("needs the right to administer the system")
	}
	if err != nil {
		t.Error(err)
	}
}

func TestTwoSeedsAreNotTheSame(t *testing.T) {
	if first, second := jitter(), jitter(); first == second {
		t.Error("they are")
	}
}
