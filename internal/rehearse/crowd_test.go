package rehearse

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const sec = Span(time.Second)

func TestCrowdsAreReadAsPeopleWriteThem(t *testing.T) {
	tests := []struct {
		in     string
		who    []string
		length time.Duration
		at     []Span    // of the first flow
		rate   []float64 // of the first flow
	}{
		{"13/s", []string{Person}, time.Minute, []Span{0, 60 * sec}, []float64{13, 13}},
		{"0.2/s@90s", []string{Person}, 90 * time.Second, []Span{0, 90 * sec}, []float64{0.2, 0.2}},
		{
			"step:0.2@30s,13@1m,1",
			[]string{Person},
			150 * time.Second,
			[]Span{0, 30 * sec, 30 * sec, 90 * sec, 90 * sec, 150 * sec},
			[]float64{0.2, 0.2, 13, 13, 1, 1},
		},
		{"preview:1000@10s", []string{Preview}, 10 * time.Second, []Span{0, 10 * sec}, []float64{100, 100}},
		{
			"1/s@90s+preview:1000@10s+slow:200@5s",
			[]string{Person, Preview, Slow},
			90 * time.Second,
			[]Span{0, 90 * sec},
			[]float64{1, 1},
		},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			c, err := ParseCrowd(test.in)
			if err != nil {
				t.Fatal(err)
			}
			var who []string
			for _, f := range c.Flows {
				who = append(who, f.Who)
			}
			f := c.Flows[0]
			if c.Name != test.in || !slices.Equal(who, test.who) || c.Length() != test.length {
				t.Errorf("%s: %v come for %v", c.Name, who, c.Length())
			}
			if !slices.Equal(f.At, test.at) || !slices.Equal(f.Rate, test.rate) {
				t.Errorf("the curve is %v at %v", f.Rate, f.At)
			}
		})
	}
}

func TestWhatIsNoCrowdIsRefused(t *testing.T) {
	for in, why := range map[string]string{
		"":                 "there is no crowd",
		"hm":               "names are crawl, hn",
		"x/s":              "no number",
		"13/s@soon":        "no time",
		"13/s@0s":          "no time",
		"-1/s":             "out of bounds",
		"NaN/s":            "out of bounds",
		"99999/s":          "out of bounds",
		"1/s@25h":          "more than a day",
		"neighbour:9@1m":   "there is no crowd",
		"1/s+":             "there is no crowd",
		"preview:many@10s": "no number",
	} {
		if _, err := ParseCrowd(in); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v; want something of %q", in, err, why)
		}
	}
}

func TestEveryCrowdWithANameCanBePlayed(t *testing.T) {
	names := Names()
	for _, wanted := range []string{"hn", "stampede", "tv", "reddit", "crawl"} {
		if !slices.Contains(names, wanted) {
			t.Errorf("there is no crowd %s", wanted)
		}
	}
	for _, name := range names {
		c, err := ParseCrowd(name)
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != name || c.Says == "" || c.Length() > 5*time.Minute {
			t.Errorf("%s says %q and takes %v", name, c.Says, c.Length())
		}
	}
}

func TestACrowdFileWithAMistakeIsRefused(t *testing.T) {
	good := "says = \"x\"\n[[flow]]\nwho = \"person\"\nat = [\"0s\", \"1m\"]\nrate = [1, 2]\n"
	if _, err := decodeCrowd("x", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, replace := range map[string][2]string{
		"an unknown key":     {"who", "whom"},
		"no time":            {`"1m"`, `"later"`},
		"times that go back": {`"0s", "1m"`, `"1m", "0s"`},
		"a rate too many":    {"[1, 2]", "[1, 2, 3]"},
		"an unknown kind":    {"person", "neighbour"},
		"a negative rate":    {"[1, 2]", "[1, -2]"},
		"nobody":             {"[[flow]]", "[[nobody]]"},
	} {
		if _, err := decodeCrowd("x", []byte(strings.Replace(good, replace[0], replace[1], 1))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestVisitorsComeAsOftenAsTheCurveSays(t *testing.T) {
	f := Flow{Who: Person, At: []Span{0, 1000 * sec, 1000 * sec, 2000 * sec}, Rate: []float64{10, 0, 5, 5}}
	times := f.arrivals(rand.New(rand.NewPCG(1, 2)))
	first, firstHalf := 0, 0
	for _, at := range times {
		first += count(at < 1000*time.Second)
		firstHalf += count(at < 500*time.Second)
	}
	// A falling line from 10 to 0 brings 5,000, three quarters of them in its
	// first half; four standard deviations of 5,000 are 283.
	for name, got := range map[string][2]int{
		"while the curve falls": {first, 5000},
		"in the first half":     {firstHalf, 3750},
		"while it is level":     {len(times) - first, 5000},
	} {
		if math.Abs(float64(got[0]-got[1])) > 283 {
			t.Errorf("%d came %s, want about %d", got[0], name, got[1])
		}
	}
	if !slices.IsSorted(times) {
		t.Error("arrivals are not in order of time")
	}
	again := f.arrivals(rand.New(rand.NewPCG(1, 2)))
	if !slices.Equal(times, again) {
		t.Error("the same seed brings another crowd")
	}
	if n := len((Flow{At: []Span{0, sec}, Rate: []float64{0, 0}}).arrivals(nil)); n != 0 {
		t.Errorf("%d come at a rate of nothing", n)
	}
}

func TestACrowdCanBeDrawnOut(t *testing.T) {
	c, err := ParseCrowd("step:1@10s,2@20s")
	if err != nil {
		t.Fatal(err)
	}
	longer := c.Lasting(time.Minute)
	if longer.Length() != time.Minute || longer.Flows[0].At[1] != 20*sec || longer.Flows[0].Rate[3] != 2 {
		t.Errorf("drawn out: %+v", longer)
	}
	if c.Length() != 30*time.Second {
		t.Error("the crowd itself was changed")
	}
}

func FuzzParseCrowd(f *testing.F) {
	for _, s := range []string{"13/s", "hn", "step:1@1s,2", "preview:9@1s+1/s", "1/s@", "/s", ":@", "1e9/s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCrowd(s)
		if err == nil && (len(c.Flows) == 0 || c.Length() <= 0) {
			t.Errorf("%q is a crowd of nobody: %+v", s, c)
		}
	})
}

func FuzzDecodeCrowd(f *testing.F) {
	f.Add([]byte("says = \"x\"\n[[flow]]\nwho = \"person\"\nat = [\"0s\", \"1m\"]\nrate = [1, 2]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := decodeCrowd("x", text); err == nil && c.Length() <= 0 {
			t.Errorf("a crowd of no length: %+v", c)
		}
	})
}
