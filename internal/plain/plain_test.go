package plain

import (
	"testing"
	"time"
	"unicode/utf8"
)

func TestSafeKeepsToItsColumns(t *testing.T) {
	for _, c := range []struct {
		in      string
		columns int
		want    string
	}{
		{"plain", 10, "plain"},
		{"plain", 5, "plain"},
		{"plainer", 5, "plai…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"a\x1bb", 10, `a\x1bb`},
		{"a\x1bb", 4, "a…"},
		{"caf\u00e9", 10, "café"},
		{"e\u0301", 20, `e\u0301`},
		{"\xff", 10, `\xff`},
	} {
		if got := Safe(c.in, c.columns); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.in, c.columns, got, c.want)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("\x1b[2J\u202e\xff日本", 20)
	f.Fuzz(func(t *testing.T, s string, columns int) {
		columns = 10 + max(0, columns)%200
		got := Safe(s, columns)
		if utf8.RuneCountInString(got) > columns {
			t.Errorf("%q takes more than %d columns", got, columns)
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("%U of %q is shown", r, s)
			}
		}
	})
}

func TestNumbersForPeople(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(999): "999", Count(1000): "1,000", Count(1234567): "1,234,567",
		Bytes(999): "999 B", Bytes(1536): "1.50 KB", Bytes(100 << 20): "100 MB", Bytes(10 << 30): "10.0 GB",
		Took(500 * time.Microsecond): "500 µs", Took(42 * time.Millisecond): "42.0 ms", Took(90 * time.Second): "90.0 s",
		Span(20 * time.Second): "1 minute", Span(80 * time.Minute): "80 minutes", Span(5 * time.Hour): "5 hours", Span(70 * time.Hour): "3 days",
		Share(1, 3): "33.3 %", Share(0, 0): "-",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAPercentIsNotRoundedUpToAWhole(t *testing.T) {
	for part, want := range map[float64]string{1: "100 %", 0.99999: "99.99 %", 0.5: "50.00 %", 0: "0.00 %"} {
		if got := Percent(part); got != want {
			t.Errorf("%v is %s, want %s", part, got, want)
		}
	}
}
