package pid1

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"buzzproof/internal/resume"
)

// colours are the ANSI sequences of styles.
var colours = map[resume.Style]string{
	resume.Name: "\x1b[1m", resume.Heading: "\x1b[1;33m", resume.Strong: "\x1b[1m", resume.Faint: "\x1b[36m",
}

// console shows the résumé on a terminal and turns its pages until ctx ends.
func console(ctx context.Context, name string, s resume.Screen, r *resume.Resume, m *meter, server *child) {
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return // a machine without such a port
	}
	defer f.Close()
	raw(f)
	keys := make(chan []byte, 8)
	go func() {
		defer close(keys)
		for {
			b := make([]byte, 16)
			n, err := f.Read(b)
			if err != nil {
				return
			}
			select {
			case keys <- b[:n]:
			case <-ctx.Done():
				return
			}
		}
	}()
	v := &view{file: f, screen: s, title: r.Title(), pages: r.Pages(s)}
	v.show(v.pages[0])
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case k, ok := <-keys:
			if !ok {
				return
			}
			switch string(k) {
			case "s":
				v.show(inspect())
			case "r":
				server.kill()
			default:
				v.page = Turn(v.page, len(v.pages), string(k))
				v.show(v.pages[v.page])
			}
			v.status(m.text())
		case <-tick.C:
			v.status(m.text())
		}
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

type view struct {
	file   *os.File
	screen resume.Screen
	title  string
	pages  []resume.Page
	page   int
}

// show writes the whole screen but for the line of figures.
func (v *view) show(page resume.Page) {
	var b strings.Builder
	b.WriteString("\x1b[0m\x1b[2J\x1b[H\x1b[?25l")
	title := v.screen.Charset.Text(v.title, v.screen.Columns-2)
	fmt.Fprintf(&b, "\x1b[1;37;44m %s%s\x1b[0m", title, strings.Repeat(" ", max(0, v.screen.Columns-1-resume.Cells(title))))
	for i, line := range page[:min(len(page), v.screen.Rows)] {
		fmt.Fprintf(&b, "\x1b[%d;1H%s%s\x1b[0m", i+3, colours[line.Style], line.Text)
	}
	fmt.Fprintf(&b, "\x1b[25;1H\x1b[37;44m %-79s\x1b[0m", resume.Keys(v.page+1, len(v.pages))+"   s system, r restart")
	_, _ = v.file.WriteString(b.String()) // a console that fails has nobody before it
}

// status writes the line of figures.
func (v *view) status(figures string) {
	_, _ = fmt.Fprintf(v.file, "\x1b[24;1H\x1b[K\x1b[32m %.79s\x1b[0m", figures)
}
