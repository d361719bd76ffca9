package traffic

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/sample"
	"buzzproof/internal/site"
)

func format(t testing.TB, name string) accesslog.Format {
	t.Helper()
	k, ok := accesslog.Named(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	return k.Format
}

// count reads a log of the combined format.
func count(t testing.TB, o Options, log string) *Report {
	t.Helper()
	c := New(o)
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(log), format(t, "combined"))); err != nil {
		t.Fatal(err)
	}
	return c.Report(1000)
}

// line writes a line of the combined format.
func line(client, at, request string, status int, referrer, agent string) string {
	return fmt.Sprintf("%s - - [%s +0000] \"%s HTTP/1.1\" %d 100 %q %q\n", client, at, request, status, referrer, agent)
}

const evening = "05/Sep/2016:22:31:00"

func find(t *testing.T, r *Report, p Panel, key string) Item {
	t.Helper()
	for _, it := range r.Panels[p] {
		if it.Key == key {
			return it
		}
	}
	t.Fatalf("%v has no item %q", p, key)
	return Item{}
}

func TestAVisitorIsAnAddressWithAnAgentOnADay(t *testing.T) {
	r := count(t, Options{}, line("192.0.2.1", evening, "GET /", 200, "-", "a")+
		line("192.0.2.1", "05/Sep/2016:23:00:00", "GET /b", 200, "-", "a")+ // the same
		line("192.0.2.1", evening, "GET /", 200, "-", "b")+ // another agent
		line("192.0.2.2", evening, "GET /", 200, "-", "a")+ // another address
		line("192.0.2.1", "06/Sep/2016:00:00:00", "GET /", 200, "-", "a")+ // another day
		line("192.0.2.3", evening, "GET /none", 404, "-", "a")) // nobody's visitor
	if r.Hits != 6 || r.Visitors != 4 || r.NotFound != 1 || r.Bytes != 600 {
		t.Errorf("hits %d, visitors %d, not found %d, bytes %d; want 6, 4, 1, 600", r.Hits, r.Visitors, r.NotFound, r.Bytes)
	}
	if it := find(t, r, Pages, "/"); it.Hits != 4 || it.Visitors != 4 || it.Method != "GET" || it.Protocol != "HTTP/1.1" {
		t.Errorf("the front page is %+v", it)
	}
	if it := find(t, r, NotFound, "/none"); it.Hits != 1 || it.Visitors != 0 {
		t.Errorf("what was not found is %+v", it)
	}
	if it := find(t, r, Hosts, "192.0.2.1"); it.Hits != 4 || it.Visitors != 3 {
		t.Errorf("the host is %+v", it)
	}
	if it := find(t, r, Hours, "22"); it.Hits != 4 || it.Visitors != 3 {
		t.Errorf("the hour is %+v", it)
	}
	if len(r.Days) != 2 || r.Days[0].Visitors != 3 || r.Days[1].Visitors != 1 {
		t.Errorf("the days are %+v", r.Days)
	}
	if m := r.Peak(); m.Visitors != 3 || m.Hits != 4 || m.At.Format(time.DateTime) != "2016-09-05 22:31:00" {
		t.Errorf("the peak is %+v", m)
	}
}

func TestAMinuteOfALogOutOfOrderHasHardlyMoreVisitorsThanThereAre(t *testing.T) {
	var b strings.Builder
	for i := range 600 {
		b.WriteString(line("192.0.2.1", fmt.Sprintf("05/Sep/2016:22:%02d:00", i*7%60), "GET /", 200, "-", "a"))
	}
	r := count(t, Options{}, b.String())
	if m := r.Peak(); len(r.Minutes) != 60 || m.Hits != 10 || m.Visitors > 2 {
		t.Errorf("%d minutes, the peak is %+v", len(r.Minutes), m)
	}
}

func TestTheNumberOfShardsChangesNothing(t *testing.T) {
	var b bytes.Buffer
	if err := (sample.Log{Lines: 20_000, Days: 3, Pages: 300, Broken: 100, Seed: 7}).Write(&b); err != nil {
		t.Fatal(err)
	}
	want := count(t, Options{Shards: 1}, b.String())
	if want.Hits < 19_000 || want.Failed == 0 || want.Visitors < 1000 {
		t.Fatalf("the log is not what it should be: %v", want)
	}
	for _, shards := range []int{2, 5} {
		if got := count(t, Options{Shards: shards}, b.String()); !reflect.DeepEqual(got, want) {
			t.Errorf("%d shards give %v, one gives %v", shards, got, want)
		}
	}
}

