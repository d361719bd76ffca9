package alert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"buzzproof/internal/settings"
)

// A plan is the configuration of a channel.
type plan interface {
	common() Common
	// open makes the channel without asking anybody.
	open() (Channel, error)
}

// kinds is every kind of channel there is, by its name in the configuration.
var kinds = map[string]func() plan{
	"command":  func() plan { return new(CommandConfig) },
	"discord":  func() plan { return new(DiscordConfig) },
	"gotify":   func() plan { return new(GotifyConfig) },
	"mail":     func() plan { return new(MailConfig) },
	"matrix":   func() plan { return new(MatrixConfig) },
	"ntfy":     func() plan { return new(NtfyConfig) },
	"pushover": func() plan { return new(PushoverConfig) },
	"slack":    func() plan { return new(SlackConfig) },
	"telegram": func() plan { return new(TelegramConfig) },
	"webhook":  func() plan { return new(WebhookConfig) },
}

// Kinds makes an empty configuration for each kind, for a family of sections
// [alert.NAME].
func Kinds() map[string]func() any {
	all := make(map[string]func() any, len(kinds))
	for name, make := range kinds {
		all[name] = func() any { return make() }
	}
	return all
}

// members opens every channel of the configuration.
func members(c Config, site string, channels map[string]settings.Member) ([]*member, error) {
	var all []*member
	for _, name := range slices.Sorted(maps.Keys(channels)) {
		m, err := openMember(c, site, channels[name])
		if err != nil {
			return nil, fmt.Errorf("alert.%s: %w", name, err)
		}
		m.name, m.kind = name, channels[name].Kind
		all = append(all, m)
	}
	return all, nil
}

func openMember(c Config, site string, configured settings.Member) (*member, error) {
	p, ok := configured.Config.(plan)
	if !ok {
		return nil, fmt.Errorf("there is no channel of kind %q", configured.Kind)
	}
	own := p.common()
	zone, err := zoneOf(c.Zone)
	if err != nil {
		return nil, err
	}
	words, err := wordsFor(cmp.Or(own.Language, c.Language))
	if err != nil {
		return nil, err
	}
	quiet, err := parseQuiet(cmp.Or(own.Quiet, c.Quiet), zone)
	if err != nil {
		return nil, err
	}
	channel, err := p.open()
	if err != nil {
		return nil, err
	}
	return &member{
		channel: channel, voice: own.Voice, quiet: quiet, teller: teller{site, words, zone},
		timeout: own.Timeout.Or(defaultTimeout), giveUp: c.GiveUp.Or(defaultGiveUp), room: c.Queue,
		pace: newPace(c.PerHour), wake: make(chan struct{}, 1),
	}, nil
}

// zoneOf finds a time zone; "" is the machine's.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	return zone, nil
}
