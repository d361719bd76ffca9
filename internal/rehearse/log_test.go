package rehearse

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/accesslog"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"

func line(at time.Time, path, agent string) string {
	return fmt.Sprintf("192.0.2.7 - - [%s] \"GET %s HTTP/1.1\" 200 5120 \"-\" %q\n", at.Format("02/Jan/2006:15:04:05 -0700"), path, agent)
}

func TestALogBecomesTheCrowdOfItsBusiestMinutes(t *testing.T) {
	began := time.Date(2016, 9, 5, 20, 0, 0, 0, time.UTC)
	var log strings.Builder
	for i := range 3600 { // one person a second for an hour, on another page
		log.WriteString(line(began.Add(time.Duration(i)*time.Second), "/old/", firefox))
	}
	rush := began.Add(2 * time.Hour)
	for i := range 600 { // then four a second for ten minutes, three of them for the article
		at := rush.Add(time.Duration(i) * time.Second)
		for j := range 4 {
			path := "/article/?utm_source=hn"
			if j == 3 {
				path = fmt.Sprintf("/page-%d/", i%50)
			}
			log.WriteString(line(at, path, firefox))
		}
		log.WriteString(line(at, "/style.css", firefox))
		log.WriteString(line(at, "/article/", "Googlebot/2.1"))
		log.WriteString("what is this\n")
		if i%2 == 0 {
			log.WriteString(line(at, "/article/", "Mastodon/4.4.3"))
		}
	}
	c, err := CrowdOfLog("log:x", strings.NewReader(log.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Flows) != 2 || c.Flows[0].Who != Person || c.Flows[1].Who != Preview {
		t.Fatalf("flows are %+v", c.Flows)
	}
	people, previews := c.Flows[0], c.Flows[1]
	if c.Length() != window || people.Rate[0] != 4 || people.Rate[len(people.Rate)-1] != 4 || previews.Rate[6] != 0.5 {
		t.Errorf("%v, people at %v, previews at %v a second", c.Length(), people.Rate[0], previews.Rate[6])
	}
	if math.Abs(people.Landing-0.75) > 0.001 || previews.Landing != 1 {
		t.Errorf("%v of the people and %v of the previews came for the article", people.Landing, previews.Landing)
	}
}

func TestLinesThatAreNoVisitAreLeftOut(t *testing.T) {
	stamp := "[05/Sep/2016:22:30:01 +0200]"
	for name, line := range map[string]string{
		"a post":         `h - - ` + stamp + ` "POST /a/ HTTP/1.1" 200 1 "-" "x"`,
		"a failure":      `h - - ` + stamp + ` "GET /a/ HTTP/1.1" 404 1 "-" "x"`,
		"a picture":      `h - - ` + stamp + ` "GET /a.png HTTP/1.1" 200 1 "-" "x"`,
		"a crawler":      `h - - ` + stamp + ` "GET /a/ HTTP/1.1" 200 1 "-" "bingbot/2.0"`,
		"no time":        `h - - [yesterday] "GET /a/ HTTP/1.1" 200 1 "-" "x"`,
		"no request":     `h - - ` + stamp + ` "\x16\x03" 400 1 "-" "x"`,
		"another format": `{"ts": 1}`,
	} {
		if h, ok := hitOf(line); ok {
			t.Errorf("%s is a visit: %+v", name, h)
		}
	}
	for name, line := range map[string]string{
		"the common format":   `h - - ` + stamp + ` "GET /a/ HTTP/1.1" 200 1`,
		"the combined format": `h - - ` + stamp + ` "GET /a.php?x HTTP/2.0" 304 1 "-" "` + firefox + `"`,
	} {
		if h, ok := hitOf(line); !ok || h.who != Person {
			t.Errorf("%s: %+v, %v", name, h, ok)
		}
	}
	if _, err := CrowdOfLog("log:x", strings.NewReader(`h - - `+stamp+` "POST /a/ HTTP/1.1" 200 1 "-" "x"`)); err == nil || !strings.Contains(err.Error(), "1 lines and no visit") {
		t.Errorf("a log without visits: %v", err)
	}
}

// hitOf reads a line of the format that it is of.
func hitOf(line string) (logHit, bool) {
	var h accesslog.Hit
	kind, ok := accesslog.Recognise([]byte(line))
	if !ok || kind.Format.Parse([]byte(line), &h) != nil {
		return logHit{}, false
	}
	return pageHit(&h)
}

func TestALogOfAnyFormatIsACrowd(t *testing.T) {
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	if _, err := z.Write([]byte(line(time.Date(2016, 9, 5, 20, 0, 0, 0, time.UTC), "/a/", firefox))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, log string }{
		{"Caddy's", `{"level":"info","ts":1473105600.5,"request":{"remote_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":"example.org","uri":"/a/","headers":{"User-Agent":["` + firefox + `"]}},"duration":0.01,"size":5120,"status":200}` + "\n"},
		{"one with a head, of IIS", "#Fields: date time cs-method cs-uri-stem c-ip sc-status\n2016-09-05 20:00:00 GET /a/ 192.0.2.7 200\n"},
		{"packed by gzip", gz.String()},
		{"one with a line of three megabytes", "h - - [05/Sep/2016:20:00:00 +0000] \"GET /b.png HTTP/1.1\" 200 1\n" + strings.Repeat("x", 3<<20) + "\n" + line(time.Date(2016, 9, 5, 20, 0, 0, 0, time.UTC), "/a/", firefox)},
		{"one of Windows, without a line feed at its end", "#Fields: date time cs-method cs-uri-stem c-ip sc-status\r\n2016-09-05 20:00:00 GET /a/ 192.0.2.7 200\r\n2016-09-05 20:00:00 GET /a/ 192.0.2.7 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			crowd, err := CrowdOfLog("log:x", strings.NewReader(c.log))
			if err != nil || len(crowd.Flows) != 1 || crowd.Flows[0].Who != Person || !strings.HasSuffix(crowd.Says, "from 5 September 2016 20:00:00") {
				t.Errorf("%+v, %v", crowd, err)
			}
		})
	}
	if _, err := CrowdOfLog("log:x", strings.NewReader("nothing\n")); err == nil || !strings.Contains(err.Error(), "known format") {
		t.Errorf("a text that is no log: %v", err)
	}
}

func FuzzCrowdOfLog(f *testing.F) {
	f.Add(`h - - [05/Sep/2016:22:30:01 +0200] "GET /a/ HTTP/1.1" 200 1 "-" "x"`)
	f.Fuzz(func(t *testing.T, log string) {
		if c, err := CrowdOfLog("log:x", strings.NewReader(log)); err == nil && (c.Length() <= 0 || c.Length() > window) {
			t.Errorf("a crowd of %v", c.Length())
		}
	})
}
