package integration

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"buzzproof/internal/lighten"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/sample"
	"buzzproof/internal/snapshot"
)

// A scene is a crowd and what it must find. The short one is for every run: it
// shows that all of it works, on a machine that does other things besides. The
// long one is the promise: BUZZPROOF_CROWDS=all plays it, for half an hour.
type scene struct {
	name                string
	args                []string
	short, long         string
	shortWant, longWant []string
}

var scenes = []scene{
	{
		name:  "13 a second, the rate given",
		short: "13/s@12s", shortWant: []string{"text_under_2s>=85%"},
		long: "13/s@3m", longWant: []string{"text_under_2s>=99%", "text_p95<1s", "drops==0"},
	},
	{
		name: "from calm to 13 a second and back",
		long: "step:0.2@30s,13@90s,1@4m", longWant: []string{"text_under_2s>=99%", "full[5m:]>=95%"},
	},
	{
		name: "13 a second, the rate not given", args: []string{"--told", "auto"},
		long: "13/s@3m", longWant: []string{"text_under_2s[30s:]>=97%"},
	},
	{
		name: "the line falls to half its rate", args: []string{"--change", "60s=500kbit/s"},
		long: "8/s@3m", longWant: []string{"text_under_2s[90s:]>=95%"},
	},
	{
		name: "20 a second, more than the line can carry",
		long: "20/s@2m", longWant: []string{"text_under_2s>=80%", "refused_under_2s>=99%"},
	},
	{
		name: "13 a second in cells", args: []string{"--framing", "atm"},
		long: "13/s@3m", longWant: []string{"text_under_2s>=97%"},
	},
	{
		name: "1 a second",
		long: "1/s@3m", longWant: []string{"text_under_2s>=99%", "line_use>=70%"},
	},
	{
		name: "3 a second",
		long: "3/s@3m", longWant: []string{"text_under_2s>=99%", "line_use>=70%"},
	},
	{
		name:  "0.3 a second",
		short: "0.5/s@12s", shortWant: []string{"text_under_2s>=85%", "full>=70%"},
		long: "0.3/s@5m", longWant: []string{"text_under_2s>=99%", "full>=100%"},
	},
	{
		name:  "1,000 previews in a minute",
		short: "1/s@12s+preview:80@5s", shortWant: []string{"text_under_2s>=80%", "previews>=60%"},
		long: "1/s@90s+preview:1000@60s", longWant: []string{"text_under_2s>=99%", "previews>=80%"},
	},
	{
		name: "1,000 previews in ten seconds",
		long: "1/s@90s+preview:1000@10s", longWant: []string{"text_under_2s>=80%", "text_under_2s[25s:]>=100%"},
	},
	{
		name: "reloaders, slow readers and who never reads",
		long: "1/s@90s+reloader:100@60s+slow:200@30s+mute:50@10s", longWant: []string{"text_under_2s>=97%"},
	},
}

// apacheCommand serves a tree by Apache, with TLS, HTTP/2 and compression.
func apacheCommand(t *testing.T, root string) string {
	t.Helper()
	need(t, "Apache", "apache2", "/usr/lib/apache2/modules/mod_http2.so", "/etc/mime.types")
	dir := newStage(t).subfolder(t, "apache")
	var modules strings.Builder
	for _, name := range []string{"mpm_event", "authz_core", "dir", "mime", "filter", "deflate", "ssl", "socache_shmcb", "http2"} {
		fmt.Fprintf(&modules, "LoadModule %s_module /usr/lib/apache2/modules/mod_%[1]s.so\n", name)
	}
	conf := filepath.Join(dir, "apache.conf")
	writeFile(t, conf, fmt.Sprintf(`ServerRoot %[1]s
ServerName www.example.org
PidFile %[1]s/pid
DefaultRuntimeDir %[1]s
ErrorLog %[1]s/error.log
%[3]sTypesConfig /etc/mime.types
DocumentRoot %[2]s
DirectoryIndex index index.html
AddOutputFilterByType DEFLATE text/html text/css text/javascript application/javascript image/svg+xml
Protocols h2 http/1.1
SSLEngine on
User www-data
Group www-data
`, dir, root, modules.String()))
	return "apache2 -D FOREGROUND -f " + conf + " -c 'Listen {listen}' -c 'SSLCertificateFile {cert}' -c 'SSLCertificateKeyFile {key}'"
}

