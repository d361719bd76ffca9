package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buzzproof/internal/plain"
	"buzzproof/internal/sample"
)

// goAccess returns the GoAccess that counts are compared with: the one named
// by BUZZPROOF_GOACCESS, or the machine's.
func goAccess(t testing.TB) string {
	t.Helper()
	if named := os.Getenv("BUZZPROOF_GOACCESS"); named != "" {
		return named
	}
	need(t, "the counts of GoAccess", "goaccess")
	return "goaccess"
}

// goAccessConfig is GoAccess's own configuration, as far as it counts: static
// files by the list it ships, methods and protocols as part of a request.
func goAccessConfig(t testing.TB, format string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "log-format %s\ndate-format %%d/%%b/%%Y\ntime-format %%H:%%M:%%S\nhttp-method yes\nhttp-protocol yes\n", format)
	for _, end := range strings.Fields("css js jpg png gif ico jpeg pdf csv mpeg mpg swf woff woff2 xls xlsx doc docx ppt pptx txt zip ogg mp3 mp4 exe iso gz rar svg bmp tar tgz tiff tif ttf flv dmg xz zst") {
		fmt.Fprintf(&b, "static-file .%s\n", end)
	}
	file := filepath.Join(t.TempDir(), "goaccess.conf")
	writeFile(t, file, b.String())
	return file
}

func goAccessCommand(t testing.TB, log, format, out string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(goAccess(t), log, "-p", goAccessConfig(t, format), "-o", out, "--no-progress",
		"--max-items=1000000", "--enable-panel=REFERRERS", "--enable-panel=KEYPHRASES")
	if format == commonNotation { // of the time when logs held names
		cmd.Args = append(cmd.Args, "--no-ip-validation")
	}
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	return cmd
}

const (
	combinedNotation = `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`
	commonNotation   = `%h %^[%d:%t %^] "%r" %s %b`
)

// A tallied is what both programs say of an item: hits, visitors, bytes.
type tallied [3]uint64

// A counted is what a program says of a log: totals, and items by panel.
type counted struct {
	hits, failed, bytes, visitors uint64
	panels                        map[string]map[string]tallied
}

func (c *counted) note(panel, key string, n tallied) {
	if c.panels[panel] == nil {
		c.panels[panel] = map[string]tallied{}
	}
	sum := c.panels[panel][key]
	for i := range sum {
		sum[i] += n[i]
	}
	c.panels[panel][key] = sum
}

// A goItem is an item of GoAccess's JSON, or a group of them.
type goItem struct {
	Data, Method, Protocol string
	Hits, Visitors, Bytes  struct{ Count uint64 }
	Items                  []goItem
}

// UnmarshalJSON takes the items of a group, some of which are bare names.
func (g *goItem) UnmarshalJSON(raw []byte) error {
	if raw[0] != '{' {
		return nil
	}
	type plain goItem
	return json.Unmarshal(raw, (*plain)(g))
}

// goPanels are GoAccess's names of the panels that both define alike.
var goPanels = map[string]string{
	"visitors": "days", "requests": "pages", "static_requests": "static", "not_found": "not_found", "hosts": "hosts",
	"visit_time": "hours", "referrers": "referrers", "referring_sites": "referring_sites", "keyphrases": "search_phrases",
	"status_codes": "status",
}

// goAccessCounts runs GoAccess on a log.
func goAccessCounts(t *testing.T, log, format string) counted {
	t.Helper()
	out := filepath.Join(t.TempDir(), "goaccess.json")
	run(t, goAccessCommand(t, log, format, out))
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]json.RawMessage
	// It writes the bytes of the log as they are.
	if err := json.Unmarshal([]byte(plain.UTF8(string(raw))), &said); err != nil {
		t.Fatalf("GoAccess says %.300s: %v", raw, err)
	}
	c := counted{panels: map[string]map[string]tallied{}}
	var general map[string]any
	if err := json.Unmarshal(said["general"], &general); err != nil {
		t.Fatal(err)
	}
	total := func(name string) uint64 { n, _ := general[name].(float64); return uint64(n) }
	c.hits, c.failed, c.bytes, c.visitors = total("valid_requests"), total("failed_requests"), total("bandwidth"), total("unique_visitors")
	for panel, name := range goPanels {
		if said[panel] == nil {
			continue
		}
		var list struct{ Data []goItem }
		if err := json.Unmarshal(said[panel], &list); err != nil {
			t.Fatalf("%s: %v", panel, err)
		}
		c.take(name, list.Data)
	}
	return c
}

// take notes items; groups stand for what is in them. Hosts have their
// countries in them, which are no items.
func (c *counted) take(panel string, items []goItem) {
	for _, it := range items {
		if len(it.Items) > 0 && it.Items[0].Hits.Count > 0 {
			c.take(panel, it.Items)
			continue
		}
		key := it.Data
		if panel == "status" {
			key = statusOf(key)
		}
		c.note(panel, itemKey(panel, key, it.Method, it.Protocol), tallied{it.Hits.Count, it.Visitors.Count, it.Bytes.Count})
	}
}

// statusOf is the number that a name such as "404 - Not Found" begins with.
func statusOf(name string) string {
	number, _, _ := strings.Cut(name, " ")
	return fmt.Sprintf("%03s", number)
}

