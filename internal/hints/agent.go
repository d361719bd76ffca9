package hints

import "strings"

// A mark is a word in an agent and what it stands for.
type mark struct{ word, name string }

// browsers are in the order they are tried in: every browser names those it
// descends from as well.
var browsers = []mark{
	{"Edg/", "Edge"},
	{"EdgA/", "Edge"},
	{"EdgiOS/", "Edge"},
	{"Edge/", "Edge"},
	{"OPR/", "Opera"},
	{"OPiOS/", "Opera"},
	{"OPX/", "Opera"},
	{"OPT/", "Opera"},
	{"Opera", "Opera"},
	{"Vivaldi/", "Vivaldi"},
	{"YaBrowser/", "Yandex"},
	{"YaSearchBrowser/", "Yandex"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"UCBrowser/", "UC Browser"},
	{"DuckDuckGo/", "DuckDuckGo"},
	{"MiuiBrowser/", "Miui"},
	{"HuaweiBrowser/", "Huawei"},
	{"Silk/", "Silk"},
	{"QQBrowser/", "QQ"},
	{"VivoBrowser/", "Vivo"},
	{"HeyTapBrowser/", "Oppo"},
	{"Quark/", "Quark"},
	{"FBAN/", "Facebook"},
	{"FBAV/", "Facebook"},
	{"Instagram", "Instagram"},
	{"MicroMessenger/", "WeChat"},
	{"SeaMonkey/", "SeaMonkey"},
	{"PaleMoon/", "Pale Moon"},
	{"Konqueror", "Konqueror"},
	{"Epiphany/", "Epiphany"},
	{"Focus/", "Firefox"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"Iceweasel/", "Firefox"},
	{"HeadlessChrome/", "Chrome, headless"},
	{"CriOS/", "Chrome"},
	{"Chromium/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Android", "Android browser"},
	{"Safari/", "Safari"},
	{"AppleWebKit/", "Safari"},
	{"MSIE ", "Internet Explorer"},
	{"Trident/", "Internet Explorer"},
	{"Lynx/", "Lynx"},
	{"Links ", "Links"},
	{"w3m/", "w3m"},
	{"Gecko/", "Firefox"},
}

var systems = []mark{
	{"Windows Phone", "Windows Phone"},
	{"Windows NT 10.0", "Windows 10 or 11"},
	{"Windows NT 6.3", "Windows 8.1"},
	{"Windows NT 6.2", "Windows 8"},
	{"Windows NT 6.1", "Windows 7"},
	{"Windows NT 6.0", "Windows Vista"},
	{"Windows NT 5", "Windows XP or 2000"},
	{"Windows", "Windows, older"},
	{"HarmonyOS", "HarmonyOS"},
	{"Android", "Android"},
	{"KAIOS", "KaiOS"},
	{"iPhone", "iOS"},
	{"iPod", "iOS"},
	{"iPad", "iPadOS"},
	{"AppleTV", "tvOS"},
	{"Mac OS X", "macOS"},
	{"Macintosh", "macOS"},
	{"Darwin", "macOS"},
	{"CrOS", "ChromeOS"},
	{"Tizen", "Tizen"},
	{"Web0S", "webOS"},
	{"Linux", "Linux"},
	{"linux", "Linux"},
	{"BSD", "BSD"},
	{"SunOS", "Solaris"},
	{"X11", "Unix"},
	{"PlayStation", "PlayStation"},
	{"Nintendo", "Nintendo"},
	{"Xbox", "Xbox"},
	{"BlackBerry", "BlackBerry"},
}

// Other is what cannot be told from an agent.
const Other = "other"

// Browser returns the family of a browser, or the name a machine gives
// itself.
func Browser(agent string) string {
	if agent == "-" {
		return Other
	}
	if machine := selfName(agent); machine != "" {
		return machine
	}
	for _, b := range browsers {
		if strings.Contains(agent, b.word) {
			return b.name
		}
	}
	if strings.HasPrefix(agent, "Mozilla/") {
		return Other
	}
	return firstWord(agent)
}

// selfName finds what a machine calls itself: the word before or behind the
// address of the page that explains it.
func selfName(agent string) string {
	if _, device, ok := strings.Cut(agent, "Android"); ok && strings.HasPrefix(agent, "Mozilla/") {
		// Phones may be called Cubot: what claims something stands behind them.
		if name, behind, ok := strings.Cut(device, ") "); ok && !strings.Contains(name, "http") && !strings.Contains(name, "compatible") {
			agent = "Mozilla/5.0 " + behind
		}
	}
	at := strings.Index(agent, "http")
	lower := strings.ToLower(agent)
	bot := at > 0
	for _, w := range []string{"bot", "crawl", "spider", "slurp"} {
		bot = bot || strings.Contains(lower, w)
	}
	if !bot {
		return ""
	}
	if _, behind, ok := strings.Cut(agent, "compatible; "); ok {
		return firstWord(behind)
	}
	if !strings.HasPrefix(agent, "Mozilla/") {
		return firstWord(agent)
	}
	for word := range strings.FieldsFuncSeq(agent, func(r rune) bool { return strings.ContainsRune(" ;()+,", r) }) {
		w := strings.ToLower(word)
		if strings.Contains(w, "bot") || strings.Contains(w, "crawl") || strings.Contains(w, "spider") {
			return firstWord(word)
		}
	}
	return ""
}

// firstWord cuts a name off before its version.
func firstWord(s string) string {
	if at := strings.IndexAny(s, "/;() ,"); at > 0 {
		s = s[:at]
	}
	if s == "" || len(s) > 40 || strings.ContainsAny(s, "\"'<>=:") {
		return Other
	}
	return s
}

func System(agent string) string {
	for _, s := range systems {
		if strings.Contains(agent, s.word) {
			return s.name
		}
	}
	return Other
}
