package governor

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/site"
)

var noon = time.Date(2016, 9, 5, 12, 0, 0, 0, time.UTC)

// article weighs what the front-page article of the founding evening did: 220
// KB in full, 4 KB lite.
var article = Page{
	Text:  [site.Refused]int64{12_000, 20_000, 4_700, 3_000},
	Parts: [site.Refused]int64{208_000, 70_000, 0, 0},
}

const (
	megabit   = 1e6 / 8 * 0.97
	handshake = 3000 // bytes of every visit, before its text
)

// A played visit is what became of one.
type played struct {
	at   time.Duration
	rung site.Rung
	text time.Duration // from arrival to the last byte of text
}

// play replays a crowd second by second over a line with two queues, text
// before the rest, and returns what became of each visit and of the line.
func play(t *testing.T, crowd string, rate float64, g *Governor) (visits []played, use float64) {
	t.Helper()
	chance := rand.New(rand.NewPCG(2016, 9))
	var texts, assets, carried float64
	const tick = 10 * time.Millisecond
	var at time.Duration
	for _, perSecond := range readCrowd(t, crowd) {
		for end := at + time.Second; at < end; at += tick {
			room := rate * tick.Seconds()
			left := max(0, room-texts)
			carried += min(texts, room) + min(assets, left)
			texts, assets = max(0, texts-room), max(0, assets-left)
			for range poisson(chance, perSecond*tick.Seconds()) {
				load := Load{Rate: rate, Visit: handshake, Text: taking(int64(texts), rate), Assets: int64(assets)}
				rung := g.Visit(noon.Add(at), load, article)
				texts += handshake + float64(article.Text[rung])
				assets += float64(article.Parts[rung])
				visits = append(visits, played{at, rung, taking(int64(texts), rate) + 3*40*time.Millisecond})
			}
		}
	}
	return visits, carried / (rate * at.Seconds())
}

func poisson(chance *rand.Rand, mean float64) (n int) {
	for p := chance.Float64(); p > math.Exp(-mean); p *= chance.Float64() {
		n++
	}
	return n
}

func readCrowd(t *testing.T, name string) (perSecond []float64) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		v, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			t.Fatal(err)
		}
		perSecond = append(perSecond, v)
	}
	return perSecond
}

func share(visits []played, is func(played) bool) float64 {
	n := 0
	for _, v := range visits {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(visits)))
}

func inTime(v played) bool { return v.text < 2*time.Second }

func TestARecordedCrowdIsServed(t *testing.T) {
	tests := []struct {
		name, crowd string
		text        float64 // at least, share with the text within two seconds
		use         float64 // at least, of the line
		full        float64 // at least, share with the full page
	}{
		{"a calm day gives everybody the full page", "steady-0.3", 1, 0.4, 0.97},
		{"one visit a second fills the line with pictures", "steady-1", 0.99, 0.7, 0},
		{"three visits a second fill the line with pictures", "steady-3", 0.99, 0.7, 0},
		{"thirteen visits a second all get the text", "steady-13", 0.99, 0.8, 0},
		{"a surge out of nothing", "step", 0.99, 0, 0},
		{"a front page", "front-page", 0.99, 0.7, 0},
		{"more than the line can carry in lite pages", "steady-17", 0.99, 0.8, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			visits, use := play(t, test.crowd, megabit, &Governor{})
			text, full := share(visits, inTime), share(visits, func(v played) bool { return v.rung == site.Full })
			t.Logf("%d visits: %.1f %% text in time, %.1f %% full, line %.0f %% used", len(visits), 100*text, 100*full, 100*use)
			if text < test.text || use < test.use || full < test.full {
				t.Errorf("text %.3f, use %.2f, full %.3f; want at least %v, %v, %v", text, use, full, test.text, test.use, test.full)
			}
		})
	}
}

func TestAfterASurgeFullPagesComeBackWithinThreeMinutes(t *testing.T) {
	visits, _ := play(t, "step", megabit, &Governor{})
	calm := 300 * time.Second
	late := share(visits, func(v played) bool { return v.at > calm+3*time.Minute })
	lateFull := share(visits, func(v played) bool { return v.at > calm+3*time.Minute && v.rung == site.Full })
	if late == 0 || lateFull < late {
		t.Errorf("%.4f of the visits came three minutes after the surge, %.4f got the full page", late, lateFull)
	}
}

func TestALineWithoutLimitGivesEverybodyEverything(t *testing.T) {
	visits, _ := play(t, "step", megabit, &Governor{})
	g := &Governor{}
	for i := range visits {
		if rung := g.Visit(noon.Add(visits[i].at), Load{}, article); rung != site.Full {
			t.Fatalf("visit %d got %v", i, rung)
		}
	}
}

func TestTheLadderFallsAtOnceAndRisesStepByStep(t *testing.T) {
	g := &Governor{Calm: 20 * time.Second}
	now, load := noon, Load{Rate: megabit}
	for range 100 { // in ten seconds
		now = now.Add(100 * time.Millisecond)
		g.Visit(now, load, article)
	}
	if g.Rung() != site.Lite {
		t.Fatalf("after a surge the ladder is at %v, want lite", g.Rung())
	}
	var seen []site.Rung
	for range 180 {
		now = now.Add(time.Second)
		if r := g.Step(now, load); len(seen) == 0 || seen[len(seen)-1] != r {
			seen = append(seen, r)
		}
	}
	if len(seen) != 3 || seen[0] != site.Lite || seen[1] != site.Slim || seen[2] != site.Full {
		t.Errorf("the ladder went %v, want lite, slim, full", seen)
	}
}

func TestOneQuietMomentIsNotCalm(t *testing.T) {
	g := &Governor{rung: site.Slim, Calm: time.Minute}
	if r := g.Step(noon, Load{Rate: megabit}); r != site.Slim {
		t.Errorf("the ladder rose to %v at the first quiet reading", r)
	}
}

func TestTheNextVisitorGets(t *testing.T) {
	noPostcard, onlyFull := article, Page{Text: [site.Refused]int64{12_000}, Parts: article.Parts}
	noPostcard.Text[site.Postcard] = 0
	tests := []struct {
		name string
		load Load
		page Page
		want site.Rung
	}{
		{"the full page from an idle line", Load{Rate: megabit}, article, site.Full},
		{"a slim page where pictures wait", Load{Rate: megabit, Assets: 1_700_000}, article, site.Slim},
		{"a lite page where many pictures wait", Load{Rate: megabit, Assets: 2_000_000}, article, site.Lite},
		{"a lite page where texts wait", Load{Rate: megabit, Text: 450 * time.Millisecond}, article, site.Lite},
		{"a postcard where many texts wait", Load{Rate: megabit, Text: 900 * time.Millisecond}, article, site.Postcard},
		{"a lite page where there is no postcard", Load{Rate: megabit, Text: 900 * time.Millisecond}, noPostcard, site.Lite},
		{"the full page where there is no other", Load{Rate: megabit, Text: 900 * time.Millisecond}, onlyFull, site.Full},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := new(Governor).Visit(noon, test.load, test.page); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestHandshakesSlimWhileTheLineIsStrained(t *testing.T) {
	g := &Governor{Calm: 20 * time.Second}
	g.Step(noon, Load{Rate: megabit, Text: 300 * time.Millisecond})
	for _, test := range []struct {
		name  string
		after time.Duration
		want  bool
	}{{"at once", 0, true}, {"for a while", 19 * time.Second, true}, {"not for ever", 21 * time.Second, false}} {
		if got := g.Strained(noon.Add(test.after)); got != test.want {
			t.Errorf("%s: strained is %v", test.name, got)
		}
	}
}
