package alert

import (
	"fmt"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// Config is the section [alerts]: what holds for all channels.
type Config struct {
	// Language of what is said: en or fr. Default en.
	Language string `toml:"language"`
	// Quiet are the hours in which only howls are said, such as "22:00-07:00".
	// The rest is summed up when they end. Default: none.
	Quiet string `toml:"quiet"`
	// Zone is the time zone of the quiet hours and of what is said, such as
	// "Europe/Paris". Default: the machine's.
	Zone string `toml:"zone"`
	// PerHour is how many messages a channel carries in an hour; what is more is
	// summed up in the next. The last quarter is kept for howls. Default 12.
	PerHour int `toml:"per_hour"`
	// Queue is how many events wait for a channel that does not answer, or in
	// quiet hours. Past it the quietest and oldest are dropped and counted.
	// Default 100.
	Queue int `toml:"queue"`
	// GiveUp is after which time an event is dropped that a channel does not
	// take. Default 24h.
	GiveUp settings.Duration `toml:"give_up"`
}

// Common are the settings that every channel has: [alert.NAME].
type Common struct {
	// Voice is the least that is said here: ears, bark or howl. Default ears,
	// which is all.
	Voice site.Voice `toml:"voice"`
	// Language of this channel. Default: that of [alerts].
	Language string `toml:"language"`
	// Quiet are the quiet hours of this channel, or "never". Default: those of
	// [alerts].
	Quiet string `toml:"quiet"`
	// Timeout is how long a try may take. Default 30s.
	Timeout settings.Duration `toml:"timeout"`
}

func (c Common) common() Common { return c }

// What holds where nothing is configured.
const (
	defaultPerHour = 12
	defaultQueue   = 100
	defaultGiveUp  = 24 * time.Hour
	defaultTimeout = 30 * time.Second
)

func (c Config) check() (Config, error) {
	if c.PerHour == 0 {
		c.PerHour = defaultPerHour
	}
	if c.Queue == 0 {
		c.Queue = defaultQueue
	}
	switch {
	case c.PerHour < 1 || c.PerHour > 3600:
		return c, fmt.Errorf("alerts: per_hour = %d: want 1 to 3600", c.PerHour)
	case c.Queue < 1 || c.Queue > 10000:
		return c, fmt.Errorf("alerts: queue = %d: want 1 to 10000", c.Queue)
	}
	return c, nil
}
