package alert

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/site"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; see it with -update and git diff. got:\n%s", file, got)
	}
}

// phases are those that each kind has, with one that nobody has thought of.
var phases = map[site.Kind][]string{
	site.KindBuzz:     {site.PhaseRising, site.PhaseFilling, site.PhasePeak, site.PhaseFading, site.PhaseWave, site.PhaseOver, "new"},
	site.KindPreview:  {"rising", "over", "new"},
	site.KindAttack:   {"rising", "over", "new"},
	site.KindRung:     {"full", "slim", "lite", "postcard", "refused", "new"},
	site.KindRefused:  {site.PhaseRefusing, "over", "new"},
	site.KindCheck:    {"down", "slow", "up", "expiring", "filling", "new"},
	site.KindMoney:    {"half", "near", "reached", "new"},
	site.KindDecision: {"asked", "going", "answered", "new"},
	site.KindTest:     {"now"},
}

var noon = time.Date(2026, 9, 5, 22, 31, 0, 0, time.UTC)

// example is an event with what is known of its kind.
func example(k site.Kind, phase string, v site.Voice) site.Event {
	e := site.Event{At: noon, Kind: k, Phase: phase, Voice: v, Facts: site.Facts{Link: "https://blog.example.org/_buzz/"}}
	f := &e.Facts
	switch k {
	case site.KindBuzz, site.KindRefused, site.KindAttack, site.KindPreview, site.KindRung:
		f.Since, f.Rate, f.Expected, f.LineUse, f.Served = noon.Add(-40*time.Second), 13, 0.02, 0.93, 480
		f.Sources = []site.Part{{Name: "news.ycombinator.com", Part: 0.81}, {Name: "t.co", Part: 0.07}, {Name: "lobste.rs"}}
		f.Pages = []site.Part{{Name: "/hello/", Part: 0.9}}
		f.Why, f.Did = []string{site.WhyManyNetworks, site.WhyAssets}, []string{"frozen"}
		f.Rung, f.Before = "lite", "full"
		f.Full = []site.Forecast{{What: "line", At: noon.Add(8 * time.Minute), Early: noon.Add(5 * time.Minute), Late: noon.Add(14 * time.Minute)}}
	case site.KindCheck:
		e.About, f.Detail, f.Before, f.Since = "origin", "connect: connection refused", "up", noon.Add(-2*time.Minute)
	case site.KindMoney, site.KindDecision:
		f.Detail = "4.10 of 5.00 USD"
	}
	switch {
	case k == site.KindRefused:
		f.Refused = 1200
	case k == site.KindAttack:
		f.Why = []string{site.WhyOneNetwork, site.WhyOnePage, site.WhyNoAssets}
	case phase == "filling":
		f.Detail = "91 % of /srv"
		f.Full = []site.Forecast{{What: "disk", At: noon.Add(50 * time.Hour), Early: noon.Add(30 * time.Hour)}}
	}
	return e
}

func tellers(t *testing.T) map[string]*teller {
	t.Helper()
	all, err := vocabularies()
	if err != nil {
		t.Fatal(err)
	}
	tellers := map[string]*teller{}
	for lang, words := range all {
		tellers[lang] = &teller{"blog.example.org", words, time.UTC}
	}
	return tellers
}

func TestEveryEventIsSaidInEveryLanguage(t *testing.T) {
	for lang, teller := range tellers(t) {
		var b strings.Builder
		for _, kind := range kindsOfEvents() {
			for _, phase := range phases[kind] {
				for v := site.Ears; v <= site.Howl; v++ {
					m := teller.one(example(kind, phase, v), noon.Add(time.Second))
					if n := gsmCount(m.Short); n > gsmLength || gsm(m.Short) != m.Short {
						t.Errorf("%s %s %s: %d characters: %s", lang, kind, phase, n, m.Short)
					}
					fmt.Fprintf(&b, "== %s %s %s\n%s\n%s\n", kind, phase, v, m.Title, m.Short)
					if v == site.Bark { // the text at length is the same in every voice
						fmt.Fprintf(&b, "%s\n", m.Text)
					}
				}
			}
		}
		golden(t, "said-"+lang+".txt", b.String())
	}
}

