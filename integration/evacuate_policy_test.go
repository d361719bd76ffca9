package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// homeOnATinyLine serves the site at home on a line that a small crowd fills,
// with a policy, and returns where the owner hears of it.
func (f *flight) homeOnATinyLine(t *testing.T, s *stage, policy string) *ear {
	t.Helper()
	f.home.stop()
	alerts := make(chan string, 100)
	phone := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			alerts <- string(raw)
		}
	}))
	t.Cleanup(phone.Close)
	state, conf := s.subfolder(t, "state"), filepath.Join(s.subfolder(t, "conf"), "conf.toml")
	writeFile(t, conf, fmt.Sprintf(`[evacuate]
store = %q
policy = %q
ttl = "1s"
authorities = [%q]
resolvers = [%q]
[refuge.attic]
kind = "bucket"
bucket = %q
endpoint = %q
path_style = true
base = %q
addrs = [%q]
key = "env:STORE_KEY"
secret = "env:STORE_SECRET"
[dns.zone]
kind = "rfc2136"
zone = %q
server = %q
key = %q
secret = "env:ZONE_SECRET"
[alert.phone]
kind = "webhook"
url = "env:PHONE"
`, f.store, policy, f.address, f.address, s3Host, f.spot.Endpoint, f.spot.Base, refugeAddress, flownZone, f.spec("").Zone.Server, keyName))
	up := exec.Command(buzzproof(t), "up", f.store, "-c", conf, "--state", state, "--listen", fmt.Sprintf("%s:%d", homeAddress, f.port),
		"--lighten=false", "--uplink", "64kbit/s", "--ban", "0", "--watch", loopback(freePort(t)))
	up.Env = append(os.Environ(), "PHONE="+phone.URL, "ZONE_SECRET="+keySecret, "STORE_KEY=planted-s3-key", "STORE_SECRET="+s3Secret)
	f.home = s.start(t, filepath.Join(state, "up.log"), up)
	waitUntil(t, f.home, 20*time.Second, "up", func() bool { return strings.Contains(tail(f.home.log), "ready ") })
	return &ear{alerts: alerts}
}

// crowds has neighbours come home until the test stops it, more than fit.
func (f *flight) crowds(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for n := range 40 {
		wg.Go(func() {
			client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
				DisableKeepAlives: true,
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, byte(1+n))}}
					return d.DialContext(ctx, network, fmt.Sprintf("%s:%d", homeAddress, f.port))
				},
			}}
			for ctx.Err() == nil {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.site+"/", nil)
				if err != nil {
					panic(err)
				}
				r.Header.Set("User-Agent", fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:1%d.0) Gecko/20100101 Firefox/1%[1]d.0", 10+n))
				if answer, err := client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, answer.Body) // a reader may go away
					answer.Body.Close()
				}
				time.Sleep(200 * time.Millisecond)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// A crowd that the line cannot hold even with the lightest pages: the owner is
// asked and answers by the link, or the site goes by itself, or it stays.
func TestThePolicyDecidesWhenTheLineCannotHoldEverybody(t *testing.T) {
	for _, policy := range []string{"ask", "auto", "never"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			f := newFlight(t, s, 3, startBIND, asylum{ready: bucketAsylum.ready, light: true})
			before := f.records(t)
			heard := f.homeOnATinyLine(t, s, policy)
			stop := f.crowds(t)
			defer stop()
			link := f.hears(t, heard, policy)
			if now := f.records(t); now != before && policy != "auto" {
				t.Fatalf("before an answer the records are\n%s", now)
			}
			switch policy {
			case "never":
				return
			case "ask":
				followed(t, http.MethodGet, link, http.StatusOK, "Shall the site flee")
				followed(t, http.MethodPost, link, http.StatusOK, "being brought")
				followed(t, http.MethodPost, link, http.StatusGone, "used before")
			}
			waitUntil(t, f.home, 60*time.Second, "the site goes", func() bool {
				got := lookup(f.address, flownZone)
				return len(got) == 1 && got[0] == refugeAddress
			})
			done := f.waitFor(t, heard, func(e event) bool { return e.Kind == "decision" && e.Phase == "answered" })
			if !strings.Contains(done.Facts.Detail, "the site is at its refuge") {
				t.Errorf("the owner hears %q", done.Facts.Detail)
			}
		})
	}
}

// An event is one that a channel carries.
type event struct {
	Kind, Phase string
	Facts       struct{ Detail, Link string }
}

// hears waits until newcomers are refused, and for what the owner is asked then.
func (f *flight) hears(t *testing.T, heard *ear, policy string) (link string) {
	t.Helper()
	if policy == "ask" {
		return f.waitFor(t, heard, func(e event) bool { return e.Kind == "decision" && e.Phase == "asked" }).Facts.Link
	}
	if policy == "auto" {
		f.waitFor(t, heard, func(e event) bool { return e.Kind == "decision" && e.Phase == "going" })
		return ""
	}
	f.waitFor(t, heard, func(e event) bool { return e.Kind == "refused" })
	time.Sleep(3 * time.Second)
	if e, asked := heard.told(t, func(e event) bool { return e.Kind == "decision" }); asked {
		t.Errorf("the owner is asked: %+v", e)
	}
	return ""
}

func (f *flight) waitFor(t *testing.T, heard *ear, wanted func(event) bool) (e event) {
	t.Helper()
	waitUntil(t, f.home, 90*time.Second, "the owner hears", func() (told bool) {
		e, told = heard.told(t, wanted)
		return told
	})
	return e
}

// An ear hears what the owner is told, and keeps what nobody has waited for yet.
type ear struct {
	alerts <-chan string
	kept   []event
}

// told takes the first event that is wanted out of all so far.
func (h *ear) told(t *testing.T, wanted func(event) bool) (event, bool) {
	t.Helper()
	for more := true; more; {
		select {
		case raw := <-h.alerts:
			expectNoSecret(t, "an alert", raw)
			var told struct{ Events []event }
			if err := json.Unmarshal([]byte(raw), &told); err != nil {
				t.Fatal(err)
			}
			h.kept = append(h.kept, told.Events...)
		default:
			more = false
		}
	}
	at := slices.IndexFunc(h.kept, wanted)
	if at < 0 {
		return event{}, false
	}
	e := h.kept[at]
	h.kept = slices.Delete(h.kept, at, at+1)
	return e, true
}

func TestWhatNobodyWaitedForYetIsKept(t *testing.T) {
	alerts := make(chan string, 2)
	alerts <- `{"events":[{"kind":"decision","phase":"answered"},{"kind":"refused"}]}`
	alerts <- `{"events":[{"kind":"rung"}]}`
	h := &ear{alerts: alerts}
	for _, kind := range []string{"rung", "refused", "decision"} {
		if _, told := h.told(t, func(e event) bool { return e.Kind == kind }); !told {
			t.Errorf("%s is lost", kind)
		}
	}
	if e, told := h.told(t, func(event) bool { return true }); told {
		t.Errorf("told twice of %+v", e)
	}
}

// followed follows a link as the owner does.
func followed(t *testing.T, method, link string, status int, says string) {
	t.Helper()
	r, err := http.NewRequest(method, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != status || !strings.Contains(string(body), says) {
		t.Errorf("%s answers %d, %q, %v; want %d, %q", method, answer.StatusCode, body, err, status, says)
	}
}
