package dashboard

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write golden files anew")

var evening = time.Date(2016, 9, 5, 22, 41, 7, 0, time.UTC)

// busy is the evening that all this is for.
func busy() State {
	return State{
		Now: Now{
			At: evening, Site: "blog.example.org", Started: evening.Add(-26 * time.Hour), Source: "frozen", Rung: "lite",
			Why: "the line is 93 % full", People: 11.8, Expected: 0.01, Served: 4182, Refused: 12, Memory: 61e6,
			Line:  Line{Rate: 120000, Used: 111600, People: 90000, Previews: 9000, Machines: 4000, Wait: 0.31, Refused: 0.4},
			Bears: []Bears{{"full", 0.5}, {"slim", 1.9}, {"lite", 13.2}, {"postcard", 16}},
			Buzz:  &Buzz{Since: evening.Add(-11 * time.Minute), Phase: "rising", Verdict: "crowd", Text: "Buzz since 22:30, rising: 11.8 people/s, 78 % from news.example.com. Line full at 22:48."},
		},
		Details: &Lists{
			Sources:  []Row{{Name: "news.example.com/item?id=1", Hits: 2110}, {Name: "no referrer", Hits: 400}, {Name: "social.example", Hits: 77}},
			Pages:    []Row{{Name: "/my-resume-in-an-operating-system/", Hits: 2544, Mean: 0.84}, {Name: "/", Hits: 201, Mean: 0.4}},
			Classes:  []Row{{Name: "person", Hits: 9120, Bytes: 41e6}, {Name: "preview", Hits: 212, Bytes: 300e3}},
			Bans:     []Ban{{"203.0.113.9", "asks for what only an attack asks for", evening.Add(24 * time.Hour)}},
			Checks:   []Check{{Name: "origin", State: "down", Since: evening, Took: 10, Detail: "no answer within 10 s", Day: new(0.99996)}},
			Channels: []Channel{{Name: "mail", Last: evening.Add(-10 * time.Minute)}, {Name: "ntfy", Error: "no answer"}},
			Events:   []Event{{evening.Add(-time.Minute), "bark", "The ladder went from slim to lite."}, {evening.Add(-10 * time.Minute), "ears", "A buzz began at 22:30."}},
		},
	}
}

func busyPoints() (points []Point) {
	for i := range 900 {
		v := 0.01
		if i > 240 {
			v = float64(i-240) / 660 * 11.8
		}
		points = append(points, Point{At: evening.Unix() - 899 + int64(i), People: v})
	}
	return points
}

