package alert

import (
	"time"

	"buzzproof/internal/site"
)

// A Speaker says events as alerts do, for a screen or a story.
type Speaker struct{ teller *teller }

// NewSpeaker returns one who speaks the language of the alerts.
func NewSpeaker(c Config, site string) (*Speaker, error) {
	c, err := c.check()
	if err != nil {
		return nil, err
	}
	words, err := wordsFor(c.Language)
	if err != nil {
		return nil, err
	}
	zone, err := zoneOf(c.Zone)
	if err != nil {
		return nil, err
	}
	return &Speaker{&teller{plain(site, nameLength), words, zone}}, nil
}

// Line says an event in one line.
func (s *Speaker) Line(e site.Event, now time.Time) string { return s.teller.line(e, now) }
