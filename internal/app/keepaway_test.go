package app

import (
	"log/slog"
	"testing"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/site"
)

func TestTheOwnerHearsOnceWhatWouldGoWrongInAnEvacuation(t *testing.T) {
	good := site.Finding{About: "refuge", OK: true}
	zone := site.Finding{About: "zone", Found: "it cannot be written", Mend: "let the key change it"}
	b := &bookkeeper{}
	for _, c := range []struct {
		name     string
		findings []site.Finding
		want     string // "" when nothing is said
	}{
		{"all is well from the start", []site.Finding{good}, ""},
		{"something breaks", []site.Finding{good, zone}, "bark down zone: it cannot be written; mend: let the key change it"},
		{"it is still broken", []site.Finding{zone, good}, ""},
		{"something else breaks", []site.Finding{{About: "ttl", Found: "a day", Mend: "set it"}}, "bark down ttl: a day; mend: set it"},
		{"all is well again", []site.Finding{good}, "ears up "},
		{"and stays so", []site.Finding{good}, ""},
	} {
		said := ""
		if e, ok := b.examined(c.findings, time.Now()); ok {
			said = e.Voice.String() + " " + e.Phase + " " + e.Facts.Detail
		}
		if said != c.want {
			t.Errorf("%s: said %q, want %q", c.name, said, c.want)
		}
	}
}

func TestTheOwnerHearsOfMoneyOnceForEachPhase(t *testing.T) {
	var said []string
	b := &bookkeeper{tell: func(e site.Event) { said = append(said, e.Phase+" "+e.Facts.Detail) }, log: slog.New(slog.DiscardHandler)}
	for _, usd := range []float64{1, 5, 5.1, 9, 9.4, 10.2} {
		b.hear(evacuate.Spending{Bill: evacuate.Bill{USD: usd}, Part: usd / 10, Most: 10, Warn: usd >= 5, Lite: usd >= 9, ID: "a"})
	}
	want := []string{"half 5.00 of 10.00 USD", "near 9.00 of 10.00 USD", "reached 10.20 of 10.00 USD"}
	if len(said) != 3 || said[0] != want[0] || said[1] != want[1] || said[2] != want[2] {
		t.Errorf("said %q, want %q", said, want)
	}
}
