package accesslog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A sample is what a member of the family shows of itself: lines as its server
// writes them, and what the last of them says.
type sample struct {
	kind  string
	lines string // what stands above the line counts for headed formats
	want  Hit
	at    string // date and time
	local bool   // the time is a moment, shown on this machine's clock
}

func (s sample) last() []byte {
	lines := strings.Split(strings.TrimSuffix(s.lines, "\n"), "\n")
	return []byte(lines[len(lines)-1])
}

// format returns the format as it stands above the last line.
func (s sample) format(t testing.TB) Format {
	t.Helper()
	k, ok := Named(s.kind)
	if !ok {
		t.Fatalf("there is no kind %s", s.kind)
	}
	f := k.Format
	for line := range strings.Lines(s.lines) {
		if headed, ok := f.(Headed); ok && line[0] == '#' {
			f = headed.Header([]byte(strings.TrimSpace(line)))
		}
	}
	return f
}

// The suite that every member passes. A new one is a line in Kinds and samples.
func TestEveryKindKeepsToTheContract(t *testing.T) {
	shown := map[string]bool{}
	for _, s := range samples {
		shown[s.kind] = true
		t.Run(s.kind, func(t *testing.T) {
			t.Run("reads its own line", func(t *testing.T) { checkRead(t, s) })
			t.Run("is recognised by its lines", func(t *testing.T) { checkRecognised(t, s) })
			t.Run("takes no line that is cut in its first third", func(t *testing.T) { checkCut(t, s) })
			t.Run("survives what is none of its lines", func(t *testing.T) { checkForeign(t, s) })
			t.Run("keeps nothing from the line before", func(t *testing.T) { checkReset(t, s) })
		})
	}
	for _, k := range Kinds() {
		if !shown[k.Name] || k.Title == "" {
			t.Errorf("the kind %s shows no sample or has no title", k.Name)
		}
	}
}

func checkRead(t *testing.T, s sample) {
	var got Hit
	if err := s.format(t).Parse(s.last(), &got); err != nil {
		t.Fatalf("%v in %s", err, s.last())
	}
	at := time.Unix(int64(got.Day)*86400+int64(got.Second), 0).UTC()
	if s.local {
		at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.Local).UTC()
	}
	if at.Format(time.DateTime) != s.at {
		t.Errorf("the time is %s, want %s", at.Format(time.DateTime), s.at)
	}
	want := s.want
	want.Day, want.Second = got.Day, got.Second
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func checkRecognised(t *testing.T, s sample) {
	kind, ok := Recognise([]byte(s.lines))
	if !ok || kind.Name != s.kind {
		t.Errorf("recognised as %q", kind.Name)
	}
	// Also by lines without what stood above them.
	kind, ok = Recognise(append(s.last(), '\n'))
	if !ok || kind.Name != s.kind {
		t.Errorf("recognised as %q by its last line alone", kind.Name)
	}
}

func checkCut(t *testing.T, s sample) {
	line := s.last()
	var h Hit
	for n := range len(line) / 3 {
		if err := s.format(t).Parse(bytes.Clone(line[:n]), &h); err == nil && h.complete() != nil {
			t.Errorf("took %q for a hit without client, time or request", line[:n])
		}
	}
}

func checkForeign(t *testing.T, s sample) {
	var h Hit
	for _, line := range []string{
		" ", "\x00", "-", `"`, `""`, "[", "{", "{}", `{"a":`, "\x1b[2J", strings.Repeat("a", 1<<20), strings.Repeat("[", 1000),
		strings.Repeat(`{"a":`, 1000), strings.Repeat(`\`, 99), "\xff\xfe", strings.Repeat("- ", 99), "#", "%", "% % %",
	} {
		if err := s.format(t).Parse([]byte(line), &h); err == nil {
			t.Errorf("took %.20q for a hit", line)
		}
	}
}

func checkReset(t *testing.T, s sample) {
	var fresh, used Hit
	used.VHost, used.Cache, used.TLS, used.MIME, used.Took, used.Bytes, used.Referrer = "x", "x", "x", "x", 5, 5, "x"
	first, second := s.format(t).Parse(s.last(), &fresh), s.format(t).Parse(s.last(), &used)
	if first != nil || second != nil || fmt.Sprint(fresh) != fmt.Sprint(used) {
		t.Errorf("a used hit becomes %+v, a fresh one %+v", used, fresh)
	}
}

func FuzzFormats(f *testing.F) {
	for i, s := range samples {
		f.Add(i, string(s.last()))
	}
	f.Add(0, `{"ts":1e400,"request":{"uri":"\ud800\u0000"}}`)
	f.Add(3, "#Fields: date time c-ip cs-uri-stem\n")
	kinds := Kinds()
	f.Fuzz(func(t *testing.T, i int, line string) {
		if strings.Contains(line, "\n") {
			return
		}
		k := kinds[max(0, i)%len(kinds)]
		format := k.Format
		if headed, ok := format.(Headed); ok && strings.HasPrefix(line, "#") {
			format = headed.Header([]byte(line))
		}
		var h Hit
		if err := format.Parse([]byte(line), &h); err != nil {
			return
		}
		if h.Client == "" || h.Path == "" {
			t.Errorf("%s took %q for a hit without client or path", k.Name, line)
		}
		if h.Status < -1 || h.Status > 599 || h.Second < 0 || h.Second > 86400 || h.Bytes < 0 || h.Took < -1 || h.Day < 0 {
			t.Errorf("%s reads impossible numbers from %q: %+v", k.Name, line, h)
		}
	})
}

func FuzzPassedOn(f *testing.F) {
	for _, head := range []string{"Sep  5 22:31:00 home nginx: ", "<190>2016-09-05T22:31:00Z home nginx: ", "nginx-1  | ", "2016-09-05T22:31:00.1Z stdout F "} {
		f.Add([]byte(head + "203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] \"GET / HTTP/1.1\" 200 612\n"))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		kind, ok := Recognise(log)
		if !ok {
			return
		}
		var h Hit
		for line := range bytes.Lines(log) {
			if kind.Format.Parse(bytes.TrimSuffix(line, []byte{'\n'}), &h) == nil && (h.Client == "" || h.Path == "") {
				t.Errorf("%s takes %q for a hit without client or path", kind.Title, line)
			}
		}
	})
}

func FuzzNotation(f *testing.F) {
	f.Add(`%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`, "%d/%b/%Y", "%T", `1.2.3.4 - - [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200 5 "-" "x"`)
	f.Add(`%h %l %u %t "%r" %>s %O "%{Referer}i" %D`, "", "", `::1 - - [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200 5 "-" 7`)
	f.Add(`$remote_addr [$time_local] "$request" $status`, "", "", `::1 [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200`)
	f.Add(`%~h{, } %d %t %s`, "%F", "%T", `x, ::1 2016-09-05 22:31:00 200`)
	f.Fuzz(func(t *testing.T, format, date, clock, line string) {
		p, err := Notation(format, date, clock)
		if err != nil || strings.Contains(line, "\n") {
			return
		}
		var h Hit
		if p.Parse([]byte(line), &h) == nil && (h.Client == "" || h.Path == "") {
			t.Errorf("%q takes %q for a hit without client or path", format, line)
		}
	})
}
