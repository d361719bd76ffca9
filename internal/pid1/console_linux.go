package pid1

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"buzzproof/internal/resume"
)

// colours are the ANSI sequences of styles.
var colours = map[resume.Style]string{
	resume.Name: "\x1b[1m", resume.Heading: "\x1b[1;33m", resume.Strong: "\x1b[1m", resume.Faint: "\x1b[36m",
}

// Terminals that do not tell their size, as at the end of a serial line, have
// had this one since 1978. Wider than 100 columns no text reads well.
const (
	usualRows, usualColumns = 24, 80
	mostColumns             = 100
)

// console shows the résumé on a terminal and turns its pages until ctx ends.
func (m *machine) console(ctx context.Context, name string, letters resume.Charset) {
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return // a machine without such a port
	}
	defer f.Close()
	raw(f)
	rows, columns := size(f)
	s := resume.Screen{Columns: columns, Rows: rows - ownRows, Charset: letters}
	v := &view{file: f, screen: s, title: m.resume.Title(), pages: m.resume.Pages(s)}
	m.turn(ctx, v, keysOf(ctx, f))
}

// keysOf passes on what is typed until ctx ends.
func keysOf(ctx context.Context, f *os.File) <-chan []byte {
	typed := make(chan []byte, 8)
	go func() {
		defer close(typed)
		for {
			b := make([]byte, 16)
			n, err := f.Read(b)
			if err != nil {
				return
			}
			select {
			case typed <- b[:n]:
			case <-ctx.Done():
				return
			}
		}
	}()
	return typed
}

// turn shows pages as the keys want it. A terminal that was plugged in later
// sees the whole page within a minute.
func (m *machine) turn(ctx context.Context, v *view, typed <-chan []byte) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var pending []byte
	v.show(v.pages[0])
	for shown := 0; ; {
		v.status(m.status(v.screen.Columns - 2))
		select {
		case <-ctx.Done():
			return
		case more, ok := <-typed:
			if !ok {
				return
			}
			pending = append(pending, more...)
			for key := ""; ; {
				if key, pending = split(pending); key == "" {
					break
				}
				m.press(v, key)
			}
			shown = 0
		case <-tick.C:
			if shown++; shown%60 == 0 {
				v.show(v.shown)
			}
		}
	}
}

func (m *machine) press(v *view, key string) {
	switch key {
	case "s":
		v.show(m.inspect())
	case "r":
		m.server.kill()
	default:
		v.page = Turn(v.page, len(v.pages), key)
		v.show(v.pages[v.page])
	}
}

// status is where the machine is, what it has to say, and how it goes.
func (m *machine) status(columns int) [3]string {
	place := where(addresses(), columns)
	if all := cards(); len(all) > 0 && !slices.ContainsFunc(all, linked) {
		place = "the network card has no link: is the cable in?"
	}
	return [3]string{
		place,
		m.board.latest(),
		m.figures.text() + "   up " + uptime(time.Since(m.began)),
	}
}

// raw gives every key at once and echoes none; Ctrl-C is a key like others.
func raw(f *os.File) {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return // a terminal that is none shows the first page
	}
	t.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Iflag &^= unix.IXON | unix.ICRNL
	_ = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t)
}

func size(f *os.File) (rows, columns int) {
	w, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		w = &unix.Winsize{}
	}
	return max(usualRows, cmp.Or(int(w.Row), usualRows)), min(mostColumns, max(usualColumns, int(w.Col)))
}

// ownRows are ours: the title and where we are above the page, and below it
// what there is to say, the figures and the keys.
const ownRows = 5

type view struct {
	file   *os.File
	screen resume.Screen
	title  string
	pages  []resume.Page
	page   int         // of the résumé
	shown  resume.Page // it, or another one
	told   [3]string   // the status that stands on the screen
}

// show writes the whole screen but for the status.
func (v *view) show(page resume.Page) {
	v.shown, v.told = page, [3]string{}
	var b strings.Builder
	b.WriteString("\x1b[0m\x1b[2J\x1b[H\x1b[?25l")
	v.bar(&b, 1, v.title)
	for i, line := range page[:min(len(page), v.screen.Rows)] {
		fmt.Fprintf(&b, "\x1b[%d;1H%s%s\x1b[0m", i+3, colours[line.Style], v.screen.Charset.Text(line.Text, v.screen.Columns))
	}
	v.bar(&b, v.screen.Rows+ownRows, resume.Keys(v.page+1, len(v.pages))+"   s system, r restart")
	_, _ = v.file.WriteString(b.String()) // a console that fails has nobody before it
}

// bar writes a row in white on blue.
func (v *view) bar(b *strings.Builder, row int, text string) {
	text = v.screen.Charset.Text(text, v.screen.Columns-2)
	fmt.Fprintf(b, "\x1b[%d;1H\x1b[1;37;44m %s%s\x1b[0m", row, text, strings.Repeat(" ", max(0, v.screen.Columns-1-resume.Cells(text))))
}

// status writes what has changed: a console that is recorded stays short.
func (v *view) status(now [3]string) {
	for i, row := range []int{2, v.screen.Rows + 3, v.screen.Rows + 4} {
		if now[i] != v.told[i] {
			colour := []string{"\x1b[36m", "\x1b[1;31m", "\x1b[32m"}[i]
			_, _ = fmt.Fprintf(v.file, "\x1b[%d;1H\x1b[K%s %s\x1b[0m", row, colour, v.screen.Charset.Text(now[i], v.screen.Columns-2))
		}
	}
	v.told = now
}
