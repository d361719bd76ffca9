package pid1

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatIsSaidDoesNotTearADrawnScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := filepath.Join(t.TempDir(), "screen")
		if err := os.WriteFile(screen, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		b := &board{devices: []string{screen, "/nowhere"}}
		b.say("no %s:\n tried \x1b[2Jagain\n", "card")
		b.draw()
		for i := range kept + 1 {
			b.say("%d", i)
		}
		for range kept {
			b.say("%d", kept-1)
			b.say("%d", kept)
		}
		if got, _ := os.ReadFile(screen); string(got) != "buzzproof: no card: tried [2Jagain\r\n" {
			t.Errorf("the screen has %q", got)
		}
		if got := fmt.Sprint(kept); b.latest() != got {
			t.Errorf("the latest is %q, want %q", b.latest(), got)
		}
		time.Sleep(fresh + time.Second)
		if b.latest() != "" {
			t.Error("old news are shown as new")
		}
		if got := b.all(); len(got) != kept || !slices.IsSorted(got) || got[0] != "1" {
			t.Errorf("kept are %q", got)
		}
	})
}
