package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/term"

	"buzzproof/internal/figures"
	"buzzproof/internal/tail"
	"buzzproof/internal/traffic"
)

// follow reads what comes until it is interrupted, and draws every so often.
func (s *statsRun) follow(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	s.p.talk("following %d logs; Ctrl-C ends it", len(s.growing)+len(s.silent))
	drawn, lines := time.Time{}, uint64(0)
	for ctx.Err() == nil {
		if err := s.readOn(ctx); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		if n := s.counter.Lines(); n != lines && time.Since(drawn) >= s.o.every {
			if err := s.draw(); err != nil {
				return err
			}
			drawn, lines = time.Now(), n
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}

// readOn counts what has come since the last time.
func (s *statsRun) readOn(ctx context.Context) error {
	var silent []string
	for _, name := range s.silent {
		if s.unbegun(name) {
			silent = append(silent, name)
		} else if err := s.read(ctx, name); err != nil {
			return err
		}
	}
	s.silent = silent
	for _, log := range s.growing {
		if err := s.counter.Read(ctx, log); err != nil && !errors.Is(err, tail.ErrPause) {
			return fmt.Errorf("follow %s: %w", log.Name(), err)
		}
	}
	return nil
}

// unbegun reports whether a log will have its first line later: it is there and
// empty, as a new one is. Until then anything may have its name, or nothing.
func (s *statsRun) unbegun(name string) bool {
	known := slices.Contains(s.silent, name)
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return known
	}
	source, err := traffic.Open(name)
	if err != nil {
		return known
	}
	defer source.Close()
	return !source.HasLine()
}

// draw shows what is known so far: on a terminal in place, on a page anew.
func (s *statsRun) draw() error {
	r := s.counter.Report(max(s.o.top, 500))
	if s.o.html != "" {
		if err := s.page(r); err != nil {
			return err
		}
	}
	if _, _, ok := s.screen(); !ok || s.p.globals.json || s.o.csv {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("\x1b[H\x1b[J") // home, and clear what is below
	if err := s.terminal().Write(&b, r); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%s\n", figures.Updated(time.Now()))
	_, err := s.p.Stdout.Write(b.Bytes())
	return err
}

// screen returns the size of the terminal that stdout is, if it is one.
func (s *statsRun) screen() (width, height int, ok bool) {
	file, isFile := s.p.Stdout.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return 0, 0, false
	}
	width, height, err := term.GetSize(int(file.Fd()))
	return width, height, err == nil && width > 0
}

func (s *statsRun) terminal() figures.Terminal {
	t := figures.Terminal{Width: 80, Rows: 10}
	if s.o.top > 0 {
		t.Rows = s.o.top
	}
	if width, _, ok := s.screen(); ok {
		t.Width, t.Color = width, !s.p.globals.noColor && os.Getenv("NO_COLOR") == ""
	}
	return t
}

// page writes the page beside its place first, so that nobody sees half of it.
func (s *statsRun) page(r *traffic.Report) error {
	f, err := os.CreateTemp(filepath.Dir(s.o.html), ".stats-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", s.o.html, err)
	}
	err = figures.WritePage(f, r, figures.Page{At: time.Now(), Refresh: s.refresh()})
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.o.html)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", s.o.html, err), os.Remove(f.Name()))
	}
	return nil
}

// refresh is how soon a browser should look again.
func (s *statsRun) refresh() time.Duration {
	if s.o.follow {
		return max(s.o.every, 30*time.Second)
	}
	return 0
}
