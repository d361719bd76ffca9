package story

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write golden files anew")

var began = time.Date(2016, 9, 5, 22, 30, 0, 0, time.UTC)

// evening is the one that all this is for, as a story.
func evening() *Story {
	s := &Story{
		Schema: Schema, Site: "blog.example.org", From: began.Add(-time.Hour), Until: began.Add(3 * time.Hour), Made: began.Add(9 * time.Hour),
		Buzz:  &Buzz{Since: began, Peak: began.Add(40 * time.Minute), Over: began.Add(150 * time.Minute), Verdict: "crowd", Seen: began.Add(14 * time.Second)},
		Steps: []Step{{began.Add(time.Minute), "slim"}, {began.Add(4 * time.Minute), "lite"}, {began.Add(140 * time.Minute), "full"}},
		Sources: []Source{
			{"news.example.com/item?id=12", 40000, began, began.Add(40 * time.Minute)},
			{"social.example/@fritz/1", 9000, began.Add(20 * time.Minute), began.Add(50 * time.Minute)},
			{"intranet.corp.example/wiki?user=jane", 2, began, began},
		},
		Pages:    []Row{{"/my-resume-in-an-operating-system/", 50000, 190e6}, {"/", 4000, 15e6}, {"/drafts/secret-plan/", 2, 8000}},
		Classes:  []Row{{"person", 60000, 210e6}, {"preview", 700, 900e3}, {"scanner", 400, 40e3}},
		Places:   []Row{{"US", 20000, 0}, {"FR", 12000, 0}, {"TV", 1, 0}},
		Looked:   []Row{{"/wp-login.php", 210, 0}, {"/phpmyadmin/", 90, 0}},
		Events:   []Event{{began.Add(14 * time.Second), "ears", "A buzz began at 22:30."}, {began.Add(time.Minute), "bark", "The origin at 192.0.2.7 is down."}},
		Broken:   []Broken{{"/old-link/ is linked and not there", 31, "buzzproof freeze https://blog.example.org"}},
		Checks:   []Check{{"origin-at-home", 0.75, 0.2, 10, []bool{false, true, false, false, false, false}, seconds(0.1, 10, 0.2, 0.1, -1, 0.1)}},
		Kept:     []Kept{{"figures of each minute, without addresses", "8 days"}},
		People:   People{Visitors: 41000, Visits: 54006, Refused: 120, Rungs: map[string]uint64{"lite": 45000, "slim": 9000, "full": 6}, P50: 0.31, P95: 0.87, Soon: 0.993},
		Bans:     3,
		LineRate: 125000, PageSize: 225280,
	}
	for i := range 240 {
		m := Minute{At: s.From.Add(time.Duration(i) * time.Minute), Visits: 1, Expected: 0.6}
		if x := float64(i-60) / 40; x > 0 {
			m.Visits += 700 * x * math.Exp(1-x)
			m.ToPeople, m.Previews, m.Machines = m.Visits*4000, 20000, 9000
		}
		s.Minutes = append(s.Minutes, m)
	}
	return s
}

// seconds are what looks took; less than none is that nobody looked.
func seconds(took ...float64) (all []*float64) {
	for _, s := range took {
		if s < 0 {
			all = append(all, nil)
		} else {
			all = append(all, &s)
		}
	}
	return all
}