// undercounts reports whether this GoAccess is older than 1.11, which mended
// that it took some new visitors of an item for old ones, and the sites of
// referrers without a path.
func undercounts(t *testing.T) bool {
	t.Helper()
	said := string(run(t, exec.Command(goAccess(t), "--version")))
	var major, minor int
	if _, err := fmt.Sscanf(said, "GoAccess - %d.%d", &major, &minor); err != nil {
		t.Fatalf("GoAccess says of its version %.80q", said)
	}
	t.Logf("GoAccess %d.%d", major, minor)
	return major == 1 && minor < 11
}

func itemKey(panel, key, method, protocol string) string {
	if panel != "pages" && panel != "static" && panel != "not_found" {
		return key
	}
	return key + " " + strings.Trim(method, "-") + " " + strings.Trim(protocol, "-")
}

// ourCounts runs buzzproof on a log.
func ourCounts(t *testing.T, log string, flags ...string) counted {
	t.Helper()
	out := run(t, exec.Command(buzzproof(t), append([]string{"stats", log, "--json", "--quiet", "--top", "1000000"}, flags...)...))
	type item struct {
		Key, Method, Protocol string
		Hits, Visitors, Bytes uint64
	}
	var said struct {
		Totals struct{ Hits, Failed, Bytes, Visitors uint64 }
		Days   []item
		Panels map[string][]item
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("stats --json says %.300s: %v", out, err)
	}
	c := counted{said.Totals.Hits, said.Totals.Failed, said.Totals.Bytes, said.Totals.Visitors, map[string]map[string]tallied{}}
	for _, d := range said.Days {
		c.note("days", strings.ReplaceAll(d.Key, "-", ""), tallied{d.Hits, d.Visitors, d.Bytes})
	}
	for panel, items := range said.Panels {
		for _, it := range items {
			if it.Hits > 0 {
				c.note(panel, itemKey(panel, it.Key, it.Method, it.Protocol), tallied{it.Hits, it.Visitors, it.Bytes})
			}
		}
	}
	return c
}

// expectEqual compares all that both define alike. Phrases are GoAccess's and
// those of other engines.
func expectEqual(t *testing.T, ours, theirs counted, undercounts bool) {
	t.Helper()
	a := [4]uint64{ours.hits, ours.failed, ours.bytes, ours.visitors}
	if b := [4]uint64{theirs.hits, theirs.failed, theirs.bytes, theirs.visitors}; a != b {
		t.Errorf("hits, failed, bytes and visitors are %v, GoAccess says %v", a, b)
	}
	equal := func(panel string, got, want tallied) bool {
		if undercounts && got[1] >= want[1] && got[1]-want[1] <= 3+want[1]/20 {
			got[1] = want[1]
		}
		return got == want || panel == "search_phrases" && got[0] > want[0]
	}
	items, faults := 0, tally{t: t}
	for panel, list := range theirs.panels {
		for key, want := range list {
			items++
			if got := ours.panels[panel][key]; !equal(panel, got, want) && !(undercounts && strings.Contains(key, "?")) {
				faults.fault("%s %q has %v, GoAccess says %v", panel, key, got, want)
			}
		}
		for key, got := range ours.panels[panel] {
			if _, ok := list[key]; !ok && panel != "search_phrases" && !(undercounts && strings.Contains(key, ":")) {
				faults.fault("%s %q has %v, GoAccess does not list it", panel, key, got)
			}
		}
	}
	t.Logf("bar: equal       %d hits, %d failed, %d visitors, %d items of %d panels: %s", a[0], a[1], a[3], items, len(theirs.panels),
		strings.Join(slices.Sorted(maps.Keys(theirs.panels)), ", "))
}

// withoutLong writes a log again without the lines that GoAccess reads as
// several, and broken ones at that.
func withoutLong(t *testing.T, log string) string {
	t.Helper()
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(raw)) {
		if len(line) < 4096 {
			b.WriteString(line)
		}
	}
	short := filepath.Join(t.TempDir(), filepath.Base(log))
	writeFile(t, short, b.String())
	return short
}

func TestCountsAreThoseOfGoAccess(t *testing.T) {
	old := undercounts(t)
	made := filepath.Join(t.TempDir(), "made.log")
	var b bytes.Buffer
	if err := (sample.Log{Lines: 20_000, Days: 10, Broken: 200, Seed: 5}).Write(&b); err != nil {
		t.Fatal(err)
	}
	writeFile(t, made, b.String())
	logs := []string{made, "testdata/logs/attack.log", "testdata/logs/hosts.log", "testdata/logs/broken.log"}
	if folder := os.Getenv("BUZZPROOF_LOGS"); folder != "" {
		more, err := filepath.Glob(filepath.Join(folder, "*.log"))
		if err != nil || len(more) == 0 {
			t.Fatalf("no logs in %s (%v)", folder, err)
		}
		logs = append(logs, more...)
	}
	for _, log := range logs {
		t.Run(filepath.Base(log), func(t *testing.T) {
			log := withoutLong(t, log)
			head, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := bytes.Cut(head, []byte{'\n'})
			format, name := combinedNotation, "combined"
			if bytes.Count(first, []byte{'"'}) < 4 {
				format, name = commonNotation, "common"
			}
			expectEqual(t, ourCounts(t, log, "--format", name), goAccessCounts(t, log, format), old)
		})
	}
}