func kindsOfEvents() (all []site.Kind) {
	for k := range phases {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestASummingUpListsWhatWasHeldBack(t *testing.T) {
	for lang, teller := range tellers(t) {
		var events []site.Event
		for i, phase := range []string{"rising", "peak", "over"} {
			e := example(site.KindBuzz, phase, site.Bark)
			e.At = noon.Add(time.Duration(i) * time.Hour)
			events = append(events, e)
		}
		events = append(events, example(site.KindCheck, "down", site.Bark))
		m := teller.many(events, 2, noon.Add(9*time.Hour))
		if gsmCount(m.Short) > gsmLength {
			t.Errorf("%d characters: %s", gsmCount(m.Short), m.Short)
		}
		golden(t, "sum-"+lang+".txt", m.Title+"\n"+m.Short+"\n"+m.Text)
	}
}

func TestAgeIsTold(t *testing.T) {
	for lang, want := range map[string]string{"en": "3 h ago", "fr": "il y a 3 h"} {
		m := tellers(t)[lang].one(example(site.KindBuzz, "rising", site.Bark), noon.Add(3*time.Hour))
		if !strings.Contains(m.Short, want) || !strings.Contains(m.Text, want) {
			t.Errorf("%s: %s\n%s", lang, m.Short, m.Text)
		}
	}
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	all, err := vocabularies()
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`{[a-z]+}`)
	for lang, words := range all {
		for key, sentence := range all["en"] {
			if _, ok := words[key]; !ok {
				t.Errorf("%s has no %s", lang, key)
				continue
			}
			ours, theirs := names.FindAllString(words[key], -1), names.FindAllString(sentence, -1)
			slices.Sort(ours)
			slices.Sort(theirs)
			if !slices.Equal(ours, theirs) {
				t.Errorf("%s: %s fills in %v, want %v", lang, key, ours, theirs)
			}
		}
		if len(words) != len(all["en"]) {
			t.Errorf("%s has %d sentences, English %d", lang, len(words), len(all["en"]))
		}
	}
}

// hostile is an event whose words strangers chose.
func hostile() site.Event {
	e := example(site.KindBuzz, "rising", site.Howl)
	e.Facts.Sources = []site.Part{
		{Name: "evil.example\r\nBcc: all@example.org\r\n\r\n<b>hi</b>", Part: 0.5},
		{Name: "@everyone <!channel> [click](http://evil.example) {rate} \u202egro.elpmaxe\x1b[31m", Part: 0.4},
		{Name: strings.Repeat("é漢", 500), Part: 0.1},
	}
	e.Facts.Pages = []site.Part{{Name: "/?q=\x00%0d%0a&token=<script>", Part: 1}}
	e.Facts.Link = "https://blog.example.org/_buzz/"
	return e
}

func TestStrangersWordsStayOnTheirLine(t *testing.T) {
	for lang, teller := range tellers(t) {
		m := teller.one(hostile(), noon)
		for _, text := range []string{m.Title, m.Short} {
			if strings.ContainsAny(text, "\r\n\x1b\x00\u202e") {
				t.Errorf("%s: %q", lang, text)
			}
		}
		if strings.ContainsAny(m.Text, "\r\x1b\x00\u202e") || strings.Contains(m.Text, "\nBcc") {
			t.Errorf("%s: %q", lang, m.Text)
		}
		if !strings.Contains(m.Text, "{rate}") {
			t.Errorf("%s: a stranger's braces were filled in:\n%s", lang, m.Text)
		}
		if len(m.Text) > 2000 {
			t.Errorf("%s: %d bytes", lang, len(m.Text))
		}
	}
}

func TestATextMessageHolds160Characters(t *testing.T) {
	for _, c := range []struct {
		text, want string
		count      int
	}{
		{"plain", "plain", 5},
		{"déjà vu à l’été", "déjà vu à l'été", 15},
		{"forêt, garçon, œuf, où", "foret, garcon, oeuf, où", 23},
		{"[5 €]", "[5 €]", 8},
		{"漢字", "??", 2},
		{"e\u0301te\u0301", "été", 3},
	} {
		if got := gsm(c.text); got != c.want || gsmCount(got) != c.count {
			t.Errorf("%q became %q of %d, want %q of %d", c.text, got, gsmCount(got), c.want, c.count)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("news.example", "origin", "connection refused", "https://blog.example.org/")
	f.Add("\u202e\x00", "{name}", strings.Repeat("[", 200), "https://x/\r\n")
	f.Add("€€€€", strings.Repeat("é", 300), "", strings.Repeat("https://x/", 30))
	f.Fuzz(func(t *testing.T, source, about, detail, link string) {
		for _, teller := range tellersOnce() {
			e := example(site.KindCheck, "down", site.Bark)
			e.About, e.Facts.Detail, e.Facts.Link = about, detail, link
			e.Facts.Sources = []site.Part{{Name: source, Part: 0.5}}
			for _, m := range []Message{teller.one(e, noon), teller.many([]site.Event{e, e}, 1, noon)} {
				if n := gsmCount(m.Short); n > gsmLength || gsm(m.Short) != m.Short {
					t.Errorf("%d characters: %q", n, m.Short)
				}
				if strings.ContainsAny(m.Title+m.Short, "\r\n") || strings.Contains(m.Text, "\r") {
					t.Errorf("a line was broken: %q %q %q", m.Title, m.Short, m.Text)
				}
			}
		}
	})
}

func tellersOnce() (all []*teller) {
	known, err := vocabularies()
	if err != nil {
		panic(err)
	}
	for _, words := range known {
		all = append(all, &teller{"blog.example.org", words, time.UTC})
	}
	return all
}

// The lists of other packages are fixed: each of their words is said.
func TestEveryReasonHasItsWords(t *testing.T) {
	source, err := os.ReadFile("../site/why.go")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{"Why": "why.", "Full": "forecast.thing."}
	for _, c := range regexp.MustCompile(`(?m)^\t(Why|Full)\w+\s*= "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		for lang, teller := range tellers(t) {
			if key := lists[c[1]] + strings.ReplaceAll(c[2], " ", "_"); teller.words[key] == "" {
				t.Errorf("%s has no %s", lang, key)
			}
		}
	}
}
