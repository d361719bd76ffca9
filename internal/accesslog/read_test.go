package accesslog

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestACutLineIsAHitWhereGoAccessTakesItForOne(t *testing.T) {
	const whole = `203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200 612 "https://news.example/" "curl/7"`
	for _, c := range []struct {
		name, end string
		hit       bool
		status    int32
		referrer  string
		agent     string
	}{
		{"whole", "", true, 200, "https://news.example/", "curl/7"},
		{"behind the request", ` 200 612 "https://news.example/" "curl/7"`, true, -1, "", "-"},
		{"within the request", ` HTTP/1.1" 200 612 "https://news.example/" "curl/7"`, false, 0, "", ""},
		{"within the status", `0 612 "https://news.example/" "curl/7"`, false, 0, "", ""},
		{"behind the status", `612 "https://news.example/" "curl/7"`, true, 200, "", "-"},
		{"within the bytes", `2 "https://news.example/" "curl/7"`, false, 0, "", ""},
		{"before the referrer", `"https://news.example/" "curl/7"`, true, 200, "", "-"},
		{"within the referrer", `.example/" "curl/7"`, true, 200, "-", "-"},
		{"behind the referrer", ` "curl/7"`, true, 200, "https://news.example/", "-"},
		{"within the agent", `/7"`, true, 200, "https://news.example/", "-"},
		{"within the time", `:31:00 +0200] "GET / HTTP/1.1" 200 612 "https://news.example/" "curl/7"`, false, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _ := Named("combined")
			var h Hit
			err := k.Format.Parse([]byte(strings.TrimSuffix(whole, c.end)), &h)
			if (err == nil) != c.hit {
				t.Fatalf("a hit: %v, want %v (%v)", err == nil, c.hit, err)
			}
			if c.hit && (h.Status != c.status || h.Referrer != c.referrer || h.Agent != c.agent) {
				t.Errorf("status %d, referrer %q, agent %q", h.Status, h.Referrer, h.Agent)
			}
		})
	}
}

func TestRequestLines(t *testing.T) {
	for _, c := range []struct{ name, line, method, path, protocol string }{
		{"a plain one", "GET / HTTP/1.1", "GET", "/", "HTTP/1.1"},
		{"a method in small letters", "get / http/1.0", "GET", "/", "HTTP/1.0"},
		{"HTTP/2 with a minor version", "GET / HTTP/2.0", "GET", "/", "HTTP/2"},
		{"blanks in the path", "GET /a b HTTP/1.1", "GET", "/a b", "HTTP/1.1"},
		{"escapes", "GET /caf%C3%A9%2f%zz HTTP/1.1", "GET", "/café/%zz", "HTTP/1.1"},
		{"an escaped line feed", "GET /a%0Ab HTTP/1.1", "GET", "/ab", "HTTP/1.1"},
		{"an escaped NUL", "GET /a%00.png HTTP/1.1", "GET", "/a", "HTTP/1.1"},
		{"only escaped blanks", "GET %20 HTTP/1.1", "GET", "%20 ", "HTTP/1.1"},
		{"only blanks", "GET  HTTP/1.1", "GET", " ", "HTTP/1.1"},
		{"no protocol", "GET /", "", "-", ""},
		{"no path", "GET HTTP/1.1", "", "-", ""},
		{"no method", "/ HTTP/1.1", "", "/ HTTP/1.1", ""},
		{"bytes of TLS", `\x16\x03\x01`, "", `\x16\x03\x01`, ""},
		{"nothing sent", "-", "", "-", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h Hit
			if err := h.request([]byte(c.line)); err != nil {
				t.Fatal(err)
			}
			if h.Method != c.method || h.Path != c.path || h.Protocol != c.protocol {
				t.Errorf("%q is %q %q %q", c.line, h.Method, h.Path, h.Protocol)
			}
		})
	}
}

