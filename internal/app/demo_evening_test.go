package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/rehearse"
)

func TestBarsShowWhoWasServedInTime(t *testing.T) {
	r := &rehearse.Result{Length: 40 * time.Second}
	for second := range 40 {
		early, late := rehearse.Visit{Who: rehearse.Person, At: time.Duration(second) * time.Second, Text: time.Second}, rehearse.Visit{Who: rehearse.Person, At: time.Duration(second) * time.Second}
		if second >= 20 {
			early.Text = 3 * time.Second
		}
		if second >= 10 && second < 20 {
			r.Visits = append(r.Visits, late)
		}
		r.Visits = append(r.Visits, early)
	}
	want := "|" + strings.Repeat("█", 10) + strings.Repeat("▄", 10) + strings.Repeat(" ", 20) + "|"
	if got := inTimeBars(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheEveningEndsInATableAndAPicture(t *testing.T) {
	slow := &rehearse.Result{Length: time.Second, Visits: []rehearse.Visit{
		{Who: rehearse.Person, Rung: "full", Text: 9 * time.Second}, {Who: rehearse.Person, End: 15 * time.Second},
	}}
	quick := &rehearse.Result{Length: time.Second, Visits: []rehearse.Visit{
		{Who: rehearse.Person, Rung: "lite", Text: 300 * time.Millisecond}, {Who: rehearse.Person, Rung: "lite", Text: 400 * time.Millisecond},
	}}
	var out bytes.Buffer
	e := &evening{Program: &Program{Stderr: &out}, patience: 15 * time.Second}
	both := [2]*rehearse.Result{slow, quick}
	e.conclude(both)
	for _, want := range []string{"had the text within 2 s                       0.0 %          100.0 %", "gave up, or were refused                          1                0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in:\n%s", want, out.String())
		}
	}
	name := filepath.Join(t.TempDir(), "evening.svg")
	if err := e.draw(name, both); err != nil {
		t.Fatal(err)
	}
	if svg, err := os.ReadFile(name); err != nil || !bytes.Contains(svg, []byte("<svg")) {
		t.Errorf("no picture: %v", err)
	}
}
