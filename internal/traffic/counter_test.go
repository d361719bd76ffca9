package traffic

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

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
	if c.shards[0].visits.folds < 100 {
		t.Fatalf("visits were closed %d times only", c.shards[0].visits.folds)
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

func (j lateJudge) Hit(client, _, _, path string, _ int, _ time.Time) {
	if path == "/wp-login.php" {
		j[strings.Clone(client)]++
	}
}

func (j lateJudge) ClassOf(client, _ string) site.Class {
	if j[client] >= 3 {
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

func TestLinesThatCannotBeReadAreCountedAndKept(t *testing.T) {
	long := strings.Repeat("x", 3*maxLine)
	r := count(t, Options{}, "rubbish\n\n# a remark\n"+line("192.0.2.1", evening, "GET /", 200, "-", "a")+long+"\n"+
		line("192.0.2.1", evening, "GET /", 999, "-", "a")+line("192.0.2.1", evening, "GET /\x00\x1b[2J<b>", 200, "-", "a")+long)
	if r.Hits != 2 || r.Failed != 4 || len(r.Failures) != 3 {
		t.Fatalf("hits %d, failed %d, kept %d; want 2, 4, 3", r.Hits, r.Failed, len(r.Failures))
	}
	if f := r.Failures[0]; f.Line != 1 || f.File != "test" || f.Text != "rubbish" || f.Why == "" {
		t.Errorf("the first failure is %+v", f)
	}
}

func TestAHeadHoldsForTheLinesBelowIt(t *testing.T) {
	var b strings.Builder
	b.WriteString("#Fields: date time c-ip cs-method cs-uri-stem sc-status\n")
	for range 10_000 { // more than a chunk
		b.WriteString("2016-09-05 22:31:00 192.0.2.1 GET /a 200\n")
	}
	b.WriteString("#Software: again\n#Fields: c-ip date time sc-status cs-uri-stem\n")
	for range 10_000 {
		b.WriteString("192.0.2.1 2016-09-05 22:31:00 404 /b\n")
	}
	c := New(Options{Shards: 2})
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(b.String()), format(t, "w3c"))); err != nil {
		t.Fatal(err)
	}
	if r := c.Report(10); r.Hits != 20_000 || r.NotFound != 10_000 || r.Failed != 0 {
		t.Errorf("%v, %d not found", r, r.NotFound)
	}
}

func TestABrokenStreamLosesNothingThatWasRead(t *testing.T) {
	broken := errors.New("the disk is gone")
	c := New(Options{})
	log := line("192.0.2.1", evening, "GET /", 200, "-", "a")
	src := io.MultiReader(strings.NewReader(log+log+log[:20]), &failing{broken})
	if err := c.Read(t.Context(), NewLog("test", src, format(t, "combined"))); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	if r := c.Report(10); r.Hits != 2 {
		t.Errorf("%d hits, want 2", r.Hits)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestALogIsFollowedThroughItsRotation(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	hit := line("192.0.2.1", evening, "GET /", 200, "-", "a")
	write := func(text string) {
		t.Helper()
		f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	write(hit + hit[:30])
	source, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { source.Close() }()
	kind, ok, err := source.Recognise()
	if !ok || err != nil || kind.Name != "combined" || !source.Follow() {
		t.Fatalf("recognised as %q (%v)", kind.Name, err)
	}
	log, c := NewLog(name, source, kind.Format), New(Options{})
	step := func(what string, want uint64) {
		t.Helper()
		if err := c.Read(t.Context(), log); !errors.Is(err, ErrPause) {
			t.Fatalf("%s: the error is %v", what, err)
		}
		if r := c.Report(1); r.Hits != want || r.Failed != 0 {
			t.Errorf("%s: %v, want %d hits", what, r, want)
		}
	}
	step("half a line", 1)
	write(hit[30:])
	step("the other half", 2)
	write(hit)
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	step("a line before the rotation, no new file yet", 3)
	write(hit + hit)
	step("the new file", 5)
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	write(hit)
	step("emptied in place", 6)
}

func TestPackedLogsAreRead(t *testing.T) {
	text := line("192.0.2.1", evening, "GET /", 200, "-", "a")
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	gz.Write(bytes.Clone(gz.Bytes())) // logs that were packed apart and put together
	for name, c := range map[string]struct {
		log  string
		hits uint64
	}{"plain": {text, 1}, "gzip": {gz.String(), 2}, "zstd": {zst.String(), 1}, "empty": {"", 0}} {
		s, err := Unpack(name, strings.NewReader(c.log))
		if err != nil {
			t.Fatal(err)
		}
		kind, ok, err := s.Recognise()
		if err != nil || ok == s.Empty() {
			t.Errorf("%s: recognised: %v, empty: %v (%v)", name, ok, s.Empty(), err)
		}
		if !ok {
			kind.Format = format(t, "combined")
		}
		counter := New(Options{})
		if err := counter.Read(t.Context(), NewLog(name, s, kind.Format)); err != nil {
			t.Fatal(err)
		}
		if r := counter.Report(1); r.Hits != c.hits {
			t.Errorf("%s: %d hits, want %d", name, r.Hits, c.hits)
		}
		s.Close()
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Unpack("cut", strings.NewReader("\x1f\x8b\x08")); err == nil {
		t.Error("a gzip header that is cut off was taken")
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

func BenchmarkCount(b *testing.B) {
	var log bytes.Buffer
	const lines = 200_000
	if err := (sample.Log{Lines: lines, Days: 5, Seed: 1}).Write(&log); err != nil {
		b.Fatal(err)
	}
	f := format(b, "combined")
	b.SetBytes(int64(log.Len()))
	for b.Loop() {
		c := New(Options{Shards: 1})
		if err := c.Read(b.Context(), NewLog("log", bytes.NewReader(log.Bytes()), f)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*lines)/b.Elapsed().Seconds(), "lines/s")
}
