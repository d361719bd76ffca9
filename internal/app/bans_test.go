package app

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/ban"
)

func TestUnbanSaysWhatItForgot(t *testing.T) {
	noon := time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"a ban that holds", noon, "lifted; pardoned until "},
		{"one that has ended", noon.Add(2 * time.Hour), "no ban holds now; earlier ones are forgotten; pardoned until "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said bytes.Buffer
			p, o := Program{Stderr: &said}, bansOptions{state: t.TempDir()}
			b := ban.Ban{Address: ban.Of(netip.MustParseAddr("198.51.100.7")), From: noon, Until: noon.Add(time.Hour)}
			if err := ban.In(o.state).Change(noon, func(l *ban.List) { l.Add(b) }); err != nil {
				t.Fatal(err)
			}
			if err := p.unban(&o, []string{"198.51.100.7"}, c.at); err != nil || !strings.HasPrefix(said.String(), c.want) {
				t.Errorf("said %q, %v; want %q", said.String(), err, c.want)
			}
			if err := p.unban(&o, []string{"198.51.100.7"}, c.at); err == nil || !strings.Contains(err.Error(), "not banned") {
				t.Errorf("there is nothing more to lift, and the error is %v", err)
			}
		})
	}
}
