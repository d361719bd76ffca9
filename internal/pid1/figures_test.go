package pid1

import (
	"strings"
	"testing"
	"time"
)

func TestFiguresAreHeardUntilThePipeCarriesSomethingElse(t *testing.T) {
	var all []string
	hear(strings.NewReader("{\"visits\":13,\"people\":9,\"bytes\":2500,\"rung\":\"lite\"}\n{\"visits\":1,\"refused\":2}\nrubbish {\"visits\":5}"),
		func(f *Figures) { all = append(all, f.text(0)) })
	want := []string{"13 visits/s (9 people)   2.5 KB/s   lite", "1 visits/s (0 people)   0.0 KB/s      2 refused"}
	if strings.Join(all, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", all, want)
	}
}

func TestOldFiguresAreNotThoseOfNow(t *testing.T) {
	const silent = "the server is silent"
	if got := (&Figures{Visits: 3}).text(stale + time.Second); got != silent {
		t.Errorf("old: %q", got)
	}
	if got := (*Figures)(nil).text(0); got != silent {
		t.Errorf("none: %q", got)
	}
}
