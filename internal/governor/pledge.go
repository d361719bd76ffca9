package governor

import (
	"net/netip"
	"time"

	"buzzproof/internal/site"
)

// Pledges are what pages that have been sent will still ask for. A browser
// asks for a page's pictures a round trip after the page; until then nobody
// but us knows of them. Each is kept by the address that was sent the page.
//
// Not everything on a page is asked for: some of it lies below the fold, some
// in the visitor's cache. Pledges learn which part is.
type Pledges struct {
	by      map[netip.Addr]*pledge
	sum     int64
	swept   time.Time
	unasked [site.Refused]float64 // part of what pages show that is never asked for, on average
}

type pledge struct {
	rung  site.Rung
	parts int64 // bytes of what the page shows
	asked int64 // bytes of it that were asked for
	left  int64 // bytes that are expected still
	moved time.Time
}

const (
	// What has not been asked for four seconds after a page, or after what was
	// asked for last, will not be.
	pledgeLife  = 4 * time.Second
	mostPledges = 1 << 12
)

// Expect returns a page with the parts that will be asked for, as visitors
// before have done.
func (p *Pledges) Expect(page Page) Page {
	for r, part := range p.unasked {
		page.Parts[r] = int64(float64(page.Parts[r]) * (1 - part))
	}
	return page
}

// Make notes that a page is sent to an address on a rung.
func (p *Pledges) Make(to netip.Addr, r site.Rung, page Page, now time.Time) {
	if p.by == nil {
		p.by = map[netip.Addr]*pledge{}
	}
	p.drop(to)
	if page.Parts[r] == 0 || len(p.by) >= mostPledges {
		return
	}
	made := &pledge{rung: r, parts: page.Parts[r], left: p.Expect(page).Parts[r], moved: now}
	p.by[to] = made
	p.sum += made.left
}

// Redeem notes that one of the parts was asked for.
func (p *Pledges) Redeem(to netip.Addr, bytes int64, now time.Time) {
	made := p.by[to]
	if made == nil {
		return
	}
	made.asked += bytes
	bytes = min(bytes, made.left)
	made.left -= bytes
	made.moved = now
	p.sum -= bytes
}

// Sum is how many bytes will still be asked for.
func (p *Pledges) Sum(now time.Time) int64 {
	if now.Sub(p.swept) >= time.Second {
		p.swept = now
		for to, made := range p.by {
			if now.Sub(made.moved) > pledgeLife {
				p.learn(made)
				p.drop(to)
			}
		}
	}
	return p.sum
}

// learn compares what was asked for with what there was. A tenth of a page is
// always expected: a visitor who leaves at once must not make the next one's
// page look like nothing.
func (p *Pledges) learn(made *pledge) {
	unasked := 1 - float64(made.asked)/float64(made.parts)
	average := &p.unasked[made.rung]
	*average += (min(0.9, max(0, unasked)) - *average) / pageMemory
}

func (p *Pledges) drop(to netip.Addr) {
	if made := p.by[to]; made != nil {
		p.sum -= made.left
		delete(p.by, to)
	}
}
