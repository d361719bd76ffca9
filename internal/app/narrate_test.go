package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/line"
	"buzzproof/internal/serve"
	"buzzproof/internal/site"
)

func TestTheOwnerIsToldWhatChanged(t *testing.T) {
	calm := serve.Status{Line: line.Load{Rate: 121_000}}
	surge := serve.Status{Rung: site.Lite, Visits: 13.04, Line: line.Load{Rate: 121_000}}
	full := surge
	full.Line.Refused = 7
	tests := []struct {
		name string
		says []serve.Status // a second apart
		want []string       // in each line
	}{
		{"nothing new is not said", []serve.Status{calm, calm, calm}, []string{"used=\"970 kbit/s\""}},
		{"a rung that changes is said once", []serve.Status{calm, surge, surge}, []string{"used", "rung=lite visits_per_second=13"}},
		{"refusals are said once a minute", []serve.Status{calm, surge, full, full}, []string{"used", "rung=lite", "refused=7"}},
		{"a rate that wavers is not said", []serve.Status{calm, {Line: line.Load{Rate: 110_000}}}, []string{"used"}},
		{"a rate that halves is said", []serve.Status{calm, {Line: line.Load{Rate: 60_000}}}, []string{"970", "480"}},
		{"a line without limit has no rate", []serve.Status{{}, {}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(slog.NewTextHandler(&out, nil))
			n, at := narrator{}, time.Date(2016, 9, 5, 22, 30, 0, 0, time.UTC)
			for _, s := range test.says {
				at = at.Add(time.Second)
				n.tell(at, s, log)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if out.Len() == 0 {
				lines = nil
			}
			if len(lines) != len(test.want) {
				t.Fatalf("said %d things, want %d:\n%s", len(lines), len(test.want), out.String())
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %d is %q, want %q in it", i, lines[i], want)
				}
			}
		})
	}
}
