package rehearse

import (
	"crypto/tls"
	"slices"
)

// An agent is a program that visits. Servers tell programs apart by what they
// call themselves and by how their TLS library says hello, so visitors of a
// rehearsal must not all sound alike.
type agent struct {
	name   string
	alpn   []string
	groups []tls.CurveID
}

func (a agent) http2() bool { return slices.Contains(a.alpn, "h2") }

// How libraries say hello, by what they offer.
var (
	both    = []string{"h2", "http/1.1"}
	oneOnly = []string{"http/1.1"}
	none    []string // a library that is not told which protocols there are

	// Browsers and recent libraries offer the post-quantum share first.
	chromeGroups  = []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384}
	firefoxGroups = append(slices.Clone(chromeGroups), tls.CurveP521)
	opensslGroups = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521} // OpenSSL 3.0
	rustlsGroups  = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}
	fizzGroups    = []tls.CurveID{tls.X25519, tls.CurveP256}
)

// browsers are what people look at pages with.
var browsers = []agent{
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", both, chromeGroups},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", both, chromeGroups},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", both, firefoxGroups},
	{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", both, chromeGroups},
	{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36", both, chromeGroups},
}

// previews are what makes previews of links, most of it in Ruby. The hosts are
// examples.
var previews = []agent{
	{"Mastodon/4.4.3 (http.rb/5.3.1; +https://one.social.example/)", none, opensslGroups},
	{"http.rb/5.2.0 (Mastodon/4.3.9; +https://two.social.example/) Bot", none, opensslGroups},
	{"Mastodon/4.5.0 (http.rb/5.3.1; +https://three.social.example/)", none, opensslGroups},
	{"Mastodon/4.4.5 (http.rb/5.3.1; +https://four.social.example/)", none, opensslGroups},
	{"Akkoma 3.15.2; https://five.social.example <admin@five.social.example>; Bot", oneOnly, rustlsGroups},
	{"Misskey/2025.9.0 (https://six.social.example) SummalyBot/5.2.0", oneOnly, opensslGroups},
	{"Lemmy/0.19.13; +https://seven.social.example", both, rustlsGroups},
	{"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", none, opensslGroups},
	{"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", both, rustlsGroups},
	{"TelegramBot (like TwitterBot)", none, opensslGroups},
	{"WhatsApp/2.23.20.0", both, fizzGroups},
	{"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", both, fizzGroups},
	{"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", none, opensslGroups},
	{"Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)", oneOnly, opensslGroups},
}

// crawlers walk through whole sites.
var crawlers = []agent{
	{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", both, chromeGroups},
	{"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", both, opensslGroups},
	{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", oneOnly, rustlsGroups},
	{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", both, rustlsGroups},
	{"CCBot/2.0 (https://commoncrawl.org/faq/)", none, opensslGroups},
}

// agentOf chooses who it is. A person may be kept to HTTP/1.1, as by the proxy
// of a company; what others speak is their program's affair.
func agentOf(who string, n int, http1 bool) agent {
	switch who {
	case Preview:
		return previews[n%len(previews)]
	case Crawler:
		return crawlers[n%len(crawlers)]
	}
	a := browsers[n%len(browsers)]
	if http1 || who == Slow || who == Mute {
		a.alpn = oneOnly
	}
	return a
}
