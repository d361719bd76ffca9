package app

import (
	"context"
	"log/slog"
	"math"
	"time"

	"buzzproof/internal/serve"
	"buzzproof/internal/site"
)

// narrate tells the owner what the line makes the site do, until ctx ends:
// which rung it is on, that visitors are refused, how fast the line is. It
// speaks when something has changed, and of refusals once a minute.
func narrate(ctx context.Context, server *serve.Server, log *slog.Logger) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var n narrator
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			n.tell(now, server.Status(), log)
		}
	}
}

// A narrator remembers what it has said.
type narrator struct {
	rung    site.Rung
	rate    float64
	refused int64
	told    time.Time // of refusals
}

func (n *narrator) tell(now time.Time, s serve.Status, log *slog.Logger) {
	if s.Rung != n.rung {
		n.rung = s.Rung
		log.Info("pages are sent on another rung", "rung", s.Rung, "visits_per_second", tenths(s.Visits))
	}
	// A tenth more or less is what finding a rate is like.
	if math.Abs(s.Line.Rate-n.rate) > n.rate/4 {
		n.rate = s.Line.Rate
		if n.rate > 0 {
			log.Info("the line's rate", "used", site.Rate(math.Round(n.rate*8/1e4)*1e4))
		}
	}
	if fresh := s.Line.Refused - n.refused; fresh > 0 && now.Sub(n.told) >= time.Minute {
		log.Warn("the line is full: newcomers were refused", "refused", fresh, "visits_per_second", tenths(s.Visits))
		n.refused, n.told = s.Line.Refused, now
	}
}

func tenths(x float64) float64 { return math.Round(x*10) / 10 }
