package health

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"buzzproof/internal/settings"
)

// Config is the section [checks]: what holds for all checks.
type Config struct {
	// Every is the time between two looks. Default 1m.
	Every settings.Duration `toml:"every"`
}

// Common are the settings that every check has: [check.NAME].
type Common struct {
	// Every is the time between two looks. Default: that of [checks].
	Every settings.Duration `toml:"every"`
	// Timeout is how long a look may take. Default 10s, or the time between two
	// looks when that is less.
	Timeout settings.Duration `toml:"timeout"`
	// Slow is from which time on an answer is slow. Default 2s; for what does
	// not answer it means nothing.
	Slow settings.Duration `toml:"slow"`
}

func (c *Common) common() *Common { return c }

func (c *Common) slow() time.Duration { return c.Slow.Or(defaultSlow) }

// What holds where nothing is configured.
const (
	defaultEvery   = time.Minute
	defaultTimeout = 10 * time.Second
	defaultSlow    = 2 * time.Second
	shortestEvery  = time.Second
)

// A plan is the configuration of a check.
type plan interface {
	common() *Common
	// open makes the check without looking.
	open() (Check, error)
}

// kinds is every kind of check there is, by its name in the configuration.
var kinds = map[string]func() plan{
	"certificate": func() plan { return new(CertificateConfig) },
	"disk":        func() plan { return new(DiskConfig) },
	"dns":         func() plan { return new(DNSConfig) },
	"file":        func() plan { return new(FileConfig) },
	"http":        func() plan { return new(HTTPConfig) },
	"icmp":        func() plan { return new(ICMPConfig) },
	"machine":     func() plan { return new(MachineConfig) },
	"process":     func() plan { return new(ProcessConfig) },
	"tcp":         func() plan { return new(TCPConfig) },
}

// Kinds makes an empty configuration for each kind, for a family of sections
// [check.NAME].
func Kinds() map[string]func() any {
	all := make(map[string]func() any, len(kinds))
	for name, empty := range kinds {
		all[name] = func() any { return empty() }
	}
	return all
}

// open makes every check of the configuration.
func open(c Config, checks map[string]settings.Member) ([]*member, error) {
	var all []*member
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		p, ok := checks[name].Config.(plan)
		if !ok {
			return nil, fmt.Errorf("check.%s: there is no check of kind %q", name, checks[name].Kind)
		}
		own := p.common()
		every := own.Every.Or(c.Every.Or(defaultEvery))
		if every < shortestEvery {
			return nil, fmt.Errorf("check.%s: every = %v: looks are a second apart at least", name, every)
		}
		check, err := p.open()
		if err != nil {
			return nil, fmt.Errorf("check.%s: %w", name, err)
		}
		timeout := min(own.Timeout.Or(defaultTimeout), every)
		all = append(all, &member{name: name, kind: checks[name].Kind, check: check, every: every, timeout: timeout, state: Unknown})
	}
	return all, nil
}
