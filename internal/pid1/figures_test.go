package pid1

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFiguresAreHeardUntilThePipeCarriesSomethingElse(t *testing.T) {
	var all []string
	hear(strings.NewReader("{\"visits\":13,\"people\":9,\"bytes\":2500,\"rung\":\"lite\",\"line\":5000}\n{\"visits\":1,\"refused\":2}\nrubbish {\"visits\":5}"),
		func(f *Figures) { all = append(all, f.text()) })
	want := []string{"13 visits/s (9 people)   2.5 KB/s   lite   line 50 %", "1 visits/s (0 people)   0.0 KB/s      2 refused"}
	if strings.Join(all, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", all, want)
	}
}

func TestAServerThatWasTakenOverCommandsNoConsoleAndFillsNoMemory(t *testing.T) {
	if got := (&Figures{Rung: "\x1b[2Jlite\n"}).text(); !strings.HasSuffix(got, "   [2Jlite") {
		t.Errorf("the console shows %q", got)
	}
	endless := &io.LimitedReader{R: always('['), N: 1 << 24}
	hear(endless, func(*Figures) { t.Error("a line without an end was taken for figures") })
	if read := 1<<24 - endless.N; read > 1<<17 {
		t.Errorf("%d bytes were read", read)
	}
}

// always is a reader that gives one byte for ever.
type always byte

func (a always) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(a)
	}
	return len(p), nil
}

func TestASilentServerIsNoticed(t *testing.T) {
	const silent = "the server is silent"
	for _, test := range []struct {
		sentence            string
		begun, spoke        bool
		silence             time.Duration
		text                string
		hangs, isLost       bool
		begunAgainMeanwhile bool
	}{
		{"before it was begun", false, false, time.Hour, silent, false, false, false},
		{"begun just now", true, false, time.Second, silent, false, false, false},
		{"one that speaks", true, true, time.Second, "3 visits/s (0 people)   0.0 KB/s   ", false, false, false},
		{"old figures are not those of now", true, true, stale + time.Second, silent, false, false, false},
		{"one that hangs is ended", true, true, hung + time.Second, silent, true, false, false},
		{"one that never spoke is ended, and the machine goes on", true, false, lost + time.Second, silent, true, false, false},
		{"one that was begun again gets its time", true, true, lost - time.Second, silent, false, false, true},
		{"when that has not helped the machine is lost", true, true, lost + time.Second, silent, false, true, true},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &meter{}
				if test.begun {
					m.begin()
				}
				if test.spoke {
					m.told(&Figures{Visits: 3})
				}
				time.Sleep(test.silence)
				if test.begunAgainMeanwhile {
					m.begin()
				}
				if m.text() != test.text || m.hangs() != test.hangs || m.isLost() != test.isLost {
					t.Errorf("%q, hangs %t, lost %t", m.text(), m.hangs(), m.isLost())
				}
			})
		})
	}
}

func TestAServerThatFailsAtItsStartHasSaidNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{}
		for range 2 {
			m.begin()
			if m.spoke() {
				t.Error("it spoke before it could")
			}
			time.Sleep(time.Second)
			if m.told(&Figures{}); !m.spoke() {
				t.Error("it was not heard")
			}
			time.Sleep(time.Second)
		}
	})
}
