package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/emersion/go-smtp"
)

// told is what reached the owner, over every channel.
type told struct {
	mu    sync.Mutex
	mails []string
	posts []string
}

func (o *told) add(list *[]string, text string) {
	o.mu.Lock()
	*list = append(*list, text)
	o.mu.Unlock()
}

func (o *told) of(list *[]string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), *list...)
}

// A mailbox is a mail server that keeps what it is given.
type mailbox struct{ *told }

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (mailbox) Mail(string, *smtp.MailOptions) error          { return nil }
func (mailbox) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (mailbox) Reset()                                        {}
func (mailbox) Logout() error                                 { return nil }
func (m mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	m.add(&m.mails, string(text))
	return err
}

// mailServer speaks SMTP on this machine.
func mailServer(t *testing.T, o *told) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(mailbox{o})
	server.Domain = "localhost"
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// deadEnd takes connections and never says a word.
func deadEnd(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "http://" + l.Addr().String()
}

// A watched is a site that up serves, with all that tells the owner.
type watched struct {
	*told
	t       *testing.T
	s       *stage
	up      *process
	listen  string
	screen  string
	state   string
	file    string // what the command was given
	config  string
	content string
}

// newWatched serves it, with the screen on this machine.
func newWatched(t *testing.T) *watched {
	t.Helper()
	return newWatchedAt(t, loopback(freePort(t)), "")
}

// newWatchedAt serves it with the screen at an address, and with more channels.
func newWatchedAt(t *testing.T, screen, channels string) *watched {
	t.Helper()
	o := &told{}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		o.add(&o.posts, string(text))
	}))
	t.Cleanup(hook.Close)
	s := newStage(t)
	w := &watched{told: o, t: t, s: s, listen: loopback(freePort(t)), screen: screen, state: s.subfolder(t, "state")}
	w.file, w.config, w.content = filepath.Join(w.state, "command.log"), filepath.Join(w.state, "c.toml"), s.subfolder(t, "site")
	writeFile(t, w.config, fmt.Sprintf(`
[alert.dead]
kind = "ntfy"
url = %q
topic = "nobody"
[alert.mail]
kind = "mail"
server = %q
from = "site@example.org"
to = ["owner@example.org"]
[alert.phone]
kind = "ntfy"
url = %q
topic = "phone"
[alert.script]
kind = "command"
command = ["/bin/sh", "-c", 'cat >> "$0"; echo >> "$0"', %q]
[check.disk]
kind = "disk"
path = "/"
`, deadEnd(t), mailServer(t, o), hook.URL, w.file)+channels)
	page := "<!doctype html><html lang=en><title>%s</title><link rel=stylesheet href=/style.css><h1>%s</h1><p>" + strings.Repeat("word ", 300)
	writeFile(t, filepath.Join(w.content, "index.html"), fmt.Sprintf(page, "Home", "Home"))
	writeFile(t, filepath.Join(w.content, "resume", "index.html"), fmt.Sprintf(page, "Resume", "My resume"))
	writeFile(t, filepath.Join(w.content, "plan-for-jane", "index.html"), fmt.Sprintf(page, "Plan", "A plan"))
	writeFile(t, filepath.Join(w.content, "style.css"), "p{color:#111}")
	w.start()
	return w
}

// start serves, on the same ports and out of the same state as before.
func (w *watched) start() {
	w.t.Helper()
	cmd := exec.Command(buzzproof(w.t), "-c", w.config, "up", w.content, "--listen", w.listen, "--watch", w.screen, "--state", w.state,
		"--trust-forwarded", "127.0.0.0/8", "--uplink", "10Mbit/s")
	w.up = w.s.start(w.t, filepath.Join(w.state, "up.log"), cmd)
	waitUntil(w.t, w.up, 20*time.Second, "an answer of the site and of the screen", func() bool { return listensAt(w.listen) && listensAt(w.screen) })
}

func listensAt(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

var browsersSeen = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
}

