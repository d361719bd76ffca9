package traffic

import (
	"bytes"
	"os"
	"testing"

	"buzzproof/internal/accesslog"
)

func BenchmarkCount(b *testing.B) {
	log, err := os.ReadFile(os.Getenv("LOG"))
	if err != nil {
		b.Skip()
	}
	k, _ := accesslog.Named("combined")
	n := bytes.Count(log, []byte{'\n'})
	for b.Loop() {
		c := New(Options{Shards: 1})
		c.Read(b.Context(), NewLog("x", bytes.NewReader(log), k.Format))
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "lines/s")
}
