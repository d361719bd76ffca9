package evacuate

import (
	"errors"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/settings"
)

func TestAZoneIsChangedByHand(t *testing.T) {
	s := newServer(t, homeSets())
	h, err := NewHand(HandConfig{Zone: "example.org", Servers: []string{s.address}, Patience: settings.Duration(20 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	found, err := h.Sets(t.Context(), bothNames)
	if err != nil || !same(found, homeSets()) {
		t.Fatalf("found %v, %v", said(found), err)
	}
	change := between(bothNames, homeSets(), awaySets())
	var told []string
	h.Say = func(lines []string) {
		told = lines
		s.say(append(awaySets(), homeSets()[2])) // the owner forgets one
		time.AfterFunc(1500*time.Millisecond, func() { s.say(awaySets()) })
	}
	if err := h.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(told, "\n"); !strings.Contains(text, "- example.org. 7200 AAAA 2001:db8::1") || !strings.Contains(text, "+ example.org. 60 A 203.0.113.9") {
		t.Errorf("told %s", text)
	}
	told = nil
	if err := h.Apply(t.Context(), change); err != nil || told != nil {
		t.Errorf("again: %v, told %v", err, told)
	}
	s.say([]dns.Set{{Name: apexName, Type: "A", TTL: 5, Data: []string{"198.51.100.1"}}})
	if _, ok := errors.AsType[*dns.Changed](h.Apply(t.Context(), change.Undo())); !ok {
		t.Error("the records of somebody else were taken for those of before")
	}
	h.patience = 10 * time.Millisecond
	s.say(homeSets())
	h.Say = func([]string) {}
	if err := h.Apply(t.Context(), change); err == nil {
		t.Error("nothing was changed, and it was taken for done")
	}
}