// crowd sends so many people a second, by a front page, until ctx ends. Each
// has an address of his own and asks for what the page shows.
func (w *watched) crowd(ctx context.Context, rate float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	client := &http.Client{Timeout: 10 * time.Second}
	for ctx.Err() == nil {
		who := fmt.Sprintf("%d.%d.%d.%d", 11+rng.IntN(80), rng.IntN(250), rng.IntN(250), 1+rng.IntN(250))
		referrer := "https://news.ycombinator.com/"
		if rng.Float64() < 0.3 {
			referrer = ""
		}
		agent := browsersSeen[rng.IntN(len(browsersSeen))]
		go w.visit(client, "/resume/", who, agent, referrer)
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(rng.ExpFloat64() / rate * float64(time.Second))):
		}
	}
}

func (w *watched) visit(client *http.Client, page, who, agent, referrer string) {
	for _, path := range []string{page, "/style.css"} {
		r, err := http.NewRequest(http.MethodGet, "http://"+w.listen+path, http.NoBody)
		if err != nil {
			return
		}
		r.Header.Set("User-Agent", agent)
		r.Header.Set("X-Forwarded-For", who)
		if path == "/style.css" {
			referrer = "http://" + w.listen + page
		}
		if referrer != "" {
			r.Header.Set("Referer", referrer)
		}
		response, err := client.Do(r)
		if err != nil {
			return // up is being killed
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

// rung waits for a buzz on every channel that lives and returns how long it
// took.
func (w *watched) rings(within time.Duration) time.Duration {
	w.t.Helper()
	began := time.Now()
	waitUntil(w.t, w.up, within, "an alert over mail, phone and command", func() bool {
		script, _ := os.ReadFile(w.file)
		return strings.Contains(strings.Join(w.of(&w.mails), ""), "news.ycombinator.com") &&
			strings.Contains(strings.Join(w.of(&w.posts), ""), "news.ycombinator.com") && strings.Contains(string(script), "news.ycombinator.com")
	})
	return time.Since(began)
}

// phases counts what the command was told, by kind, about and phase.
func (w *watched) phases() map[string]int {
	w.t.Helper()
	text, err := os.ReadFile(w.file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var payload struct {
			Events []struct{ Kind, About, Phase string }
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &payload); err != nil {
			w.t.Fatalf("the command was given %q: %v", line, err)
		}
		for _, e := range payload.Events {
			seen[e.Kind+" "+e.About+" "+e.Phase]++
		}
	}
	return seen
}

func TestACrowdRingsAndIsShownAndTold(t *testing.T) {
	need(t, "a real mail server", eximProgram)
	post := startExim(t)
	w := newWatchedAt(t, loopback(freePort(t)), post.channel("post"))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go w.crowd(ctx, 6)
	took := w.rings(60 * time.Second)
	t.Logf("bar: bark           %.0f s after the first visit by mail, phone and command beside a dead channel, at most 60 s", took.Seconds())
	waitUntil(t, w.up, 60*time.Second-took, "an alert in the box of a real mail server", func() bool { return strings.Contains(post.mail(), "news.ycombinator.com") })

	t.Run("the screen in a browser", w.inBrowser)
	t.Run("the same in a terminal", w.inTerminal)

	// Killed in the middle, and served again: nothing is said twice, nor forgotten.
	before := w.buzz()
	if err := w.up.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-w.up.done
	w.start()
	time.Sleep(25 * time.Second) // as long as a buzz takes to be found, and longer
	if after := w.buzz(); before == "" || after != before {
		t.Errorf("the buzz began at %q before the kill, and at %q after it", before, after)
	}
	for what, times := range w.phases() {
		if times != 1 {
			t.Errorf("%s was said %d times", what, times)
		}
	}
	stop()
	// One reader comes from where nobody should know of, to a page that only he has.
	w.visit(&http.Client{Timeout: 10 * time.Second}, "/plan-for-jane/", "198.51.100.77", browsersSeen[0], "http://intranet.example/secret")
	t.Run("the story", w.story)
}

// buzz is since when there is one, as the screen has it.
func (w *watched) buzz() string {
	w.t.Helper()
	response, err := http.Get("http://" + w.screen + "/state")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	var state struct {
		Now struct{ Buzz struct{ Since string } }
	}
	if err := json.NewDecoder(response.Body).Decode(&state); err != nil {
		w.t.Fatal(err)
	}
	return state.Now.Buzz.Since
}

// figure is a number of the screen, as it stands there.
func (w *watched) figure(text, pattern string) string {
	w.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		w.t.Fatalf("%s is not in:\n%s", pattern, text)
	}
	return found[1]
}

func (w *watched) inBrowser(t *testing.T) {
	need(t, "the screen in a browser", "chromium", axeFile())
	browser := anyBrowser(t)
	address := "http://" + w.screen + "/"
	if err := chromedp.Do(browser, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 360} {
			if err := chromedp.Do(browser, chromedp.EmulateViewport(width, 900), colours(theme)); err != nil {
				t.Fatal(err)
			}
			see(t, browser, 60*time.Second, `document.querySelectorAll("#courses figure .state-u").length > 0 && document.querySelectorAll("#courses .latency canvas").length > 0`)
			expectNone(t, fmt.Sprintf("the screen, %s, %d pixels wide", theme, width), axeHere(t, browser), func(v violation) string { return v.ID })
		}
	}
	ask := func(expression string) string {
		t.Helper()
		got, err := chromedp.Run(browser, chromedp.Evaluate[string](expression))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := ask(`document.getElementById("served").textContent`)
	time.Sleep(3 * time.Second)
	if again := ask(`document.getElementById("served").textContent`); again == first {
		t.Errorf("the screen stands still at %s visits", first)
	}
	if said := ask(`document.getElementById("buzz").textContent + document.getElementById("sources").textContent`); strings.Count(said, "news.ycombinator.com") < 2 {
		t.Errorf("the screen says %q", said)
	}
	shot := func(name string, width, height int64) {
		t.Helper()
		if err := chromedp.Do(browser, chromedp.EmulateViewport(width, height)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
		png, err := chromedp.Run(browser, chromedp.FullScreenshot(90))
		if err != nil {
			t.Fatal(err)
		}
		keep(t, name, png)
	}
	shot("screen-dark.jpg", 1280, 900) // as it was left
	if err := chromedp.Do(browser, colours("light")); err != nil {
		t.Fatal(err)
	}
	shot("screen.jpg", 1280, 900)
	shot("screen-360.jpg", 360, 740)
	if wide := ask(`String(document.documentElement.scrollWidth)`); wide != "360" {
		t.Errorf("at 360 pixels the page is %s wide", wide)
	}
	if response, err := http.Get(address + "metrics"); err != nil || response.StatusCode != 200 {
		t.Errorf("/metrics: %v", err)
	}
}

// colours lets the browser prefer light or dark.
func colours(theme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	})
}

func (w *watched) inTerminal(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}} {
		x := newTerminalOf(t, w.s, size[0], size[1], buzzproof(t)+" watch --state "+w.state)
		screen := x.shows("news.ycombinator.com")
		keep(t, fmt.Sprintf("watch-%dx%d.txt", size[0], size[1]), []byte(screen))
		response, err := http.Get("http://" + w.screen + "/state")
		if err != nil {
			t.Fatal(err)
		}
		var state struct {
			Now struct {
				Served, Refused int
				Source, Rung    string
			}
		}
		err = json.NewDecoder(response.Body).Decode(&state)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		var served int
		if _, err := fmt.Sscan(strings.ReplaceAll(w.figure(screen, `served ([\d,]+)`), ",", ""), &served); err != nil {
			t.Fatal(err)
		}
		if served > state.Now.Served || served < state.Now.Served-60 { // a few seconds of the crowd lie between
			t.Errorf("the terminal says %d served, the browser %d", served, state.Now.Served)
		}
		for _, same := range []string{state.Now.Source + ", " + state.Now.Rung, fmt.Sprintf("refused %d", state.Now.Refused)} {
			if !strings.Contains(screen, same) {
				t.Errorf("the terminal lacks %q, which the browser has:\n%s", same, screen)
			}
		}
		// An action is asked for, confirmed, done and undone.
		x.tmux("send-keys", "-l", "f2")
		x.shows("force this rung? y/n")
		x.tmux("send-keys", "-l", "y")
		x.shows("Every page is sent as slim")
		x.tmux("send-keys", "-l", "ay")
		x.shows("The ladder chooses again")
		x.tmux("send-keys", "-l", "q")
		x.shows("it ended with 0")
	}
}