// play runs buzzproof rehearse and returns what it reports.
func play(t *testing.T, dir, crowd string, args ...string) *rehearse.Report {
	t.Helper()
	cmd := exec.Command(buzzproof(t), append([]string{"rehearse", dir, "--crowd", crowd, "--json", "--quiet"}, args...)...)
	cmd.Stderr = &safeBuffer{}
	out, err := cmd.Output()
	var report rehearse.Report
	if jsonErr := json.Unmarshal(out, &report); jsonErr != nil || len(report.Crowds) != 1 {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, cmd.Stderr.(*safeBuffer).String())
	}
	return &report
}

// said is a crowd's row as a line of figures.
func said(r *rehearse.Report) string {
	c := r.Crowds[0]
	return fmt.Sprintf("%d visits, %.1f %% text in 2 s, p50 %.2f s, p95 %.2f s, rungs %v, %d full, %d refused, %d lost, line %.0f %%, %d drops; visitors %.3f s late, packets %.4f s",
		c.Visits, 100*c.TextUnder2s, c.TextP50, c.TextP95, c.Rungs, c.Full, c.Refused, c.Lost, 100*c.LineUse, c.Drops, c.LateP95, c.LinkLate)
}

// needLine skips the test where there can be no namespaces.
func needLine(t *testing.T) {
	t.Helper()
	need(t, "the line", "ip", "/dev/net/tun")
	if os.Getuid() != 0 {
		if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
			t.Fatal("the line needs root: network namespaces")
		}
		t.Skip("the line needs root: network namespaces")
	}
}

// twin returns the copy that crowds are played against: the sample blog, or in
// full length the frozen WordPress. BUZZPROOF_TWIN names another, and
// BUZZPROOF_TWIN_PAGE a page of it.
func twin(t *testing.T) (dir, page string) {
	t.Helper()
	if dir := os.Getenv("BUZZPROOF_TWIN"); dir != "" {
		return dir, os.Getenv("BUZZPROOF_TWIN_PAGE")
	}
	twinOnce.Do(func() {
		dir := filepath.Join(shared.subfolder(t, "twin"), "copy")
		if allScenes() {
			site, frozen := frozenWordPress(t)
			run(t, exec.Command("cp", "-a", frozen, dir))
			lightenAlone(t, site, dir)
		} else {
			blog := httptest.NewServer(sample.New(sample.Options{}))
			defer blog.Close()
			cmd := exec.Command(buzzproof(t), "freeze", blog.URL, "--as", "https://blog.example.org", "-o", dir, "--quiet")
			cmd.Env = append(os.Environ(), "PATH=/nowhere") // no encoders of pictures
			run(t, cmd)
		}
		twinDir = dir
	})
	if twinDir == "" {
		t.Fatal("there is no twin, see the first test that needed it")
	}
	return twinDir, eveningPage(t, twinDir)
}

var (
	twinOnce sync.Once
	twinDir  string
)

// eveningPage returns the page whose weight is nearest to that of the evening
// this is all about, 220 KB.
func eveningPage(t *testing.T, dir string) (page string) {
	t.Helper()
	s, err := snapshot.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	folder, err := snapshot.RenditionsOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Attach(folder)
	const evening, none = 220_000, 1 << 40
	nearest := int64(none)
	for i := range s.Manifest.Entries {
		e := &s.Manifest.Entries[i]
		off := max(lighten.WeightOf(s, e, lighten.Full).Sum()-evening, evening-lighten.WeightOf(s, e, lighten.Full).Sum())
		if e.Page && !strings.Contains(e.URL, "?") && off < nearest {
			page, nearest = e.URL, off
		}
	}
	t.Logf("crowds come for %s, which is %d bytes off 220 KB", page, nearest)
	return page
}

