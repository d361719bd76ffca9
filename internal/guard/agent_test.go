package guard

import (
	"strings"
	"testing"

	"buzzproof/internal/site"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func TestAnAgentThatNamesItselfIsBelieved(t *testing.T) {
	tests := []struct {
		name, agent string
		want        site.Class
	}{
		{"a browser is a person", firefox, site.Person},
		{"nothing is a person", "", site.Person},
		{"a Mastodon server", "Mastodon/4.3.1 (http.rb/5.2.0; +https://mastodon.social/)", site.Preview},
		{"a fediverse server under another engine", "http.rb/5.1.1 (Mastodon/4.2.10; +https://example.social/) Bot", site.Preview},
		{"Slack", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", site.Preview},
		{"iMessage hides behind two others", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0", site.Preview},
		{"WhatsApp", "WhatsApp/2.23.20.0", site.Preview},
		{"Google's index", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", site.Search},
		{"a feed reader", "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)", site.Feed},
		{"a collector of texts", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", site.AI},
		{"a monitor", "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", site.Monitor},
		{"a scanner", "Mozilla/5.0 zgrab/0.x", site.Scanner},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ClassOf(test.agent); got != test.want {
				t.Errorf("ClassOf(%q) = %v, want %v", test.agent, got, test.want)
			}
		})
	}
}

func TestAskingForTheClassAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { ClassOf(firefox) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkClassOfABrowser(b *testing.B) {
	for b.Loop() {
		ClassOf(firefox)
	}
}

// Agents that were made to be slow to look at.
func BenchmarkClassOfHostileAgents(b *testing.B) {
	for name, piece := range map[string]string{"bots": "bot", "spiders": "spider", "browsers": "mozilla/5.0 (", "words": "contextualbot "} {
		b.Run(name, func(b *testing.B) {
			agent := strings.Repeat(piece, 2000)
			for b.Loop() {
				ClassOf(agent)
			}
		})
	}
}