// story compares what report says with what was asked and answered.
func (w *watched) story(t *testing.T) {
	waitUntil(t, w.up, 30*time.Second, "the last hit on disk", func() bool {
		return strings.Contains(w.reported("--markdown"), "/plan-for-jane/")
	})
	page := filepath.Join(w.s.subfolder(t, "story"), "story.html")
	w.reported("--html", page)
	browser := anyBrowser(t)
	expectNone(t, "the story", axe(t, browser, "file://"+page), func(v violation) string { return v.ID })
	w.inPrint(t, browser)
	var told struct {
		People struct{ Visits int }
		Pages  []struct {
			Name string
			Hits int
		}
		Sources []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(w.reported("--json")), &told); err != nil {
		t.Fatal(err)
	}
	if told.People.Visits < 100 || len(told.Pages) == 0 || told.Pages[0].Name != "/resume/" || told.Pages[0].Hits+1 != told.People.Visits {
		t.Errorf("the story tells of %+v", told)
	}
	if len(told.Sources) == 0 || told.Sources[0].Name != "news.ycombinator.com/" {
		t.Errorf("they came from %v", told.Sources)
	}
	private := []string{"plan-for-jane", "intranet", "198.51.100", "disk", "127.0.0.1:1"}
	if whole := w.reported("--json"); !strings.Contains(whole, private[0]) || !strings.Contains(whole, private[1]) {
		t.Errorf("the owner's story lacks what is private: the test proves nothing")
	}
	w.reported("--public", "--html", page)
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for form, public := range map[string]string{
		"Markdown": w.reported("--public", "--markdown"), "HTML": string(html), "JSON": w.reported("--public", "--json"),
	} {
		for _, part := range private {
			if strings.Contains(public, part) {
				t.Errorf("the public story as %s tells of %s:\n%s", form, part, public)
			}
		}
	}
}

