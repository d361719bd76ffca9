package pid1

import (
	"testing"
	"time"
)

func TestAddressesAreShownWholeOrNotAtAll(t *testing.T) {
	const v4, long, other = "192.0.2.10", "2001:db8:1234:5678:5054:ff:fe12:3456", "fd00:1111:2222:3333:5054:ff:fe12:3456"
	for _, test := range []struct {
		sentence string
		all      []string
		want     string
	}{
		{"none", nil, "no address yet"},
		{"one", []string{v4}, "at 192.0.2.10"},
		{"both kinds", []string{v4, long}, "at 192.0.2.10, 2001:db8:1234:5678:5054:ff:fe12:3456"},
		{"more than fit", []string{v4, long, other}, "at 192.0.2.10, 2001:db8:1234:5678:5054:ff:fe12:3456 and 1 more: press s"},
		{"far more than fit", []string{v4, long, other, other}, "at 192.0.2.10, 2001:db8:1234:5678:5054:ff:fe12:3456 and 2 more: press s"},
		{"two long ones", []string{long, other}, "at 2001:db8:1234:5678:5054:ff:fe12:3456, fd00:1111:2222:3333:5054:ff:fe12:3456"},
	} {
		if got := where(test.all, 78); got != test.want || len(got) > 78 {
			t.Errorf("%s: %q, want %q", test.sentence, got, test.want)
		}
	}
}

func TestTheUptimeGetsCoarser(t *testing.T) {
	for d, want := range map[time.Duration]string{
		59 * time.Second: "59 s", 3*time.Minute + 59*time.Second: "3 min", 61 * time.Minute: "1 h 01 min", 50 * time.Hour: "2 d 2 h",
	} {
		if got := uptime(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
