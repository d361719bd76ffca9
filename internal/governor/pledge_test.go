package governor

import (
	"net/netip"
	"testing"
	"time"

	"buzzproof/internal/site"
)

func TestPledges(t *testing.T) {
	ann, ben := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	tests := []struct {
		name string
		do   func(p *Pledges)
		at   time.Duration
		want int64
	}{
		{"two pages are both remembered", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon); p.Make(ben, site.Full, parts(50), noon) }, 0, 150},
		{"what was asked for is pledged no more", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon); p.Redeem(ann, 60, noon) }, 0, 40},
		{"nobody takes more than was pledged", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon); p.Redeem(ann, 160, noon) }, 0, 0},
		{"a second page takes the place of the first", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon); p.Make(ann, site.Full, parts(30), noon) }, 0, 30},
		{"a stranger's picture is no part of a page", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon); p.Redeem(ben, 60, noon) }, 0, 100},
		{"what nobody asks for is forgotten", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon) }, 5 * time.Second, 0},
		{"who still asks is waited for", func(p *Pledges) { p.Make(ann, site.Full, parts(100), noon); p.Redeem(ann, 10, noon.Add(4*time.Second)) }, 5 * time.Second, 90},
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

func parts(bytes int64) (page Page) {
	page.Parts[site.Full] = bytes
	return page
}

func TestWhatIsNeverAskedForIsExpectedNoMore(t *testing.T) {
	p, a, now := &Pledges{}, netip.MustParseAddr("10.0.0.0"), noon
	for range 100 {
		a, now = a.Next(), now.Add(time.Second)
		p.Make(a, site.Full, parts(1000), now)
		p.Redeem(a, 400, now)
		p.Sum(now)
	}
	if got := p.Expect(parts(1000)).Parts[site.Full]; got < 380 || got > 420 {
		t.Errorf("%d of 1000 bytes are expected, want the 400 that everybody asks for", got)
	}
}

func TestPledgesAreBounded(t *testing.T) {
	p := &Pledges{}
	a := netip.MustParseAddr("10.0.0.0")
	for range 2 * mostPledges {
		a = a.Next()
		p.Make(a, site.Full, parts(1), noon)
	}
	if len(p.by) > mostPledges || p.Sum(noon) != mostPledges {
		t.Errorf("%d pledges of %d bytes are kept, want at most %d", len(p.by), p.Sum(noon), mostPledges)
	}
}
