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

func TestTheNameOfADeviceSaysNothingOfWhoAsks(t *testing.T) {
	const chrome = " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
	tests := []struct {
		name, agent string
		want        site.Class
	}{
		{"a phone called a bot", "Mozilla/5.0 (Linux; Android 11; M Bot 54 Build/RP1A.200720.011)" + chrome, site.Person},
		{"a phone called Atom, with a locale", "Mozilla/5.0 (Linux; U; Android 10; en-us; Atom L Build/QP1A)" + chrome, site.Person},
		{"a tablet called Spider, without a build", "Mozilla/5.0 (Linux; Android 13; Spider 8)" + chrome, site.Person},
		{"a phone with brackets in its name", "Mozilla/5.0 (Linux; Android 12; Crawler G (2022))" + chrome, site.Person},
		{"a build of Android 15 that scanners have used too", "Mozilla/5.0 (Linux; Android 15; CPH2655 Build/AP3A.240617.008; wv)" + chrome, site.Person},
		{"an agent that was cut off within its device", "Mozilla/5.0 (Linux; Android 9; Scanner", site.Person},
		{"a device without a name", "Mozilla/5.0 (Linux; Android 9)" + chrome + " (compatible; Googlebot/2.1)", site.Search},
		{"who names himself behind the device", "Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3; Storebot-Google/1.0)" + chrome, site.Search},
		{"who says what he is compatible with", "Mozilla/5.0 (Linux; Android 7.0; compatible; SomeSpider)" + chrome, site.Search},
		{"who names himself behind the bracket", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X)" + chrome + " (compatible; SomeSpider)", site.Search},
		{"a television of a maker with a bot's name in his", "Mozilla/5.0 (X11; Linux armv8l)" + chrome + " HbbTV/1.5.1 (+DRM; Panasonic; TX-50)", site.Person},
		{"a calendar within a browser", "Mozilla/5.0 (X11; Linux x86_64; rv:29.0) Gecko/20100101 Firefox/29.0 SeaMonkey/2.26 Lightning/3.1", site.Person},
		{"a browser of a search engine", "Mozilla/5.0 (Linux; Android 10; M40)" + chrome + " SogouMSE,SogouMobileBrowser/6.1.5", site.Person},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ClassOf(test.agent); got != test.want {
				t.Errorf("ClassOf(%q) = %v, want %v", test.agent, got, test.want)
			}
		})
	}
}

func TestWhoSaysWhatElseHeIsIsNoBrowser(t *testing.T) {
	for agent, want := range map[string]site.Class{
		"Mozilla/5.0 (compatible; LookerUp/1.0)":                                                                site.Scanner,
		"Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)":                                       site.Person,
		"Mozilla/5.0 (compatible;MSIE 6.0; Windows NT 5.1)":                                                     site.Person,
		"Mozilla/5.0 (compatible; Konqueror/3.5; Linux) KHTML/3.5.5 (like Gecko)":                               site.Person,
		"Mozilla/5.0 (PlayStation 4 5.0)":                                                                       site.Person,
		"Mozilla/5.0 (compatible; Google-Links)":                                                                site.Search,
		"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko; Google-Thumbs) Chrome/120.0.0.0":              site.Search,
		"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko; compatible; burst) Chrome/98.0 Safari/537.36": site.Search,
	} {
		if got := ClassOf(agent); got != want {
			t.Errorf("ClassOf(%q) = %v, want %v", agent, got, want)
		}
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
