package alert

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/secret"
)

// A manner is how the other side of a channel behaves.
type manner string

const (
	takes   manner = "takes it"
	refuses manner = "refuses this message"
	denies  manner = "denies the key, and says it aloud"
	busy    manner = "is busy"
	silent  manner = "accepts and never answers"
	trickle manner = "answers byte by byte without end"
	gone    manner = "is not there"
)

// manners are what every channel must come through.
var manners = []manner{takes, refuses, denies, busy, silent, trickle, gone}

// A rig is the other side of one kind of channel.
type rig struct {
	kind string
	// start makes another side that behaves like that, and the configuration
	// of a channel to it; got is what arrived there, in a form for golden files.
	start func(t *testing.T, how manner) (p plan, got func() string)
	// less are manners that this kind cannot have.
	less []manner
}

// key is the secret of every rig: no error may show it. It has characters that
// addresses and forms write in another way.
const key = "s3cr3t/+ k=y"

func rigs() []rig {
	return append(webRigs(), mailRigs()...)
}

func TestEveryChannelKeepsItsWord(t *testing.T) {
	tested := map[string]bool{}
	for _, r := range append(rigs(), commandRig()) {
		tested[strings.Split(r.kind, " ")[0]] = true
		t.Run(r.kind, func(t *testing.T) {
			for _, how := range manners {
				if !has(r.less, how) {
					t.Run(string(how), func(t *testing.T) {
						t.Parallel()
						r.check(t, how)
					})
				}
			}
		})
	}
	for kind := range kinds {
		if !tested[kind] {
			t.Errorf("kind %s is in no rig", kind)
		}
	}
}

func has(all []manner, one manner) bool {
	for _, m := range all {
		if m == one {
			return true
		}
	}
	return false
}

// limit is how long a try may take here, and a few times that is how long it
// may really take on a busy machine.
const limit = 500 * time.Millisecond

func (r rig) check(t *testing.T, how manner) {
	p, got := r.start(t, how)
	c, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	within := 20 * time.Second
	if how == silent || how == trickle {
		within = limit
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	start := time.Now()
	err = c.Send(ctx, hostileMessage(t))
	if took := time.Since(start); took > within+5*time.Second {
		t.Errorf("a try of %v took %v", within, took)
	}
	r.judge(t, how, err)
	if how == takes {
		golden(t, "wire-"+strings.ReplaceAll(r.kind, " ", "-")+".txt", got())
	}
}

func (r rig) judge(t *testing.T, how manner, err error) {
	t.Helper()
	no, isRefusal := errors.AsType[*refusal](err)
	switch {
	case how == takes && err != nil:
		t.Fatalf("taken, and yet: %v", err)
	case how == takes:
		return
	case err == nil:
		t.Fatal("no error")
	case isRefusal != (how == refuses):
		t.Errorf("is a refusal: %v: %v", no != nil, err)
	case !strings.Contains(err.Error(), " "):
		t.Errorf("error %q names no operation", err)
	}
	for _, form := range []string{key, "s3cr3t", "k=y"} {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), form) {
			t.Errorf("the error shows the key: %#v", err)
		}
	}
	if w, ok := errors.AsType[*wait](err); ok && how == busy && w.after != 7*time.Second {
		t.Errorf("asked to wait 7 s, understood %v", w.after)
	}
}

// hostileMessage is one whose words strangers chose.
func hostileMessage(t *testing.T) Message {
	t.Helper()
	return tellers(t)["en"].one(hostile(), noon)
}

func text(value string) secret.Text { return secret.Of(value) }

// closedAddress is one that nobody listens on.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// stuck is a server that accepts and never answers, or drips.
func stuck(t *testing.T, drip string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for i := 0; ; i++ {
					if drip == "" {
						_, err = c.Read(make([]byte, 1<<16))
					} else {
						_, err = c.Write([]byte{drip[min(i, len(drip)-1)]})
						<-time.After(20 * time.Millisecond)
					}
					if err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestAChannelIsOpenedOnlyWithWhatItNeeds(t *testing.T) {
	for kind, make := range kinds {
		if _, err := make().open(); err == nil {
			t.Errorf("%s: opened without any configuration", kind)
		}
	}
	for _, c := range []struct {
		name, want string
		plan       plan
	}{
		{"a password without TLS", "over TLS only", &MailConfig{Server: "a.example:25", TLS: "none", User: "u", Password: text("p"), From: "a@b.example", To: []string{"c@d.example"}}},
		{"a user without password", "go together", &MailConfig{Server: "a.example:25", User: "u", From: "a@b.example", To: []string{"c@d.example"}}},
		{"no recipient", "to wants", &MailConfig{Server: "a.example:25", From: "a@b.example"}},
		{"a header in an address", "no address", &MailConfig{Server: "a.example:25", From: "a@b.example\r\nBcc: x@y.example", To: []string{"c@d.example"}}},
		{"no port", "HOST:PORT", &MailConfig{Server: "a.example", From: "a@b.example", To: []string{"c@d.example"}}},
		{"an address that is none", "url wants", &NtfyConfig{URL: "ntfy.sh", Topic: "t"}},
		{"an alias of a room", "identifier", &MatrixConfig{URL: "https://m.example", Token: text("t"), Room: "#abc:example.org"}},
		{"a webhook that is no address", "is an address", &SlackConfig{Webhook: text("abc")}},
		{"a key that is no base64", "base64", &WebhookConfig{URL: text("https://a.example"), Key: text("whsec_!")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.plan.open(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
