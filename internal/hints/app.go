package hints

import "strings"

// apps are programs that open links in a browser of their own, which tells no
// referrer, by a word in their agent.
var apps = []struct{ word, name string }{
	{"Instagram", "Instagram (app)"},
	{"FBAN/", "Facebook (app)"},
	{"FBAV/", "Facebook (app)"},
	{"LinkedInApp", "LinkedIn (app)"},
	{"Twitter for", "X (app)"},
	{"TwitterAndroid", "X (app)"},
	{"Reddit/", "Reddit (app)"},
	{"Bluesky", "Bluesky (app)"},
	{"Mastodon", "Mastodon (app)"},
	{"Tusky", "Mastodon (app)"},
	{"Telegram", "Telegram (app)"},
	{"Slack", "Slack (app)"},
	{"Discord", "Discord (app)"},
	{"Pinterest", "Pinterest (app)"},
	{"Snapchat", "Snapchat (app)"},
	{"musical_ly", "TikTok (app)"},
	{"BytedanceWebview", "TikTok (app)"},
	{"MicroMessenger", "WeChat (app)"},
	{" Line/", "LINE (app)"},
	{"Flipboard", "Flipboard (app)"},
	{"HackerNews", "Hacker News (app)"},
	{"GSA/", "Google (app)"},
}

// App returns the app that a link was opened in, "" when the agent names none.
func App(agent string) string {
	for _, a := range apps {
		if strings.Contains(agent, a.word) {
			return a.name
		}
	}
	return ""
}