func TestTheTerminalAtItsSizes(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		style         Style
	}{
		{"80x24", 80, 24, Style{}},
		{"80x24-ascii", 80, 24, Style{ASCII: true}},
		{"120x40", 120, 40, Style{}},
		{"200x50", 200, 50, Style{}},
		{"40x12", 40, 12, Style{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Screen{State: busy(), Points: busyPoints(), Style: c.style}
			lines := s.Draw(c.width, c.height)
			golden(t, c.name+".txt", []byte(strings.Join(lines, "\n")+"\n"))
			for i, l := range lines {
				if ansi.StringWidth(l) != c.width {
					t.Errorf("line %d has %d columns", i+1, ansi.StringWidth(l))
				}
			}
			if len(lines) != c.height {
				t.Errorf("%d lines", len(lines))
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it, then go test -update:\n%s", name, got)
	}
}

// Colours stand beside words: without them nothing is lost.
func TestColourIsNeverAlone(t *testing.T) {
	plainly, coloured := Screen{State: busy(), Points: busyPoints()}, Screen{State: busy(), Points: busyPoints(), Style: Style{Color: true}}
	want := strings.Join(plainly.Draw(100, 30), "\n")
	with := strings.Join(coloured.Draw(100, 30), "\n")
	if with == want || ansi.Strip(with) != want {
		t.Error("the colours change the text")
	}
}

func TestAnySizeIsDrawn(t *testing.T) {
	for _, s := range []Screen{{}, {State: busy(), Points: busyPoints()}, {State: State{Details: &Lists{}}, Points: busyPoints()[:1]}} {
		for width := 1; width < 180; width += 7 {
			for height := 1; height < 60; height++ {
				lines := s.Draw(width, height)
				if len(lines) != height {
					t.Fatalf("%dx%d gives %d lines", width, height, len(lines))
				}
				for _, l := range lines {
					if ansi.StringWidth(l) != width {
						t.Fatalf("%dx%d gives a line of %d columns: %q", width, height, ansi.StringWidth(l), l)
					}
				}
			}
		}
	}
}

func TestStrangersTextIsHarmlessOnATerminal(t *testing.T) {
	s := Screen{State: busy()}
	s.State.Details.Sources[0].Name = "evil\x1b[2J\x1b]0;x\a.example\u202e"
	s.State.Details.Events[0].Text = "from \x1b[31mevil"
	s.State.Now.Buzz.Text = "\x9b31m\u009b31m"
	if text := strings.Join(s.Draw(120, 40), "\n"); strings.ContainsAny(text, "\x1b\a\u202e\u009b") {
		t.Errorf("it is shown as it came: %q", text)
	}
}

// serveScreen serves a hub that has been told of one moment.
func serveScreen(t *testing.T, c Config) (*httptest.Server, *Hub) {
	t.Helper()
	h := NewHub()
	h.Publish(busy())
	server := httptest.NewServer(Handler(h, c))
	t.Cleanup(server.Close)
	return server, h
}

func TestWhoMaySeeTheScreen(t *testing.T) {
	server, _ := serveScreen(t, Config{Key: "k3y/+"})
	for _, c := range []struct {
		name   string
		set    func(*http.Request)
		status int
	}{
		{"somebody at this machine", func(*http.Request) {}, 200},
		{"a name of this machine", func(r *http.Request) { r.Host = "localhost:8088" }, 200},
		{"a stranger's name that points here", func(r *http.Request) { r.Host = "evil.example:8088" }, 401},
		{"a visitor through a proxy on this machine", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") }, 401},
		{"the same with the key", func(r *http.Request) {
			r.Host = "home.example"
			r.Header.Set("X-Forwarded-For", "203.0.113.9")
			r.Header.Set("Authorization", "Bearer k3y/+")
		}, 200},
		{"a browser that was given the key", func(r *http.Request) {
			r.Host = "home.example"
			r.AddCookie(&http.Cookie{Name: cookie, Value: url.QueryEscape("k3y/+")})
		}, 200},
		{"another key", func(r *http.Request) {
			r.Host = "home.example"
			r.Header.Set("Authorization", "Bearer guess")
		}, 401},
		{"the key in the address", func(r *http.Request) {
			r.Host = "home.example"
			r.URL.RawQuery = "key=k3y/%2B"
		}, 303},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodGet, server.URL+"/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			c.set(r)
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != c.status {
				t.Errorf("status %d, want %d", response.StatusCode, c.status)
			}
			if c.status == 303 && (response.Header.Get("Location") != "/" || !strings.Contains(response.Header.Get("Set-Cookie"), "HttpOnly; SameSite=Strict")) {
				t.Errorf("sent on to %q with %q", response.Header.Get("Location"), response.Header.Get("Set-Cookie"))
			}
		})
	}
}

func TestWithoutAKeyNobodyLooksFromElsewhere(t *testing.T) {
	server, _ := serveScreen(t, Config{})
	r, err := http.NewRequest(http.MethodGet, server.URL+"/?key=", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "home.example"
	r.Header.Set("Authorization", "Bearer ")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", response.StatusCode)
	}
}

// An obedient owner says what he was asked.
type obedient struct{ asked Action }

func (o *obedient) Do(_ context.Context, a Action) (string, error) {
	o.asked = a
	if a.Do == "dance" {
		return "", fmt.Errorf("do: %w", Misuse("there is no dance"))
	}
	return "it is done", nil
}

func TestActionsNeedAHandOfTheOwner(t *testing.T) {
	owner := new(obedient)
	server, _ := serveScreen(t, Config{Owner: owner})
	post := func(header, body string) int {
		r, err := http.NewRequest(http.MethodPost, server.URL+"/do", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set("Buzzproof-Do", header)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if got := post("", `{"do":"freeze"}`); got != http.StatusForbidden || owner.asked.Do != "" {
		t.Errorf("a page of somebody else got %d and %+v", got, owner.asked)
	}
	if got := post("1", `{"do":`); got != http.StatusBadRequest {
		t.Errorf("broken JSON got %d", got)
	}
	if got := post("1", `{"do":"dance"}`); got != http.StatusBadRequest {
		t.Errorf("what nobody understands got %d", got)
	}
	if got := post("1", `{"do":"force","what":"lite"}`); got != http.StatusOK || owner.asked.What != "lite" {
		t.Errorf("the owner got %d and %+v", got, owner.asked)
	}
	onlyLook, _ := serveScreen(t, Config{})
	c := &Client{Base: parse(t, onlyLook.URL), HTTP: http.DefaultClient}
	if _, err := c.Do(t.Context(), Action{Do: "freeze"}); err == nil || !strings.Contains(err.Error(), "only be looked at") {
		t.Errorf("a screen to look at: %v", err)
	}
}

func parse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestWhoWatchesIsToldTheHistoryAndThenEverySecond(t *testing.T) {
	server, hub := serveScreen(t, Config{})
	c := &Client{Base: parse(t, server.URL), HTTP: http.DefaultClient}
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := c.Watch(ctx, func(u Update) {
		seen++
		switch seen {
		case 1:
			if len(u.Points) != 1 || u.Details == nil || u.Now.People != 11.8 || u.Schema != Schema {
				t.Errorf("it began with %+v", u)
			}
			next := busy()
			next.Details, next.Now.People = nil, 12
			hub.Publish(next)
		case 2:
			if u.Points != nil || u.Details != nil || u.Now.People != 12 {
				t.Errorf("it went on with %+v", u)
			}
			cancel()
		}
	})
	if seen != 2 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d updates, then %v", seen, err)
	}
}

func TestASlowScreenHoldsNothingUp(t *testing.T) {
	h := NewHub()
	for range watchers {
		if _, _, ok := h.subscribe(); !ok {
			t.Fatal("no room")
		}
	}
	if _, _, ok := h.subscribe(); ok {
		t.Error("there is room for any number")
	}
	for range kept + 10 {
		h.Publish(busy()) // nobody reads
	}
	if _, points := h.Last(); len(points) != kept {
		t.Errorf("%d points are kept", len(points))
	}
}

func TestTheTerminalAsksBeforeItActs(t *testing.T) {
	owner := new(obedient)
	server, _ := serveScreen(t, Config{Owner: owner})
	for _, c := range []struct {
		name string
		keys string
		want Action
	}{
		{"no is no", "zn", Action{}},
		{"yes freezes", "zy", Action{Do: "freeze"}},
		{"a rung is chosen, then confirmed", "f3y", Action{Do: "force", What: "lite"}},
		{"a rung that is none is not", "f9y", Action{}},
		{"an address is typed", "b192.0.2.7\r", Action{Do: "ban", What: "192.0.2.7"}},
		{"nothing that is no address", "bxyz1::2\r", Action{Do: "ban", What: "1::2"}},
		{"a mute has an end", "my", Action{Do: "mute", For: time.Hour}},
	} {
		t.Run(c.name, func(t *testing.T) {
			owner.asked = Action{}
			m := &model{ctx: t.Context(), client: &Client{Base: parse(t, server.URL), HTTP: http.DefaultClient}}
			for _, r := range c.keys {
				k := tea.KeyPressMsg{Code: r, Text: string(r)}
				if r == '\r' {
					k = tea.KeyPressMsg{Code: tea.KeyEnter}
				}
				if _, act := m.Update(k); act != nil {
					m.Update(act())
				}
			}
			if owner.asked != c.want {
				t.Errorf("the owner was asked for %+v", owner.asked)
			}
		})
	}
}

func TestHowTheChecksWentIsAskedFor(t *testing.T) {
	whole := 1.0
	course := Course{Name: "origin", Day: Stretch{From: 1, Step: 900, States: "ud-", Took: []float64{1, 2, 0}, Most: []float64{1, 2, 0}, Uptime: &whole}}
	for name, c := range map[string]struct {
		courses func() []Course
		want    string
	}{
		"where nothing is kept": {nil, "[]\n"},
		"a check":               {func() []Course { return []Course{course} }, `"day":{"from":1,"step":900,"states":"ud-","took":[1,2,0],"most":[1,2,0],"uptime":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := serveScreen(t, Config{Courses: c.courses})
			response, err := http.Get(server.URL + "/courses")
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var text bytes.Buffer
			if _, err := text.ReadFrom(response.Body); err != nil || !strings.Contains(text.String(), c.want) {
				t.Errorf("%s, %v", &text, err)
			}
		})
	}
}
