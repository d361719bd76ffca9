package sample

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

// A Log says what a made-up access log holds. It is in the combined format.
type Log struct {
	Lines  int
	Days   int    // from 5 September 2016 on; at least 1
	Pages  int    // different pages; 0 means 5,000
	Seed   uint64 // equal seeds make equal logs
	Broken int    // one line in so many is broken; 0 for none
}

// Write writes the log. People come from Zipf's distribution of referrers,
// read pages with their assets, and are outnumbered by machines that look for
// other people's programs, as in life.
func (l Log) Write(w io.Writer) error {
	r := rand.New(rand.NewPCG(l.Seed, 2016))
	if l.Pages == 0 {
		l.Pages = 5000
	}
	g := &logWriter{
		out: bufio.NewWriterSize(w, 1<<16), rand: r, log: l,
		page: rand.NewZipf(r, 1.2, 4, uint64(l.Pages-1)),
		step: time.Duration(max(1, l.Days)) * 24 * time.Hour / time.Duration(max(1, l.Lines)),
		at:   time.Date(2016, 9, 5, 0, 0, 0, 0, time.UTC),
	}
	for g.lines < l.Lines {
		g.visit()
	}
	return g.out.Flush()
}

type logWriter struct {
	out   *bufio.Writer
	rand  *rand.Rand
	log   Log
	page  *rand.Zipf
	at    time.Time
	step  time.Duration // from one line to the next
	lines int
	buf   []byte
}

var (
	logAgents = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%[1]d.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS %d_0 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Version/9.0 Mobile/13F69 Safari/601.1",
		"Mozilla/5.0 (Linux; Android 6.0.1; SM-G%d) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.98 Mobile Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_%d) AppleWebKit/601.6.17 (KHTML, like Gecko) Version/9.1.1 Safari/601.6.17",
	}
	logMachines = []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
		"http.rb/2.0.3 (Mastodon/1.0; +https://mastodon.example/)",
		"Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
		"Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
		"curl/7.50.1", "python-requests/2.11.1", "-",
	}
	logReferrers = []string{
		"-", "-", "-", "https://news.ycombinator.com/", "https://www.reddit.com/r/programming/", "https://t.co/aBcDeF%d",
		"https://www.google.com/search?q=small+system+%d&ie=utf-8", "https://duckduckgo.com/", "http://lobste.rs/s/%d/a_story",
		"https://www.journalduhacker.net/", "android-app://com.slack/", "https://www.google.fr/",
	}
	logProbes = []string{
		"/wp-login.php", "/phpmyadmin/index.php?lang=%d", "/.env", "/.git/config", "/administrator/index.php", "/xmlrpc.php",
		"/shell%%20%d.php", "/../../etc/passwd",
	}
	logAssets   = []string{"/assets/site.css", "/assets/site.js?v=7", "/content/images/%d.jpg", "/favicon.ico", "/assets/font.WOFF2"}
	brokenLines = []string{"", "# a remark", "not a line of a log", `1.2.3.4 - - [05/Sep/2016:00:00:00 +0000] "GET / HTTP/1.1"`, "\x16\x03\x01\x00\xee"}
)

// some fills the number in, if there is a place for one.
func (g *logWriter) some(list []string, below int) string {
	s := list[g.rand.IntN(len(list))]
	for i := range len(s) {
		if s[i] == '%' {
			return fmt.Sprintf(s, g.rand.IntN(below))
		}
	}
	return s
}

// visit writes what one client does.
func (g *logWriter) visit() {
	client := fmt.Sprintf("%d.%d.%d.%d", 1+g.rand.IntN(222), g.rand.IntN(32), g.rand.IntN(32), 1+g.rand.IntN(16))
	if g.rand.IntN(12) == 0 {
		client = fmt.Sprintf("2001:db8:%x::%x", g.rand.IntN(4096), 1+g.rand.IntN(64))
	}
	switch kind := g.rand.IntN(10); {
	case kind == 0:
		agent := g.some(logMachines, 1)
		for range 1 + g.rand.IntN(12) {
			g.line(client, "GET", g.address(), "-", agent, 200)
		}
	case kind == 1:
		agent := g.some(logAgents, 60)
		for range 3 + g.rand.IntN(30) {
			status := []int{404, 404, 404, 404, 404, 403, 400, 301}[g.rand.IntN(8)]
			g.line(client, []string{"GET", "GET", "POST", "HEAD"}[g.rand.IntN(4)], g.some(logProbes, 400), "-", agent, status)
		}
	default:
		agent, referrer := g.some(logAgents, 60), g.some(logReferrers, 3000)
		for range 1 + g.rand.IntN(3) {
			page := g.address()
			g.line(client, "GET", page, referrer, agent, []int{200, 200, 200, 200, 200, 200, 304, 301, 500, 206}[g.rand.IntN(10)])
			referrer = "https://blog.example.org" + page
			for range g.rand.IntN(4) {
				g.line(client, "GET", g.some(logAssets, 200), referrer, agent, 200)
			}
		}
	}
}

func (g *logWriter) address() string {
	n := g.page.Uint64()
	switch n % 7 {
	case 3:
		return "/tag/" + strconv.FormatUint(n, 10) + "/?page=2"
	case 5:
		return "/caf%C3%A9/" + strconv.FormatUint(n, 10) + "/"
	}
	return "/a-story-number-" + strconv.FormatUint(n, 10) + "/"
}

func (g *logWriter) line(client, method, path, referrer, agent string, status int) {
	if g.lines >= g.log.Lines {
		return
	}
	g.lines++
	if g.log.Broken > 0 && g.rand.IntN(g.log.Broken) == 0 {
		g.out.WriteString(brokenLines[g.rand.IntN(len(brokenLines))] + "\n")
		return
	}
	g.at = g.at.Add(g.step)
	protocol := [...]string{"HTTP/1.1", "HTTP/1.1", "HTTP/2.0", "HTTP/1.0"}[g.rand.IntN(4)]
	b := append(g.buf[:0], client...)
	b = g.at.AppendFormat(append(b, " - - ["...), "02/Jan/2006:15:04:05 -0700")
	b = fmt.Appendf(b, "] \"%s %s %s\" %d ", method, path, protocol, status)
	if status == 304 {
		b = append(b, '-')
	} else {
		b = strconv.AppendInt(b, int64(200+g.rand.IntN(60_000)), 10)
	}
	g.buf = fmt.Appendf(b, " %q %q\n", referrer, agent)
	g.out.Write(g.buf)
}