// notations are formats in both notations, a line of each and what it says.
var notations = []struct{ name, format, date, clock, line, want string }{
	{
		"GoAccess's combined", `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`, "%d/%b/%Y", "%H:%M:%S",
		`203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET /a HTTP/1.1" 200 612 "https://n.example/" "curl/7"`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a 200 612 https://n.example/ curl/7 -1",
	},
	{
		"GoAccess's W3C", `%d %t %^ %m %U %q %^ %^ %h %u %R %s %^ %^ %L`, "%Y-%m-%d", "%T",
		`2016-09-05 22:31:00 192.0.2.1 GET /a b=c 80 - 203.0.113.7 curl/7 https://n.example/ 200 0 0 120`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a?b=c 200 0 https://n.example/ curl/7 120000",
	},
	{
		"GoAccess with tabs and blanks", `%d\t%t\t%~%h\t%m\t%U\t%s`, "%y%m%d", "%H:%M",
		"160905\t22:31\t   203.0.113.7\tGET\t/a\t404",
		"2016-09-05 22:31:00 203.0.113.7 GET /a 404 0  - -1",
	},
	{
		"GoAccess's first address of a chain", `%^ %^[%d:%t %^] "%r" %s %b "%R" "%u" "%~h{, }"`, "%d/%b/%Y", "%T",
		`10.0.0.1 - - [05/Sep/2016:22:31:00 +0200] "GET /a HTTP/1.1" 200 612 "-" "curl/7" "unknown, 203.0.113.7, 10.0.0.2"`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a 200 612 - curl/7 -1",
	},
	{
		"nginx's", `$remote_addr - $remote_user [$time_local] "$request" $status ${body_bytes_sent} "$http_referer" "$http_user_agent" "$http_x_forwarded_for" rt=$request_time`, "", "",
		`203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET /a HTTP/1.1" 200 612 "-" "curl/7" "-" rt=0.012`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a 200 612 - curl/7 12000",
	},
	{
		"nginx's with parts of the request", `$time_iso8601|$host|$remote_addr|$request_method|$uri|$args|$status|$bytes_sent`, "", "",
		`2016-09-05T22:31:00+02:00|h.example|203.0.113.7|GET|/a|b=c|200|612`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a?b=c 200 612  - -1",
	},
	{
		"Apache's combined as in httpd.conf", `%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"`, "", "",
		`203.0.113.7 - frank [05/Sep/2016:22:31:00 +0200] "GET /a HTTP/1.1" 200 612 "-" "curl/7"`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a 200 612 - curl/7 -1",
	},
	{
		"Apache's with port, time and site", `%V:%p %a %t "%r" %>s %O %{ms}T "%{user-agent}i"`, "", "",
		`h.example:443 203.0.113.7 [05/Sep/2016:22:31:00 +0200] "GET /a HTTP/1.1" 200 612 12 "curl/7"`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a 200 612  curl/7 12000",
	},
	{
		"Apache's with a time of its own", `%{%Y-%m-%d %H:%M:%S}t|%a|%m|%U|%>s|%D`, "", "",
		`2016-09-05 22:31:00|203.0.113.7|GET|/a?b|200|77`,
		"2016-09-05 22:31:00 203.0.113.7 GET /a?b 200 0  - 77",
	},
}

