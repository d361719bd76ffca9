package hints

import "testing"

func TestStaticFilesAreToldByTheirEnding(t *testing.T) {
	for path, want := range map[string]bool{
		"/a.css": true, "/a.CSS": true, "/a.woff2": true, "/a.tar.gz": true, "/.css": true, "/favicon.ico": true,
		"/a.css?v=1": false, ".css": false, "/a.html": false, "/css": false, "/": false, "": false, "/a.woff22": false, "/a.": false,
	} {
		if got := IsStatic(path); got != want {
			t.Errorf("%q is a static file: %v", path, got)
		}
	}
}

func TestSearchPhrases(t *testing.T) {
	for _, c := range []struct{ referrer, phrase, counted string }{
		{"https://www.google.com/search?q=small+system&ie=utf-8", "small system", "https://www.google.com/search?q=small+system"},
		{"https://www.google.fr/url?sa=t&q=caf%C3%A9&url=x", "café", "https://www.google.fr/url?sa=t&q=caf%C3%A9"},
		{"http://translate.googleusercontent.com/t?u=%3Fq%3Da%26b", "a", "http://translate.googleusercontent.com/t?u=%3Fq%3Da"},
		{"http://webcache.googleusercontent.com/search?q=cache:xyz:h.example/+the+words&x=1", "the words", "http://webcache.googleusercontent.com/search?q=cache:xyz:h.example/+the+words"},
		{"https://www.google.com/", "", "https://www.google.com/"},
		{"https://www.google.com/search?q=&x=1", "", "https://www.google.com/search?q="},
		{"https://duckduckgo.com/?q=a+b&t=h_", "a b", "https://duckduckgo.com/?q=a+b&t=h_"},
		{"https://www.bing.com/search?q=x", "x", "https://www.bing.com/search?q=x"},
		{"https://cn.bing.com:443/search?q=x", "x", "https://cn.bing.com:443/search?q=x"},
		{"https://de.search.yahoo.com/search?p=x", "x", "https://de.search.yahoo.com/search?p=x"},
		{"https://m.baidu.com/s?word=x", "x", "https://m.baidu.com/s?word=x"},
		{"https://search.seznam.cz/?q=x", "x", "https://search.seznam.cz/?q=x"},
		{"https://www.climbing.com/search?q=x", "", "https://www.climbing.com/search?q=x"},
		{"https://flask.com.example/?q=x", "", "https://flask.com.example/?q=x"},
		{"https://ask.com.example/?q=x", "", "https://ask.com.example/?q=x"},
		{"https://news.example/?q=x", "", "https://news.example/?q=x"},
		{"https://www.google.com/?q=5%", "5%", "https://www.google.com/?q=5%"},
	} {
		if phrase, counted := Phrase(c.referrer); phrase != c.phrase || counted != c.counted {
			t.Errorf("%s\n got %q of %s\nwant %q of %s", c.referrer, phrase, counted, c.phrase, c.counted)
		}
	}
}

func TestReferringSites(t *testing.T) {
	for referrer, want := range map[string]string{
		"https://news.example/a?b": "news.example", "http://h:8080": "h:8080", "android-app://com.slack/": "com.slack",
		"-": "", "news.example/a": "", "https://": "", "https://?q": "",
	} {
		if got := Site(referrer); got != want {
			t.Errorf("%q comes from %q, want %q", referrer, got, want)
		}
	}
}

func TestAgents(t *testing.T) {
	for _, c := range []struct{ agent, browser, system string }{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/53.0.0.0 Safari/537.36", "Chrome", "Windows 10 or 11"},
		{"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge", "Windows 10 or 11"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1", "Safari", "iOS"},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:48.0) Gecko/20100101 Firefox/48.0", "Firefox", "Linux"},
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "other"},
		{"http.rb/2.0.3 (Mastodon/1.0; +https://mastodon.example/)", "http.rb", "other"},
		{"curl/7.50.1", "curl", "other"},
		{"Mozilla/5.0 (Linux; Android 4.2.2; CUBOT X6 Build/JDQ39) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.111 Mobile Safari/537.36", "Chrome", "Android"},
		{"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "Android"},
		{"Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 Bytespider", "Bytespider", "Android"},
		{"Mozilla/5.0 (Linux; Android 5.0; SM-G900P; Bytespider; +https://z.example) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0 Mobile Safari/537.36", "Bytespider", "Android"},
		{"Mozilla/5.0 (Linux; arm_64; Android 13; RMX3771) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0 YaApp_Android/21 YaSearchBrowser/21.11", "Yandex", "Android"},
		{"Mozilla/5.0 (Linux; Android 12; HarmonyOS; BKY-W09) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 HuaweiBrowser/14.0 Mobile", "Huawei", "HarmonyOS"},
		{"Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "BSD"},
		{"Mozilla/5.0 (SMART-TV; Linux; Tizen 2.3) AppleWebKit/538.1 (KHTML, like Gecko) Version/2.3 TV Safari/538.1", "Safari", "Tizen"},
		{"Mozilla/5.0 (Mobile; MK241; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.1", "Firefox", "KaiOS"},
		{"-", "other", "other"},
		{"<script>alert(1)</script>", "other", "other"},
		{"Mozilla/4.0", "other", "other"},
	} {
		if b, s := Browser(c.agent), System(c.agent); b != c.browser || s != c.system {
			t.Errorf("%s is %s on %s, want %s on %s", c.agent, b, s, c.browser, c.system)
		}
	}
}
