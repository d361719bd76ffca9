package governor

import (
	"net/netip"
	"testing"
	"time"
)

func TestPledges(t *testing.T) {
	ann, ben := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	tests := []struct {
		name string
		do   func(p *Pledges)
		at   time.Duration
		want int64
	}{
		{"two pages are both remembered", func(p *Pledges) { p.Make(ann, 100, noon); p.Make(ben, 50, noon) }, 0, 150},
		{"what was asked for is pledged no more", func(p *Pledges) { p.Make(ann, 100, noon); p.Redeem(ann, 60, noon) }, 0, 40},
		{"nobody takes more than was pledged", func(p *Pledges) { p.Make(ann, 100, noon); p.Redeem(ann, 160, noon) }, 0, 0},
		{"a second page takes the place of the first", func(p *Pledges) { p.Make(ann, 100, noon); p.Make(ann, 30, noon) }, 0, 30},
		{"a stranger's picture is no part of a page", func(p *Pledges) { p.Make(ann, 100, noon); p.Redeem(ben, 60, noon) }, 0, 100},
		{"what nobody asks for is forgotten", func(p *Pledges) { p.Make(ann, 100, noon) }, 5 * time.Second, 0},
		{"who still asks is waited for", func(p *Pledges) { p.Make(ann, 100, noon); p.Redeem(ann, 10, noon.Add(4*time.Second)) }, 5 * time.Second, 90},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &Pledges{}
			test.do(p)
			if got := p.Sum(noon.Add(test.at)); got != test.want {
				t.Errorf("%d bytes are pledged, want %d", got, test.want)
			}
		})
	}
}

func TestPledgesAreBounded(t *testing.T) {
	p := &Pledges{}
	a := netip.MustParseAddr("10.0.0.0")
	for range 2 * mostPledges {
		a = a.Next()
		p.Make(a, 1, noon)
	}
	if len(p.by) > mostPledges || p.Sum(noon) != mostPledges {
		t.Errorf("%d pledges of %d bytes are kept, want at most %d", len(p.by), p.Sum(noon), mostPledges)
	}
}