func TestNotations(t *testing.T) {
	for _, c := range notations {
		t.Run(c.name, func(t *testing.T) {
			f, err := Notation(c.format, c.date, c.clock)
			if err != nil {
				t.Fatal(err)
			}
			var h Hit
			if err := f.Parse([]byte(c.line), &h); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(tell(&h)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func tell(h *Hit) string {
	at := time.Unix(int64(h.Day)*86400+int64(h.Second), 0).UTC().Format(time.DateTime)
	return fmt.Sprintln(at, h.Client, h.Method, h.Path, h.Status, h.Bytes, h.Referrer, h.Agent, h.Took)
}

func TestNotationsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ format, date, clock, want string }{
		{"%h %r %", "%d", "%T", "nothing behind it"},
		{"%h %Z %d", "%d", "%T", "no specifier %Z"},
		{"%h%r %d", "%d", "%T", "nothing between them"},
		{"%h %{sec}t %U%q", "", "", "nothing between them"},
		{"%h %d", "%Q", "%T", "%Q of strptime"},
		{"%h %x", "", "", "nothing says how"},
		{"%{Referer", "", "", "brace"},
		{"$remote_addr $", "", "", "no name behind it"},
		{"$remote_addr$status", "", "", "nothing between them"},
	} {
		if _, err := Notation(c.format, c.date, c.clock); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want something about %q", c.format, err, c.want)
		}
	}
}

func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	for at := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2110; at = at.AddDate(0, 0, 1) {
		if got, want := days(at.Year(), int(at.Month()), at.Day()), int32(at.Unix()/86400); got != want {
			t.Fatalf("%v is day %d, want %d", at, got, want)
		}
	}
}

func TestALogIsRecognisedThoughItsFirstLinesAreBroken(t *testing.T) {
	s := samples[2]
	head := strings.Repeat("rubbish\n", 60) + s.lines + "203.0.113.7 - - [bro"
	if k, ok := Recognise([]byte(head)); !ok || k.Name != s.kind {
		t.Errorf("recognised as %q", k.Name)
	}
	if k, ok := Recognise([]byte("rubbish\nmore of it\n")); ok {
		t.Errorf("rubbish was recognised as %q", k.Name)
	}
}

func TestParsingALineAllocatesNothing(t *testing.T) {
	s := samples[2]
	f, line := s.format(t), s.last()
	var h Hit
	if n := testing.AllocsPerRun(100, func() { f.Parse(line, &h) }); n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}

func TestAQuoteThatIsNotClosedIsALetter(t *testing.T) {
	f := &table{names: w3cNames, separator: ' '}
	var h Hit
	line := `2016-09-05 22:31:00 203.0.113.7 GET /a "odd+agent 200`
	if err := f.Header([]byte("#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status")).Parse([]byte(line), &h); err != nil || h.Agent != `"odd agent` || h.Status != 200 {
		t.Errorf("read %+v, %v", h, err)
	}
}

func TestLinesThatSomebodyPassedOnAreRead(t *testing.T) {
	const combined, caddy = `203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET /a HTTP/1.1" 200 612 "-" "curl/7"`,
		`{"level":"info","ts":1473107460.5,"msg":"handled request","request":{"remote_ip":"203.0.113.7","method":"GET","host":"h.example","uri":"/a"},"duration":0.1,"size":612,"status":200}`
	for _, c := range []struct{ name, head, line, kind string }{
		{"syslog", "Sep  5 22:31:00 home nginx: ", combined, "combined"},
		{"syslog with a process", "Sep 15 22:31:00 home apache2[123]: ", combined, "combined"},
		{"syslog without a host", "<190>Sep  5 22:31:00 nginx: ", combined, "combined"},
		{"syslog by ISO 8601", "2016-09-05T22:31:00.123456+02:00 home nginx: ", combined, "combined"},
		{"journalctl", "Sep 05 22:31:00 home caddy[123]: ", caddy, "caddy"},
		{"docker compose", "nginx-1  | ", combined, "combined"},
		{"docker compose with another program", "caddy  | ", caddy, "caddy"},
		{"docker compose with times", "nginx-1  | 2016-09-05T22:31:00.1Z ", combined, "combined"},
		{"docker compose with times and sites", "nginx-1  | 2016-09-05T22:31:00.1Z ", "blog.example.org:443 " + combined, "vhost"},
		{"docker with times", "2016-09-05T22:31:00.123456789Z ", combined, "combined"},
		{"Kubernetes", "2016-09-05T22:31:00.123456789Z stdout F ", combined, "combined"},
		{"a site in front", "Sep  5 22:31:00 home nginx: ", "blog.example.org:443 " + combined, "vhost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, ok := Recognise([]byte(c.head + "a notice of the server\n" + strings.Repeat(c.head+c.line+"\n", 3)))
			if !ok || k.Name != c.kind {
				t.Fatalf("recognised as %q", k.Name)
			}
			var h Hit
			if err := k.Format.Parse([]byte(c.head+c.line), &h); err != nil || h.Client != "203.0.113.7" || h.Path != "/a" || h.Bytes != 612 {
				t.Errorf("read %+v, %v", h, err)
			}
			if err := k.Format.Parse([]byte(c.line), &h); err != nil || h.Client != "203.0.113.7" {
				t.Errorf("without its head: read %+v, %v", h, err)
			}
		})
	}
}

func TestAShortenedAddressIsNoProgram(t *testing.T) {
	const head, line = "2016-09-05T22:31:00.1Z ", `203.0.113.7 - - [05/Sep/2016:22:31:00 +0200] "GET / HTTP/1.1" 200 612 "-" "curl/7"`
	short := strings.Replace(line, "203.0.113.7", "2001:db8:85a3::", 1)
	if k, _ := Recognise([]byte(head + short + "\n" + strings.Repeat(head+line+"\n", 3))); k.Name != "combined" {
		t.Errorf("recognised as %q", k.Name)
	}
}

// Columns of their own stand above such a log, where nobody passes them on.
func TestALogWithColumnsIsNotPassedOn(t *testing.T) {
	const lines = "#Software: x\n#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes\n2016-09-05 22:31:00 203.0.113.7 GET /a 200 612\n"
	head := "2016-09-05T22:31:00.1Z stdout F "
	if k, ok := Recognise([]byte(head + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n"+head) + "\n")); ok && strings.Contains(k.Title, "W3C") {
		t.Errorf("recognised as %s", k.Title)
	}
}

func TestNoPartOfALineIsTakenForAHead(t *testing.T) {
	for _, s := range samples {
		if k, _ := Recognise([]byte(s.lines)); strings.Contains(k.Title, "passed on") {
			t.Errorf("%s is taken for %s", s.kind, k.Title)
		}
	}
	for _, line := range []string{"", " ", "<", "<1", "<1>", "| ", "a |", "Sep  5 22:31:00", "Sep  5 22:31:00 ", "2016-09-05T22:31:00Z", "203.0.113.7 - - [05/Sep/2016"} {
		if n := passedHead([]byte(line)); n > 0 && n != len(line) {
			t.Errorf("%q has a head of %d bytes", line, n)
		}
	}
}