func TestClosingVisitsEarlyChangesNoCount(t *testing.T) {
	var b bytes.Buffer
	if err := (sample.Log{Lines: 20_000, Days: 3, Pages: 300, Seed: 8}).Write(&b); err != nil {
		t.Fatal(err)
	}
	twice := b.String() + b.String() // every visitor comes back
	want := count(t, Options{}, twice)
	c := New(Options{})
	c.shards[0].visits.limit = 50
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(twice), format(t, "combined"))); err != nil {
		t.Fatal(err)
	}
	got := c.Report(1000)
	if len(c.shards[0].closed.days) == 0 {
		t.Fatal("no visit was closed")
	}
	got.Minutes, want.Minutes = nil, nil // whose visitors are those of open visits
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEstimatesAreWithinOnePercent(t *testing.T) {
	var b bytes.Buffer
	if err := (sample.Log{Lines: 60_000, Days: 2, Pages: 50, Seed: 9}).Write(&b); err != nil {
		t.Fatal(err)
	}
	want := count(t, Options{}, b.String())
	c := New(Options{Exact: 10_000})
	c.shards[0].visits.limit = 500
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(b.String()), format(t, "combined"))); err != nil {
		t.Fatal(err)
	}
	got := c.Report(1000)
	if got.Exact || !want.Exact {
		t.Fatal("estimates say that they are exact, or counts that they are not")
	}
	if got.Hits != want.Hits || got.Bytes != want.Bytes {
		t.Error("totals are estimated as well")
	}
	if off := float64(got.Visitors)/float64(want.Visitors) - 1; off < -0.01 || off > 0.01 {
		t.Errorf("%d visitors instead of %d", got.Visitors, want.Visitors)
	}
	for _, p := range []Panel{Pages, Static, Sites, Statuses, Hours} {
		for i, it := range want.Panels[p] {
			if it.Visitors < 1000 {
				continue
			}
			if off := float64(got.Panels[p][i].Visitors)/float64(it.Visitors) - 1; off < -0.01 || off > 0.01 {
				t.Errorf("%v %s has %d visitors instead of %d", p, it.Key, got.Panels[p][i].Visitors, it.Visitors)
			}
		}
	}
}

func TestWhatComesOftenIsNotForgotten(t *testing.T) {
	c := New(Options{})
	c.shards[0].room = 400 << 10
	var b strings.Builder
	for i := range 20_000 {
		b.WriteString(line("192.0.2.1", evening, fmt.Sprintf("GET /once/%d", i), 200, "-", "a"))
		if i%10 == 0 {
			b.WriteString(line("192.0.2.1", evening, "GET /often", 200, "-", "a"))
		}
	}
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(b.String()), format(t, "combined"))); err != nil {
		t.Fatal(err)
	}
	r := c.Report(10)
	if it := r.Panels[Pages][0]; it.Key != "/often" || it.Hits != 2000 {
		t.Errorf("the first page is %+v", it)
	}
	if r.Hits != 22_000 || r.Forgot[Pages] == 0 || r.ShortOf[Pages] == 0 {
		t.Errorf("hits %d, forgot %d pages, listed ones may lack %d hits", r.Hits, r.Forgot[Pages], r.ShortOf[Pages])
	}
}

// A lateJudge finds out at a client's third probe what he is.
type lateJudge map[string]int

func (j lateJudge) Hit(who *site.Asker, _, path string, _ uint64, _ int, _ int64) {
	if path == "/wp-login.php" {
		j[strings.Clone(who.Client)]++
	}
}

func (lateJudge) Expect(*site.Asker) {}

func (lateJudge) ExpectPath(uint64) {}

func (j lateJudge) ClassOf(who *site.Asker) site.Class {
	if j[who.Client] >= 3 {
		return site.Scanner
	}
	return site.Person
}

const scan = "/wp-login.php"

func scannerLog() string {
	var b strings.Builder
	for i := range 3 {
		b.WriteString(line("192.0.2.1", evening, "GET /", 200, "-", "browser"))
		b.WriteString(line("192.0.2.9", evening, "GET /page", 200, "-", "browser"))
		b.WriteString(line("192.0.2.9", fmt.Sprintf("05/Sep/2016:22:3%d:00", i), "GET "+scan, 404, "-", "browser"))
	}
	return b.String()
}

func TestAClassFoundLateHoldsForEverythingTheClientDid(t *testing.T) {
	for _, shards := range []int{1, 3} {
		r := count(t, Options{Shards: shards, Judge: func() Judge { return lateJudge{} }}, scannerLog())
		if p, s := r.Classes[site.Person], r.Classes[site.Scanner]; p.Hits != 3 || p.Visitors != 1 || s.Hits != 6 || s.Visitors != 1 || s.NotFound != 3 || s.Pages != 3 {
			t.Errorf("%d shards: people %+v, scanners %+v", shards, p, s)
		}
		if d := r.Days[0].Classes[site.Scanner]; d.Hits != 6 {
			t.Errorf("the day has %d hits of scanners", d.Hits)
		}
	}
}

