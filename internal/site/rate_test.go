package site

import "testing"

func TestRatesAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Rate
		said     string
	}{
		{"a line of the house", "1Mbit/s", 1_000_000, "1 Mbit/s"},
		{"a space before the unit", "1 Mbit/s", 1_000_000, "1 Mbit/s"},
		{"a fraction", "0.64Mbit/s", 640_000, "640 kbit/s"},
		{"the unit in any case", "10mbit/S", 10_000_000, "10 Mbit/s"},
		{"kilobits are a thousand", "800kbit/s", 800_000, "800 kbit/s"},
		{"as providers write it", "16Mbps", 16_000_000, "16 Mbit/s"},
		{"bits alone", "56000 bit/s", 56_000, "56 kbit/s"},
		{"fibre", "2.5Gbit/s", 2_500_000_000, "2.5 Gbit/s"},
		{"less than a kilobit", "300bit/s", 300, "300 bit/s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseRate(c.in)
			if err != nil || got != c.want || got.String() != c.said {
				t.Errorf("ParseRate(%q) = %d, %v, said %q; want %d, %q", c.in, got, err, got.String(), c.want, c.said)
			}
		})
	}
}

func TestWhatIsNoRateIsRefused(t *testing.T) {
	for _, c := range []struct{ name, in string }{
		{"nothing", ""},
		{"a number without unit may be bytes", "1000000"},
		{"bytes", "1MB/s"},
		{"bytes, as providers write them", "16MBps"},
		{"a unit alone", "Mbit/s"},
		{"nothing per second", "0Mbit/s"},
		{"less than nothing", "-1Mbit/s"},
		{"no number", "fast Mbit/s"},
		{"not a number", "NaN bit/s"},
		{"without end", "Inf bit/s"},
		{"more than there is", "9999999999Gbit/s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ParseRate(c.in); err == nil {
				t.Errorf("ParseRate(%q) = %d, want an error", c.in, got)
			}
		})
	}
}

func TestALineCarriesAnEighthOfItsBitsInBytes(t *testing.T) {
	if got := Rate(1_000_000).Bytes(); got != 125_000 {
		t.Errorf("1 Mbit/s carries %v bytes a second, want 125000", got)
	}
}

func FuzzParseRate(f *testing.F) {
	for _, s := range []string{"1Mbit/s", "0.5 kbit/s", "1e3bit/s", "x", "-0 Gbit/s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rate, err := ParseRate(s)
		if err != nil {
			return
		}
		if again, err := ParseRate(rate.String()); err != nil || again != rate {
			t.Errorf("%q is %d, said %q, which is %d, %v", s, rate, rate.String(), again, err)
		}
	})
}
