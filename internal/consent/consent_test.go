package consent

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestALinkIsGoodOnceBeforeItsHour(t *testing.T) {
	c := In(t.TempDir())
	now := time.Date(2026, 9, 5, 22, 30, 0, 0, time.UTC)
	token, err := c.New(now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	other, err := In(t.TempDir()).New(now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	flipped := strings.Map(func(r rune) rune {
		if r == rune(token[30]) {
			return rune(token[30]) ^ 1
		}
		return r
	}, token)
	for _, s := range []struct {
		name, token string
		at          time.Time
		want        error
	}{
		{"of another home", other, now, ErrForged},
		{"changed", flipped, now, ErrForged},
		{"cut", token[:40], now, ErrForged},
		{"nothing", "", now, ErrForged},
		{"too late", token, now.Add(time.Hour + time.Second), ErrExpired},
		{"in time", token, now.Add(time.Hour), nil},
		{"again", token, now, ErrUsed},
	} {
		if s.want != nil {
			if err := c.Look(s.token, s.at); !errors.Is(err, s.want) {
				t.Errorf("a look at a link %s: %v, want %v", s.name, err, s.want)
			}
		} else if err := errors.Join(c.Look(s.token, s.at), c.Look(s.token, s.at)); err != nil {
			t.Errorf("a look at a link %s: %v", s.name, err)
		}
		if err := c.Use(s.token, s.at); !errors.Is(err, s.want) {
			t.Errorf("a link %s: %v, want %v", s.name, err, s.want)
		}
	}
}

func TestOfManyWhoFollowALinkOneIsHeard(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	token, err := In(dir).New(now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var heard atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if In(dir).Use(token, now) == nil {
				heard.Add(1)
			}
		})
	}
	wg.Wait()
	if heard.Load() != 1 {
		t.Errorf("%d were heard, want 1", heard.Load())
	}
}
