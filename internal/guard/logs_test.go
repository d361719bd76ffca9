package guard

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"buzzproof/internal/site"
)

// A logLine is what a test reads from an access log.
type logLine struct {
	client, agent, method, path, referer string
	status                               int
	at                                   time.Time
}

var combined = regexp.MustCompile(`^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (.*?)(?: HTTP/\d\.\d)?" (\d{3}) \S+(?: "(.*?)" "(.*)")?$`)

// publicLog reads a log out of the folder that BUZZPROOF_LOGS names.
func publicLog(t *testing.T, name string) []logLine {
	t.Helper()
	folder := os.Getenv("BUZZPROOF_LOGS")
	if folder == "" {
		t.Skip("no BUZZPROOF_LOGS names a folder of public access logs")
	}
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []logLine
	scanner := bufio.NewScanner(unpacked)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		m := combined.FindStringSubmatch(scanner.Text())
		if m == nil {
			continue
		}
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
		if err != nil {
			continue
		}
		status, _ := strconv.Atoi(m[5])
		lines = append(lines, logLine{client: m[1], at: at, method: m[3], path: m[4], status: status, referer: m[6], agent: m[7]})
	}
	if len(lines) == 0 {
		t.Fatalf("%s has no line that can be read", name)
	}
	return lines
}

func TestAScannerInAPublicLogIsSeen(t *testing.T) {
	lines := publicLog(t, "ocatak_acunetix.log.gz")
	j := NewJudge(Knowledge{})
	right := 0
	for _, l := range lines {
		hear(j, l.client, l.agent, l.method, l.path, l.status, l.at)
		if j.ClassOf(asker(l.client, l.agent)) == site.Scanner {
			right++
		}
	}
	t.Logf("%d of %d hits were seen as they came", right, len(lines))
	for _, l := range lines {
		if got := j.Verdict(asker(l.client, l.agent)); got.Class != site.Scanner {
			t.Errorf("%s with agent %q is taken for %v (%v)", l.client, l.agent, got.Class, got.Why)
		}
	}
	if right*100 < 97*len(lines) {
		t.Errorf("%d of %d hits were seen as they came, want 97 %%", right, len(lines))
	}
}

// reader is what a client of a log did, told apart from how the judge tells it.
type reader struct{ pages, assets, links int }

func TestNoReaderInAPublicLogIsTakenForAScanner(t *testing.T) {
	for _, name := range []string{"elastic_apache_logs.log.gz", "nasa_09jul1995.log.gz"} {
		t.Run(name, func(t *testing.T) {
			lines := publicLog(t, name)
			j := NewJudge(Knowledge{})
			readers, classes := map[[2]string]*reader{}, map[site.Class]int{}
			asset := regexp.MustCompile(`(?i)\.(css|js|png|jpe?g|gif|ico|svg|woff|xbm|mpg|wav)$`)
			for _, l := range lines {
				hear(j, l.client, l.agent, l.method, l.path, l.status, l.at)
				classes[j.ClassOf(asker(l.client, l.agent))]++
				who := readers[[2]string{l.client, l.agent}]
				if who == nil {
					who = &reader{}
					readers[[2]string{l.client, l.agent}] = who
				}
				if asset.MatchString(l.path) {
					who.assets++
				} else if who.pages++; l.referer != "" && l.referer != "-" {
					who.links++
				}
			}
			count := 0
			for key, who := range readers {
				if who.pages < 2 || who.assets < 4 || ClassOf(key[1]) != site.Person {
					continue
				}
				count++
				if got := j.Verdict(asker(key[0], key[1])); got.Class == site.Scanner {
					t.Errorf("%v, a reader of %+v, is taken for a scanner: %v", key, *who, got.Why)
				}
			}
			t.Logf("%d readers, hits by class %v", count, classes)
			for key, who := range readers {
				if got := j.Verdict(asker(key[0], key[1])); got.Class == site.Scanner && got.Why != WhyAgent {
					t.Logf("scanner by %v: %v %+v", got.Why, key, *who)
				}
			}
		})
	}
}
