package buzz

// series are counts since a beginning, in bins that grow so that there are
// never many: an hour is as well known by its minutes as a minute by its
// seconds.
type series struct {
	Begun int64 `json:"begun"` // tick
	Width int64 `json:"width"` // seconds of a bin
	Bins  []bin `json:"bins"`
}

type bin struct {
	N     float64 `json:"n"`     // visits
	Secs  float64 `json:"secs"`  // watched
	Usual float64 `json:"usual"` // expected visits
}

const (
	firstWidth = 5
	binsMost   = 96
)

// add counts visits of some seconds that end at a tick.
func (s *series) add(tick int64, n, usual float64, span int64) {
	if s.Width == 0 {
		s.Begun, s.Width = tick-span, firstWidth
	}
	at := (tick - 1 - s.Begun) / s.Width
	for at >= binsMost {
		s.halve()
		at = (tick - 1 - s.Begun) / s.Width
	}
	for int64(len(s.Bins)) <= at {
		s.Bins = append(s.Bins, bin{})
	}
	b := &s.Bins[at]
	b.N, b.Secs, b.Usual = b.N+n, b.Secs+float64(span), b.Usual+usual*float64(span)
}

// halve joins bins two by two.
func (s *series) halve() {
	joined := s.Bins[:0]
	for i := 0; i < len(s.Bins); i += 2 {
		b := s.Bins[i]
		if i+1 < len(s.Bins) {
			c := s.Bins[i+1]
			b = bin{b.N + c.N, b.Secs + c.Secs, b.Usual + c.Usual}
		}
		joined = append(joined, b)
	}
	s.Bins, s.Width = joined, s.Width*2
}