func TestAFilterByClassKnowsTheEnd(t *testing.T) {
	o := Options{Judge: func() Judge { return lateJudge{} }, Filter: Filter{Classes: map[site.Class]bool{site.Person: true}}}
	c := New(o)
	read := func(read func(*Log) error) {
		if err := read(NewLog("test", strings.NewReader(scannerLog()), format(t, "combined"))); err != nil {
			t.Fatal(err)
		}
	}
	read(func(l *Log) error { return c.Learn(t.Context(), l) })
	read(func(l *Log) error { return c.Read(t.Context(), l) })
	if r := c.Report(10); r.Hits != 3 || r.Filtered != 6 || r.Lines != 9 || r.Sizes[NotFound] != 0 {
		t.Errorf("hits %d, filtered %d, lines %d", r.Hits, r.Filtered, r.Lines)
	}
}

func TestFilters(t *testing.T) {
	log := line("192.0.2.1", "05/Sep/2016:22:29:59", "GET /blog/a", 200, "https://News.example/", "a") +
		line("192.0.2.1", "05/Sep/2016:22:30:00", "GET /blog/b", 404, "-", "a") +
		line("192.0.2.1", "05/Sep/2016:22:31:00", "GET /other", 200, "-", "a")
	at := time.Date(2016, 9, 5, 22, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		f    Filter
		want uint64
	}{
		{"none", Filter{}, 3},
		{"since", Filter{Since: at}, 2},
		{"until", Filter{Until: at}, 1},
		{"path", Filter{Path: func(p string) bool { return strings.HasPrefix(p, "/blog/") }}, 2},
		{"status", Filter{Status: func(s int) bool { return s == 404 }}, 1},
		{"referrer, in any case", Filter{Referrer: "news"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := count(t, Options{Filter: c.f}, log); r.Hits != c.want || r.Hits+r.Filtered != 3 {
				t.Errorf("%d hits and %d filtered, want %d", r.Hits, r.Filtered, c.want)
			}
		})
	}
}

type nowhere struct{}

func (nowhere) Locate(client string) (string, string) {
	if client == "192.0.2.1" {
		return "FR", "AS64496 Example"
	}
	return "", ""
}

func TestPlaces(t *testing.T) {
	r := count(t, Options{Where: nowhere{}}, line("192.0.2.1", evening, "GET /", 200, "-", "a")+
		line("192.0.2.1", evening, "GET /b", 200, "-", "a")+line("192.0.2.2", evening, "GET /", 200, "-", "a"))
	if it := find(t, r, Countries, "FR"); it.Hits != 2 || it.Visitors != 1 {
		t.Errorf("the country is %+v", it)
	}
	if it := find(t, r, Countries, "other"); it.Hits != 1 {
		t.Errorf("nowhere is %+v", it)
	}
	if it := find(t, r, Networks, "AS64496 Example"); it.Hits != 2 || it.Visitors != 1 || len(r.Panels[Networks]) != 1 {
		t.Errorf("the network is %+v", it)
	}
}

func TestWhatHasFewValuesIsNeverForgotten(t *testing.T) {
	c := New(Options{})
	c.shards[0].room = 1 // less than anything takes
	var log strings.Builder
	for range 20 {
		for status := 100; status < 600; status++ { // 88 of them are known to HTTP, the other lines fail
			log.WriteString(line("192.0.2.1", evening, "GET /", status, "-", "a"))
		}
	}
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(log.String()), format(t, "combined"))); err != nil {
		t.Fatal(err)
	}
	r := c.Report(1000)
	for _, want := range []struct {
		panel Panel
		key   string
		hits  uint64
	}{{Statuses, "200", 20}, {Statuses, "404", 20}, {Methods, "GET", r.Hits}, {Protocols, "HTTP/1.1", r.Hits}, {Hours, "22", r.Hits}} {
		if it := find(t, r, want.panel, want.key); it.Hits != want.hits {
			t.Errorf("%v: %d hits with %s, want %d", want.panel, it.Hits, want.key, want.hits)
		}
	}
}

func BenchmarkCount(b *testing.B) {
	var log bytes.Buffer
	const lines = 200_000
	if err := (sample.Log{Lines: lines, Days: 5, Seed: 1}).Write(&log); err != nil {
		b.Fatal(err)
	}
	f := format(b, "combined")
	b.SetBytes(int64(log.Len()))
	for b.Loop() {
		c := New(Options{Shards: runtime.GOMAXPROCS(0)})
		if err := c.Read(b.Context(), NewLog("log", bytes.NewReader(log.Bytes()), f)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*lines)/b.Elapsed().Seconds(), "lines/s")
}
