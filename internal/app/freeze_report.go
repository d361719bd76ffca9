package app

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"buzzproof/internal/freeze"
)

// logLine is what freeze.log keeps of a freeze.
func logLine(r *freeze.Report) any {
	return struct {
		At       time.Time `json:"at"`
		ID       string    `json:"id"`
		Changed  bool      `json:"changed"`
		Pages    int       `json:"pages"`
		Assets   int       `json:"assets"`
		Requests int       `json:"requests"`
		Missing  int       `json:"missing"`
		Seconds  float64   `json:"seconds"`
	}{time.Now().UTC().Truncate(time.Second), r.ID, r.Changed, r.Pages, r.Assets, r.Requests, len(r.Missing), r.Seconds}
}

func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// summarise tells the owner in a screenful what the freeze brought.
func (p *Program) summarise(r *freeze.Report, dir string) {
	if p.globals.quiet {
		return
	}
	say := p.talk
	what := "frozen"
	if !r.Changed {
		what = "unchanged"
	}
	say("%s: %d pages, %d assets, %d redirects, %s; %d requests in %.1f s", what, r.Pages, r.Assets, r.Redirects, bytesText(r.Bytes), r.Requests, r.Seconds)
	if r.Resumed > 0 {
		say("  resumed: %d answers were kept from a freeze that was cut off", r.Resumed)
	}
	p.list("missing", r.Missing, "")
	p.list("differs", r.Differs, "")
	p.list("dead at the origin too", r.Dead, "the copy answers 404, as the origin does")
	p.list("behind a login", r.Login, "only visitors who are logged in could see them")
	for _, left := range r.LeftOut {
		say("  left out: %d %s, such as %s", left.Count, left.Class, left.Example)
	}
	for _, form := range r.Forms {
		kind := "form"
		if form.Search {
			kind = "search box"
		}
		say("  will not work in the copy: the %s to %s, on %d pages, first on %s", kind, form.Action, form.Pages, form.Page)
	}
	if len(r.Hosts) > 0 {
		say("  still drawn from other hosts: %s", hostsText(r))
	}
	for _, w := range r.Warnings {
		say("  note: %s", w)
	}
	say("  snapshot %.12s in %s", r.ID, dir)
}

// listed is how many addresses of one kind the summary names; --json has all.
const listed = 8

func (p *Program) list(title string, all []freeze.Missing, note string) {
	if len(all) == 0 {
		return
	}
	if note != "" {
		note = " (" + note + ")"
	}
	fmt.Fprintf(p.Stderr, "  %s: %d%s\n", title, len(all), note)
	for i, m := range all {
		if i == listed {
			fmt.Fprintf(p.Stderr, "    and %d more; --json lists all\n", len(all)-listed)
			break
		}
		line := "    " + m.URL
		if note == "" {
			line += ": " + m.Why
		}
		if m.From != "" {
			line += ", linked from " + m.From
		}
		fmt.Fprintln(p.Stderr, line)
	}
}

func hostsText(r *freeze.Report) string {
	var names []string
	for _, h := range r.Hosts {
		names = append(names, fmt.Sprintf("%s (%d)", h.Host, h.Count))
	}
	if len(names) > listed {
		names = append(names[:listed], fmt.Sprintf("and %d more", len(r.Hosts)-listed))
	}
	return strings.Join(names, ", ")
}

// bytesText writes a size in the unit people say it in.
func bytesText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// showProgress keeps a line on the terminal up to date until stop is called.
// Where stderr is no terminal it says how far it is every half minute, for
// whoever reads the log of a long freeze.
func (p *Program) showProgress(line func() string) (stop func()) {
	if p.globals.quiet {
		return func() {}
	}
	file, isFile := p.Stderr.(*os.File)
	live := isFile && term.IsTerminal(int(file.Fd()))
	width := 80
	if live {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 1 {
			width = columns
		}
	}
	every := 30 * time.Second
	if live {
		every = 200 * time.Millisecond
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				if live {
					fmt.Fprint(p.Stderr, "\r\x1b[K")
				}
				return
			case <-tick.C:
				p.tell(line(), live, width)
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// tell says how far it is. On a terminal it stays in one line: the end of a
// longer one would scroll past at every stroke.
func (p *Program) tell(line string, live bool, width int) {
	if !live {
		fmt.Fprintln(p.Stderr, line)
		return
	}
	fmt.Fprintf(p.Stderr, "\r\x1b[K%.*s", width-1, line)
}

// progressLine says what is done, what is found, how fast, and how long what
// was found so far will take.
func progressLine(now freeze.Progress) string {
	done := now.Pages + now.Assets
	line := fmt.Sprintf("%s: %d pages and %d assets of %d found", now.Step, now.Pages, now.Assets, now.Found)
	seconds := now.Elapsed.Seconds()
	if done == 0 || seconds < 1 {
		return line
	}
	rate := float64(now.Requests) / seconds
	line += fmt.Sprintf(", %s, %.0f/s, origin %d ms", bytesText(now.Received), rate, now.Latency.Milliseconds())
	if left := now.Found - now.Requests; left > 0 && rate > 0 {
		line += fmt.Sprintf(", %s left", (time.Duration(float64(left)/rate) * time.Second).Round(time.Second))
	}
	return line
}
