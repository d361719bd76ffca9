package governor

import (
	"net/netip"
	"time"
)

// Pledges are what pages that have been sent will still ask for. A browser
// asks for a page's pictures a round trip after the page; until then nobody
// but us knows of them. Each is kept by the address that was sent the page.
type Pledges struct {
	by    map[netip.Addr]*pledge
	sum   int64
	swept time.Time
}

type pledge struct {
	bytes int64
	moved time.Time
}

const (
	// What has not been asked for four seconds after a page, or after what was
	// asked for last, is in the visitor's cache, below the fold, or unwanted.
	pledgeLife  = 4 * time.Second
	mostPledges = 1 << 12
)

// Make notes that a page with parts of so many bytes is sent to an address.
func (p *Pledges) Make(to netip.Addr, bytes int64, now time.Time) {
	if p.by == nil {
		p.by = map[netip.Addr]*pledge{}
	}
	p.drop(to)
	if bytes > 0 && len(p.by) < mostPledges {
		p.by[to] = &pledge{bytes, now}
		p.sum += bytes
	}
}

// Redeem notes that one of the parts was asked for.
func (p *Pledges) Redeem(to netip.Addr, bytes int64, now time.Time) {
	made := p.by[to]
	if made == nil {
		return
	}
	bytes = min(bytes, made.bytes)
	made.bytes -= bytes
	made.moved = now
	p.sum -= bytes
	if made.bytes == 0 {
		delete(p.by, to)
	}
}

// Sum is how many bytes will still be asked for.
func (p *Pledges) Sum(now time.Time) int64 {
	if now.Sub(p.swept) >= time.Second {
		p.swept = now
		for to, made := range p.by {
			if now.Sub(made.moved) > pledgeLife {
				p.drop(to)
			}
		}
	}
	return p.sum
}

func (p *Pledges) drop(to netip.Addr) {
	if made := p.by[to]; made != nil {
		p.sum -= made.bytes
		delete(p.by, to)
	}
}