func (w *watched) reported(args ...string) string {
	w.t.Helper()
	return string(run(w.t, exec.Command(buzzproof(w.t), append([]string{"report", "--state", w.state, "--quiet"}, args...)...)))
}

// What visitors are is nowhere in the state: no address of any of them.
func TestNoAddressOfAVisitorIsKept(t *testing.T) {
	w := newWatched(t)
	client := &http.Client{Timeout: 10 * time.Second}
	for range 50 {
		w.visit(client, "/resume/", "203.0.113.77", browsersSeen[0], "https://example.com/")
	}
	waitUntil(t, w.up, 15*time.Second, "statistics", func() bool {
		return strings.Contains(string(run(t, exec.Command(buzzproof(t), "stats", "--state", w.state, "--json"))), "/resume/")
	})
	err := filepath.WalkDir(w.state, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, form := range []string{"203.0.113.77", "\xcb\x00\x71\x4d", "cb00714d"} {
			if strings.Contains(string(data), form) {
				t.Errorf("%s holds the address of a visitor", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A kill loses what came since the last commit, ten seconds at most.
func TestAKillLosesTenSecondsAtMost(t *testing.T) {
	w := newWatched(t)
	client := &http.Client{Timeout: 10 * time.Second}
	for range 20 {
		w.visit(client, "/resume/", "203.0.113.78", browsersSeen[0], "")
	}
	time.Sleep(10 * time.Second)
	for range 5 { // these may be lost
		w.visit(client, "/resume/", "203.0.113.79", browsersSeen[1], "")
	}
	if err := w.up.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-w.up.done
	var kept struct{ Totals struct{ Hits int } }
	if err := json.Unmarshal(run(t, exec.Command(buzzproof(t), "stats", "--state", w.state, "--json")), &kept); err != nil {
		t.Fatal(err)
	}
	t.Logf("bar: kill -9        %d of 50 hits kept, of which 10 were younger than ten seconds", kept.Totals.Hits)
	if kept.Totals.Hits < 40 {
		t.Errorf("%d hits are left of 40 that were older than ten seconds", kept.Totals.Hits)
	}
}
