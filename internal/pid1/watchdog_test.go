package pid1

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheWatchdogIsFedWhileTheServerLives(t *testing.T) {
	for _, test := range []struct {
		sentence      string
		lostAt, offAt time.Duration
		want          string
	}{
		{"until the machine goes off, which it is told", time.Hour, 12 * time.Second, "\x00\x00\x00V"},
		{"until the server is lost", 12 * time.Second, time.Hour, "\x00\x00\x00"},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), test.offAt)
				defer cancel()
				var dog bytes.Buffer
				feed(ctx, &dog, func() bool { return time.Since(began) > test.lostAt })
				if dog.String() != test.want {
					t.Errorf("it got %q, want %q", dog.String(), test.want)
				}
			})
		})
	}
}