func allScenes() bool { return os.Getenv("BUZZPROOF_CROWDS") == "all" }

func TestACrowdComesThroughTheLine(t *testing.T) {
	needLine(t)
	dir, page := twin(t)
	for _, s := range scenes {
		crowd, wants := s.short, s.shortWant
		if allScenes() {
			crowd, wants = s.long, s.longWant
		}
		if crowd == "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			args := append([]string{"--tun", "--page", page}, s.args...)
			for _, want := range wants {
				args = append(args, "--threshold", want)
			}
			report := play(t, dir, crowd, args...)
			t.Logf("bar: %s  %s", crowd, said(report))
			for _, v := range report.Thresholds {
				t.Logf("bar: %s  %s %s, wanted %s", crowd, v.Name, v.Said(), v.Want)
				if !v.OK {
					t.Errorf("%s is %s, wanted %s", v.Name, v.Said(), v.Want)
				}
			}
		})
	}
}

// The same crowd against a plain server is what the figures are compared with:
// if Apache did as well, the crowd would prove nothing.
func TestAPlainServerDrownsInTheCrowd(t *testing.T) {
	needLine(t)
	dir, page := twin(t)
	command := apacheCommand(t, filepath.Join(dir, "current"))
	crowd, most := "13/s@10s", 0.6 // the first seconds are fine: nobody waits yet
	if allScenes() {
		crowd, most = "13/s@2m", 0.1
	}
	report := play(t, dir, crowd, "--tun", "--page", page, "--patience", "10s", "--command", command)
	t.Logf("bar: Apache %s  %s", crowd, said(report))
	if got := report.Crowds[0].TextUnder2s; got > most {
		t.Errorf("%.1f %% had the text in 2 s, expected %.0f %% at most", 100*got, 100*most)
	}
}

func TestAQuietSiteIsAsFastAsWithApache(t *testing.T) {
	needLine(t)
	if !allScenes() {
		t.Skip("BUZZPROOF_CROWDS=all plays it")
	}
	dir, page := twin(t)
	command := apacheCommand(t, filepath.Join(dir, "current"))
	theirs := play(t, dir, "0.3/s@4m", "--tun", "--page", page, "--command", command)
	ours := play(t, dir, "0.3/s@4m", "--tun", "--page", page)
	t.Logf("bar: Apache 0.3/s  %s", said(theirs))
	t.Logf("bar: up 0.3/s  %s", said(ours))
	if a, b := ours.Crowds[0].TextP50, theirs.Crowds[0].TextP50; a > 1.1*b {
		t.Errorf("half of the visitors wait %.3f s, with Apache %.3f s", a, b)
	}
}

// What needs no root must say the same as what does.
func TestARehearsalInsideTheProcessSaysTheSame(t *testing.T) {
	needLine(t)
	dir, page := twin(t)
	crowds, apart := []string{"13/s@8s"}, 0.25
	if allScenes() {
		crowds, apart = []string{"13/s@2m", "3/s@2m", "1/s@2m"}, 0.05
	}
	for _, crowd := range crowds {
		for _, told := range []string{"1Mbit/s", "none"} {
			t.Run(crowd+" told "+told, func(t *testing.T) {
				args := []string{"--page", page, "--told", told, "--patience", "8s"}
				inside := play(t, dir, crowd, args...)
				outside := play(t, dir, crowd, append(args, "--tun")...)
				t.Logf("bar: inside %s told %s  %s", crowd, told, said(inside))
				t.Logf("bar: TUN    %s told %s  %s", crowd, told, said(outside))
				if d := inside.Crowds[0].TextUnder2s - outside.Crowds[0].TextUnder2s; d > apart || d < -apart {
					t.Errorf("%.1f points apart, at most %.0f", 100*d, 100*apart)
				}
			})
		}
	}
}
