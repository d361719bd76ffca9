package health

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// read lets Prometheus's own parser read the text.
func read(t *testing.T, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return families
}

func TestPrometheusReadsWhatIsWritten(t *testing.T) {
	strange := "a\"b\\c\nd\xff{}=,é"
	families := read(t, exposition([]Figure{
		{"buzzproof_b", "A gauge,\nwith a \\.", []Label{{"path", strange}, {"x", ""}}, 1.5},
		{"buzzproof_a_total", "A counter.", nil, 1e18},
		{"buzzproof_b", "A gauge,\nwith a \\.", []Label{{"path", "/"}, {"x", "1"}}, math.Inf(1)},
		{"buzzproof_c", "Nothing.", nil, math.NaN()},
	}))
	b := families["buzzproof_b"]
	if len(families) != 3 || len(b.GetMetric()) != 2 || b.GetType() != dto.MetricType_GAUGE || b.GetHelp() != "A gauge,\nwith a \\." {
		t.Fatalf("%v", families)
	}
	if got := b.GetMetric()[0].GetLabel()[0].GetValue(); got != "a\"b\\c\nd?{}=,é" {
		t.Errorf("label %q", got)
	}
	if a := families["buzzproof_a_total"]; a.GetType() != dto.MetricType_COUNTER || a.GetMetric()[0].GetCounter().GetValue() != 1e18 {
		t.Errorf("%v", a)
	}
	if !math.IsNaN(families["buzzproof_c"].GetMetric()[0].GetGauge().GetValue()) || !math.IsInf(b.GetMetric()[1].GetGauge().GetValue(), 1) {
		t.Error("what is no number was lost")
	}
}

func TestTheHandlerTellsTheMachineAndItsChecks(t *testing.T) {
	var g Gauge
	s := httptest.NewServer(Metrics(func(ctx context.Context) []Figure {
		return append(g.Look(ctx).Figures(), StatusFigures([]Status{{Name: "origin", Kind: "http", State: Down, Took: 0.5}})...)
	}))
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	families := read(t, text)
	for _, name := range []string{"buzzproof_machine_memory_bytes", "buzzproof_process_memory_bytes", "buzzproof_check_state", "buzzproof_check_seconds"} {
		if families[name] == nil {
			t.Errorf("no %s in\n%s", name, text)
		}
	}
	sum := 0.0
	for _, m := range families["buzzproof_check_state"].GetMetric() {
		sum += m.GetGauge().GetValue()
	}
	if sum != 1 || resp.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("in %v states at once; %v", sum, resp.Header)
	}
	if resp, err := http.Post(s.URL, "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%v %v", resp, err)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("a\"b", "\\n\n\\")
	f.Fuzz(func(t *testing.T, label, help string) {
		read(t, exposition([]Figure{{"x", help, []Label{{"l", label}}, 1}}))
	})
}
