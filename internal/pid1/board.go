package pid1

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"
)

// A board has what the system has to say. Before the consoles show the résumé
// it is written as it comes; afterwards they show it in its own line, because
// what is written into a screen of theirs would tear it.
type board struct {
	mu      sync.Mutex
	drawn   bool // the consoles show what is said
	last    []string
	at      time.Time
	devices []string
}

// kept is how much is kept of what was said: what fits on the page about the system.
const kept = 6

// fresh is how long it stands on the consoles.
const fresh = time.Minute

func (b *board) say(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := strings.Map(printable, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
	// What is said again and again must not push out what was before.
	b.last = slices.DeleteFunc(b.last, func(said string) bool { return said == text })
	b.last = append(b.last[max(0, len(b.last)-kept+1):], text)
	b.at = time.Now()
	if b.drawn {
		return
	}
	for _, name := range b.devices {
		if f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NOCTTY, 0); err == nil {
			_, _ = io.WriteString(f, "buzzproof: "+text+"\r\n") // there is nobody else to tell
			_ = f.Close()
		}
	}
}

// printable drops what would command a terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// draw leaves the consoles to who draws on them.
func (b *board) draw() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn = true
}

// latest is what was said last, while it is news.
func (b *board) latest() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.last) == 0 || time.Since(b.at) > fresh {
		return ""
	}
	return b.last[len(b.last)-1]
}

// all is what was said lately, the oldest first.
func (b *board) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.last...)
}
