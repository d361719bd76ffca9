package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// webRigs are the kinds that speak HTTP.
func webRigs() []rig {
	kind := func(name string, make func(base string) plan) rig {
		return rig{kind: name, start: func(t *testing.T, how manner) (plan, func() string) {
			base, got := website(t, how)
			return make(base), got
		}}
	}
	return []rig{
		kind("ntfy", func(b string) plan { return &NtfyConfig{URL: b, Topic: "buzz", Token: text(key)} }),
		kind("slack", func(b string) plan { return &SlackConfig{Webhook: text(b + "/services/" + url.PathEscape(key))} }),
		kind("discord", func(b string) plan {
			return &DiscordConfig{Webhook: text(b + "/api/webhooks/1/" + url.PathEscape(key))}
		}),
		kind("telegram", func(b string) plan { return &TelegramConfig{URL: b, Token: text(key), Chat: "42"} }),
		kind("matrix", func(b string) plan { return &MatrixConfig{URL: b, Token: text(key), Room: "!abc:example.org"} }),
		kind("gotify", func(b string) plan { return &GotifyConfig{URL: b + "/push/", Token: text(key)} }),
		kind("pushover", func(b string) plan { return &PushoverConfig{URL: b, Token: text(key), User: text("u" + key)} }),
		kind("webhook", func(b string) plan {
			return &WebhookConfig{URL: text(b + "/hook?k=" + url.QueryEscape(key)), Key: text(key)}
		}),
	}
}

// website is a real HTTP server that behaves.
func website(t *testing.T, how manner) (string, func() string) {
	t.Helper()
	switch how {
	case silent:
		return "http://" + stuck(t, ""), nil
	case trickle:
		return "http://" + stuck(t, "HTTP/1.1 200 OK\r\nX-A: aaaaaaaa"), nil
	case gone:
		return "http://" + closedAddress(t), nil
	}
	var mu sync.Mutex
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, wire(r))
		mu.Unlock()
		switch how {
		case refuses:
			http.Error(w, "no "+r.URL.String()+" "+key, http.StatusBadRequest)
		case denies: // an unkind one, which repeats what it was told
			http.Error(w, "wrong key "+key+" in "+r.RequestURI, http.StatusUnauthorized)
		case busy:
			w.Header().Set("Retry-After", "7")
			http.Error(w, "busy", http.StatusTooManyRequests)
		default:
			fmt.Fprint(w, "{}")
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(got, "\n---\n")
	}
}

// wire is a request as it came, without what differs from run to run.
func wire(r *http.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.RequestURI)
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := r.Header.Get(name)
		if slices.Contains([]string{"Webhook-Timestamp", "Webhook-Signature", "Content-Length"}, name) {
			value = "..."
		}
		fmt.Fprintf(&b, "%s: %s\n", name, value)
	}
	body, _ := io.ReadAll(r.Body)
	var pretty bytes.Buffer
	if r.Header.Get("Content-Type") == "application/json" && json.Indent(&pretty, body, "", "  ") == nil {
		body = pretty.Bytes()
	} else if form, err := url.ParseQuery(string(body)); err == nil {
		var fields []string
		for name, values := range form {
			fields = append(fields, fmt.Sprintf("%s=%q", name, values))
		}
		slices.Sort(fields)
		body = []byte(strings.Join(fields, "\n"))
	}
	fmt.Fprintf(&b, "\n%s\n", body)
	return b.String()
}

func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	c, err := (&GotifyConfig{URL: s.URL, Token: text(key)}).open()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), hostileMessage(t)); err == nil || elsewhere > 0 {
		t.Errorf("error %v, %d requests elsewhere", err, elsewhere)
	}
}

// The signature is checked by another program, as docs/alerts.md tells it.
func TestOpensslAgreesWithTheSignature(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	var body []byte
	var head http.Header
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		head = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer s.Close()
	for _, c := range []struct{ name, key, raw string }{
		{"text", "opensesame", "opensesame"},
		{"base64", "whsec_b3BlbnNlc2FtZQ==", "opensesame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := (&WebhookConfig{URL: text(s.URL), Key: text(c.key)}).open()
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Send(t.Context(), hostileMessage(t)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "signed")
			signed := head.Get("Webhook-Id") + "." + head.Get("Webhook-Timestamp") + "." + string(body)
			if err := os.WriteFile(file, []byte(signed), 0o600); err != nil {
				t.Fatal(err)
			}
			digest, err := exec.Command(openssl, "dgst", "-sha256", "-hmac", c.raw, "-binary", "-out", file+".mac", file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v %s", err, digest)
			}
			coded, err := exec.Command(openssl, "base64", "-A", "-in", file+".mac").Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := head.Get("Webhook-Signature"); got != "v1,"+string(coded) {
				t.Errorf("signature %s, openssl says %s", got, coded)
			}
		})
	}
}

func TestLengthsKeepToWhatServicesTake(t *testing.T) {
	m := hostileMessage(t)
	m.Text = strings.Repeat("漢é \U0001F41D", 20000)
	limits := map[string]int{"ntfy": 4096, "discord": 2000, "telegram": 4096, "pushover": 1024, "matrix": 40 << 10}
	for _, r := range webRigs() {
		most, ok := limits[r.kind]
		if !ok {
			continue
		}
		p, got := r.start(t, takes)
		c, err := p.open()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		units := strings.Count(got(), "漢") - 1 // the last may be cut
		count := units * 4                     // characters
		if r.kind == "ntfy" || r.kind == "matrix" {
			count = units * 10 // bytes
		}
		if r.kind == "telegram" {
			count = units * 5 // UTF-16
		}
		if count-10 > most || count < most/3 || strings.Contains(got(), "\ufffd") {
			t.Errorf("%s: %d, most %d", r.kind, count, most)
		}
	}
}
