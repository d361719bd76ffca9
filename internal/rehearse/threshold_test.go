package rehearse

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/link"
)

// evening is a crowd of ten people and two previews.
func evening() *Result {
	r := &Result{
		Name: "evening", Length: 10 * time.Second,
		Line:  link.Stats{Busy: 8 * time.Second, Since: 10 * time.Second, Drops: 1, Bytes: 5000, High: 300},
		After: link.Stats{Busy: 9 * time.Second, Since: 20 * time.Second, Drops: 2, Bytes: 6000, High: 400},
	}
	r.Line.Delivered, r.Line.Late = 100, 2*time.Second
	for i := range 7 { // 0.3 s to 2.1 s
		text := time.Duration(i+1) * 300 * time.Millisecond
		r.Visits = append(r.Visits, Visit{Who: Person, At: time.Duration(i) * time.Second, Rung: "lite", Text: text, End: text, Whole: true})
	}
	r.Visits[0].Rung = "full"
	r.Visits[1].Whole = false
	r.Visits = append(
		r.Visits,
		Visit{Who: Person, At: 7 * time.Second, Refused: true, End: time.Second},
		Visit{Who: Person, At: 8 * time.Second, Refused: true, End: 3 * time.Second},
		Visit{Who: Person, At: 9 * time.Second, End: 30 * time.Second, Error: "context deadline exceeded"},
		Visit{Who: Preview, Text: time.Second, Whole: true, Bytes: 1000},
		Visit{Who: Preview, Refused: true, Bytes: 10})
	return r
}

func TestThresholdsAreJudged(t *testing.T) {
	tests := []struct {
		in   string
		got  string
		want bool
	}{
		{"text_under_2s>=60%", "60.0%", true},
		{"text_under_2s > 0.6", "0.6", false},
		{"text_under_2s[:6s]>=100%", "100.0%", true},
		{"text_under_2s[6s:9s]<10%", "0.0%", true},
		{"text_under_2s[1m:]<10%", "0.0%", false}, // nobody came then
		{"text_p50<=1.5s", "1.50s", true},
		{"text_p95<1s", "30.00s", false},
		{"full==1", "1", true},
		{"full>=10%", "10.0%", true},
		{"whole>=60%", "60.0%", true},
		{"refused<=20%", "20.0%", true},
		{"refused<2", "2", false},
		{"refused_under_2s>=50%", "50.0%", true},
		{"refused_under_2s[:7s]>=100%", "100.0%", true},
		{"lost==1", "1", true},
		{"line_use>=70%", "80.0%", true},
		{"drops==0", "2", false},
		{"visits==10", "10", true},
		{"previews>=50%", "50.0%", true},
		{"previews_whole>50%", "50.0%", false},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			threshold, err := ParseThreshold(test.in)
			if err != nil {
				t.Fatal(err)
			}
			v := threshold.Judge(evening())
			if v.OK != test.want || v.Said() != test.got || v.Crowd != "evening" {
				t.Errorf("%+v said as %s; want %v, %s", v, v.Said(), test.want, test.got)
			}
			if compact := strings.ReplaceAll(test.in, " ", ""); strings.ReplaceAll(v.Name+v.Want, " ", "") != compact {
				t.Errorf("named %q and %q", v.Name, v.Want)
			}
		})
	}
}

func TestWhatIsNoThresholdIsRefused(t *testing.T) {
	for in, why := range map[string]string{
		"text_under_2s":            "want one such as",
		"speed>1":                  "there is no figure",
		"drops=>1":                 "no comparison",
		"drops==few":               "neither a number",
		"text_p50<fast%":           "neither a number",
		"drops[30s:]==0":           "whole crowd only",
		"text_p50[30s]<1s":         "no window",
		"text_p50[30s:<1s":         "no window",
		"text_p50[soon:]<1s":       "invalid duration",
		"text_under_2s[:later]>=1": "invalid duration",
	} {
		if _, err := ParseThreshold(in); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v; want something of %q", in, err, why)
		}
	}
}

func TestTheReportShowsThresholdsFirst(t *testing.T) {
	var r Report
	met, err := ParseThreshold("full>=1")
	if err != nil {
		t.Fatal(err)
	}
	missed, err := ParseThreshold("text_under_2s>=99%")
	if err != nil {
		t.Fatal(err)
	}
	r.Add(evening(), []Threshold{met})
	if !r.Met() {
		t.Error("a threshold that is met is not")
	}
	r.Add(evening(), []Threshold{missed})
	if r.Met() {
		t.Error("a threshold that is not met is")
	}
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	const want = `pass  full>=1             1      evening
FAIL  text_under_2s>=99%  60.0%  evening

    crowd  visits  text <2 s     p50      p95  full  slim  lite  postcard  complete  refused  lost  line  drops
  evening      10     60.0 %  1.50 s  30.00 s     1     0     6         0         6        2     1  80 %      2
  evening      10     60.0 %  1.50 s  30.00 s     1     0     6         0         6        2     1  80 %      2
evening: this machine was busy with other things: visitors came up to 0.00 s late, packets 0.020 s; the site would have done better
evening: 2 of kind preview, 50.0 % got the page, 50.0 % everything, 1 refused, 1.0 KB in all
evening: this machine was busy with other things: visitors came up to 0.00 s late, packets 0.020 s; the site would have done better
evening: 2 of kind preview, 50.0 % got the page, 50.0 % everything, 1 refused, 1.0 KB in all
`
	if text.String() != want {
		t.Errorf("the report is\n%s\nwant\n%s", text.String(), want)
	}
}

func TestTheReportAsDataHasWhatScriptsRelyOn(t *testing.T) {
	var r Report
	threshold, err := ParseThreshold("drops==0")
	if err != nil {
		t.Fatal(err)
	}
	r.Add(evening(), []Threshold{threshold})
	text, err := json.Marshal(&r)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		`"schema":1`, `"crowds":[{"name":"evening","visits":10,"text_under_2s":0.6,"text_p50":1.5,"text_p95":30,"full":1`,
		`"refused":2`, `"line_use":0.8`, `"drops":2`, `"thresholds":[{"crowd":"evening","name":"drops","want":"==0","got":2,"ok":false}]`,
	} {
		if !strings.Contains(string(text), key) {
			t.Errorf("%s is not in %s", key, text)
		}
	}
}

func TestSingleVisitsAreWrittenAsLines(t *testing.T) {
	var text strings.Builder
	if err := evening().WriteVisits(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	var v struct {
		Crowd string
		Visit
	}
	if err := json.Unmarshal([]byte(lines[1]), &v); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 12 || v.Crowd != "evening" || v.Text != 600*time.Millisecond || v.Rung != "lite" {
		t.Errorf("%d lines, the second is %+v", len(lines), v)
	}
}

func FuzzParseThreshold(f *testing.F) {
	for _, s := range []string{"text_under_2s[30s:]>=99%", "drops==0", "text_p95<1s", "full[:1s]>1", "<", "refused[][:]==1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if threshold, err := ParseThreshold(s); err == nil {
			threshold.Judge(evening())
		}
	})
}