func TestWhereNobodyLookedIsAGap(t *testing.T) {
	for _, c := range []struct {
		name string
		took []*float64
		want string
	}{
		{"all of the time", seconds(1, 0, 1), "M120.0 18.2L360.0 200.0L600.0 18.2"},
		{"a gap, and looks on both sides", seconds(1, 1, -1, 1, 1), "M72.0 18.2L216.0 18.2M504.0 18.2L648.0 18.2"},
		{"one look alone", seconds(-1, 1, -1), "M240.0 18.2h240.0"},
		{"nobody at all", seconds(-1, -1), ""},
	} {
		if got := (Check{Took: c.took}).Latency(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	data, err := json.Marshal(Check{Took: seconds(1, -1)})
	if err != nil || !strings.Contains(string(data), `"took":[1,null]`) {
		t.Errorf("%s, %v", data, err)
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
		t.Errorf("%s differs; look at it, then go test -update", name)
	}
}

func written(t *testing.T, s *Story) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"html": func(b *bytes.Buffer) error { return s.WriteHTML(b) },
		"md":   func(b *bytes.Buffer) error { return s.WriteMarkdown(b) },
		"json": func(b *bytes.Buffer) error { return s.WriteJSON(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		all[name] = b.String()
	}
	return all
}

func TestTheStoryOfAnEvening(t *testing.T) {
	all := written(t, evening())
	golden(t, "evening.md", []byte(all["md"]))
	// A line for each tag, so that a difference can be read.
	golden(t, "evening.html", []byte(strings.ReplaceAll(all["html"], "><", ">\n<")))
	golden(t, "lines.txt", []byte(strings.Join(evening().Lines(), "\n")+"\n"))
	if n := len(evening().Lines()); n > 8 {
		t.Errorf("the story has %d lines", n)
	}
	var back Story
	if err := json.Unmarshal([]byte(all["json"]), &back); err != nil || back.People.Visits != 54006 {
		t.Errorf("the JSON says %+v, %v", back.People, err)
	}
}

func TestThePageAsksForNothingElse(t *testing.T) {
	if found := regexp.MustCompile(`(?i)<script|<link|<img|<a |src=|url\(|@import`).FindString(written(t, evening())["html"]); found != "" {
		t.Errorf("the page has %s", found)
	}
}

// What only the owner may know is in no form of the public story.
func TestThePublicStoryTellsNothingOfAnybody(t *testing.T) {
	public := evening().ForPublic()
	for form, text := range written(t, &public) {
		for _, private := range []string{"secret-plan", "intranet", "jane", "192.0.2.7", "wp-login", "old-link", "origin-at-home", "id=12", `"TV"`} {
			if strings.Contains(text, private) {
				t.Errorf("%s holds %s", form, private)
			}
		}
		if !strings.Contains(text, "my-resume") && !strings.Contains(text, `my\-resume`) {
			t.Errorf("%s lacks the page that everybody read", form)
		}
	}
	if whole := written(t, evening())["html"]; !strings.Contains(whole, "secret-plan") {
		t.Error("the owner's story lacks a page: the test proves nothing")
	}
}

func TestAStrangersTextIsHarmless(t *testing.T) {
	s := evening()
	s.Sources[0].Name = "<script>alert(1)</script>\x1b[2J|x\n# y"
	s.Pages[0].Name = "](http://evil.example)<img src=x>"
	s.Looked[0].Name = "\u202egpj.exe"
	all := written(t, s)
	for _, live := range []string{"<script>", "<img", "\x1b", "\u202e"} {
		if strings.Contains(all["html"], live) {
			t.Errorf("the page holds %q", live)
		}
	}
	if found := regexp.MustCompile(`\x1b|\x{202e}|\n# y|[^\\]\]\(http|[^\\]<|[^\\ ]\|x`).FindString(all["md"]); found != "" {
		t.Errorf("the Markdown holds %q", found)
	}
	if !json.Valid([]byte(all["json"])) || strings.Contains(all["json"], "<script>") {
		t.Error("the JSON is none, or dangerous inside a page")
	}
}

func TestATimeInWhichNothingHappenedIsAStoryToo(t *testing.T) {
	for name, s := range map[string]*Story{
		"nothing at all": {Schema: Schema, Site: "blog.example.org", From: began, Until: began.Add(time.Hour)},
		"one minute":     {Site: "blog.example.org", From: began, Until: began.Add(time.Minute), Minutes: []Minute{{At: began, Visits: 3}}, People: People{Visits: 3}},
		"a quiet hour":   {Site: "blog.example.org", From: began, Until: began.Add(time.Hour), Minutes: make([]Minute, 60)},
	} {
		t.Run(name, func(t *testing.T) {
			all := written(t, s)
			if !strings.Contains(all["html"], "blog.example.org") || strings.Contains(all["html"], "NaN") || strings.Contains(all["md"], "NaN") {
				t.Error(all["md"])
			}
		})
	}
}

// Beyond the cliff a line serves fewer than it bears.
func TestWhatWouldHaveBeenWithoutIsReckonedKindly(t *testing.T) {
	s := &Story{LineRate: 1000, PageSize: 6000, Minutes: []Minute{{At: began, Visits: 8}, {At: began.Add(time.Minute), Visits: 600}}}
	// 1,000 bytes a second bear 10 pages of 6,000 bytes a minute.
	if served, known := s.without(); !known || served != 8+5 {
		t.Errorf("%v served, %v", served, known)
	}
}
