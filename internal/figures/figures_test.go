package figures

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/sample"
	"buzzproof/internal/traffic"
)

var update = flag.Bool("update", false, "write the golden files anew")

func report(t testing.TB, log string) *traffic.Report {
	t.Helper()
	kind, ok := accesslog.Recognise([]byte(log))
	if !ok {
		t.Fatal("the log is of no known format")
	}
	c := traffic.New(traffic.Options{})
	if err := c.Read(t.Context(), traffic.NewLog("access.log", strings.NewReader(log), kind.Format)); err != nil {
		t.Fatal(err)
	}
	return c.Report(500)
}

func sampleLog(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := (sample.Log{Lines: 3000, Days: 5, Pages: 60, Broken: 300, Seed: 4}).Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostile is a log whose client wrote everything he could into it.
var hostile = func() string {
	evil := "\x1b[2J\x1b]0;owned\x07\x9b31m<script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u2066\x00\r\x7f{{.}}'\t`"
	escaped := strings.NewReplacer("\n", "", `"`, "").Replace(evil)
	const line = "%s - - [05/Sep/2016:22:31:00 +0000] \"GET /%s HTTP/1.1\" %d 100 \"http://%s/\" \"%s\"\n"
	return fmt.Sprintf(line, "192.0.2.1", escaped, 200, escaped, escaped) +
		fmt.Sprintf(line, strings.ReplaceAll(escaped, " ", ""), escaped+".css", 200, "https://www.google.com/search?q="+escaped, "="+escaped) +
		fmt.Sprintf(line, "192.0.2.1", "%1b%5b2J%3cscript%3e%00", 404, escaped, escaped) +
		"rubbish " + escaped + "\n" + strings.Repeat("x", 1<<20+1) + "\n" +
		fmt.Sprintf(line, "192.0.2.1", strings.Repeat(escaped, 3000), 200, "h", "a")
}()

func TestAHostileLineNeverReachesATerminalUnescaped(t *testing.T) {
	var b bytes.Buffer
	if err := (Terminal{Width: 80, Rows: 50}).Write(&b, report(t, hostile)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `\x1b[2J`) {
		t.Error("what was written there does not show at all")
	}
	for i, r := range b.String() {
		if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2066 || r == utf8.RuneError) {
			t.Fatalf("%U reaches the terminal: %q", r, b.String()[max(0, i-40):min(b.Len(), i+40)])
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line) - 1; n > 80 {
			t.Errorf("a line is %d columns wide: %q", n, line)
		}
	}
}

func TestAHostileLineNeverReachesAPageUnescaped(t *testing.T) {
	var b bytes.Buffer
	if err := WritePage(&b, report(t, hostile), Page{At: time.Unix(0, 0)}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("what was written there does not show at all")
	}
	if found := regexp.MustCompile(`(?i)<script|<img|onerror\s*=\s*alert\(1\)>|\x1b|\x00|\x{202e}|\x{2066}|href=|src=`).FindString(page); found != "" {
		// The words may stand there as text; as markup they may not.
		if text := regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1); strings.ContainsAny(found, "<\x1b\x00\u202e\u2066") || containsAttribute(text) {
			t.Errorf("%q reaches the page", found)
		}
	}
	if !utf8.ValidString(page) {
		t.Error("the page is not UTF-8")
	}
}

// containsAttribute reports whether a tag asks for something or runs something.
func containsAttribute(tags []string) bool {
	for _, tag := range tags {
		if regexp.MustCompile(`\s(href|src|on[a-z]+)\s*=`).MatchString(tag) {
			return true
		}
	}
	return false
}

func TestAHostileLineIsDataInJSONAndCSV(t *testing.T) {
	r := report(t, hostile)
	var b bytes.Buffer
	if err := WriteJSON(&b, r); err != nil || !json.Valid(b.Bytes()) || bytes.ContainsAny(b.Bytes(), "\x1b\x00\x7f\x9b") && bytes.Contains(b.Bytes(), []byte{0x1b}) {
		t.Errorf("the JSON is broken or holds escape sequences: %v", err)
	}
	b.Reset()
	if err := WriteCSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if key := row[1]; len(key) > 1 && strings.ContainsRune("=+-@\t\r", rune(key[0])) {
			t.Errorf("a spreadsheet would run %q", key)
		}
	}
}

func TestWhatIsNotCountedIsEmptyInCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, report(t, sampleLog(t))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)^totals,all(,\d+){3},,,,$`, `(?m)^totals,failed,\d+,,,,,,$`, `(?m)^minutes,[^,]+,\d+,\d+,,,,,$`} {
		if !regexp.MustCompile(want).Match(b.Bytes()) {
			t.Errorf("no line is like %s", want)
		}
	}
}

func TestTheTerminalsText(t *testing.T) {
	var b bytes.Buffer
	if err := (Terminal{Width: 80, Rows: 5}).Write(&b, report(t, sampleLog(t))); err != nil {
		t.Fatal(err)
	}
	golden(t, "terminal.txt", b.Bytes())
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line) - 1; n > 80 {
			t.Errorf("a line is %d columns wide: %q", n, line)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; see with -update and git diff:\n%s", name, got)
	}
}

func TestTheContractOfTheJSON(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, report(t, sampleLog(t))); err != nil {
		t.Fatal(err)
	}
	var d struct {
		Schema  int
		Totals  map[string]any
		Classes map[string]map[string]float64
		Panels  map[string][]map[string]any
		Minutes []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.Schema != 1 {
		t.Errorf("schema is %d", d.Schema)
	}
	for _, name := range []string{"hits", "failed", "bytes", "visitors", "not_found"} {
		if n, ok := d.Totals[name].(float64); !ok || n == 0 {
			t.Errorf("totals.%s is %v", name, d.Totals[name])
		}
	}
	for _, class := range []string{"person", "preview", "feed", "search", "ai", "monitor", "scanner"} {
		if _, ok := d.Classes[class]["visitors"]; !ok {
			t.Errorf("there is no classes.%s.visitors", class)
		}
	}
	if m := d.Minutes; len(m) == 0 || len(m[0]["key"].(string)) != len("2006-01-02 15:04") || m[0]["hits"] == nil || m[0]["visitors"] == nil {
		t.Errorf("the minutes begin with %v", m)
	}
	for _, panel := range []string{"pages", "static", "not_found", "hosts", "referring_sites", "search_phrases", "status", "hours"} {
		if items := d.Panels[panel]; len(items) == 0 || items[0]["key"] == nil || items[0]["hits"] == nil || items[0]["visitors"] == nil || items[0]["bytes"] == nil {
			t.Errorf("panels.%s begins with %v", panel, items)
		}
	}
}

func TestAnEmptyReportCanBeShown(t *testing.T) {
	r := traffic.New(traffic.Options{}).Report(10)
	var b bytes.Buffer
	err := errors.Join((Terminal{}).Write(&b, r), WritePage(&b, r, Page{}), WriteJSON(&b, r), WriteCSV(&b, r))
	if err != nil || !strings.Contains(b.String(), "0 hits") || !strings.Contains(b.String(), "no hits") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
