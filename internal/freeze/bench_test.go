package freeze

import (
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"buzzproof/internal/sample"
	"buzzproof/internal/snapshot"
)

// BenchmarkFreeze20000 makes a whole copy of a generated site: crawled,
// rewritten, checked and committed. The origin answers from the same process
// over loopback, so its share of the processor and of the memory is in the
// figures.
//
//	go test -run '^$' -bench Freeze20000 -benchtime 1x ./internal/freeze
func BenchmarkFreeze20000(b *testing.B) {
	const pages = 20_000
	origin := httptest.NewServer(sample.Generated(pages))
	defer origin.Close()
	address, err := url.Parse(origin.URL)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		before := processorTime(b)
		began := time.Now()
		report := freezeOnce(b, address)
		took, used := time.Since(began), processorTime(b)-before
		if report.Pages != pages || !report.Complete {
			b.Fatalf("%d pages of %d, complete: %v, missing: %v", report.Pages, pages, report.Complete, report.Missing)
		}
		b.ReportMetric(pages/took.Seconds(), "pages/s")
		b.ReportMetric(pages/used.Seconds(), "pages/cpu-s")
		b.ReportMetric(peakMemory(b), "peak-MB")
		b.ReportMetric(0, "ns/op")
	}
}

func freezeOnce(b *testing.B, origin *url.URL) *Report {
	b.Helper()
	store, err := snapshot.OpenStore(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	f, err := New(store, Config{Origin: origin, UserAgent: "benchmark"})
	if err != nil {
		b.Fatal(err)
	}
	report, err := f.Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return report
}

// processorTime is what the whole process has used, in user and system mode.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// peakMemory is the most memory the process has ever held, in MB of a million
// bytes; 0 where the system does not say.
func peakMemory(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != "VmHWM:" {
			continue
		}
		kib, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		return kib * 1024 / 1e6
	}
	return 0
}
