package app

import (
	"fmt"
	"text/tabwriter"
	"time"
)

// A sshReport is what ssh-log prints with --json.
type sshReport struct {
	Schema    int         `json:"schema"`
	Lines     int         `json:"lines"`
	Tries     int         `json:"tries"`
	Accepted  int         `json:"accepted"`
	Addresses int         `json:"addresses"`
	Brute     int         `json:"brute"` // addresses that tried too often
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"`
	Callers   []sshCaller `json:"callers"`
	Names     []sshName   `json:"names"`
}

type sshCaller struct {
	Address     string     `json:"address"`
	Tries       int        `json:"tries"`
	Accepted    int        `json:"accepted"`
	First       time.Time  `json:"first"`
	Last        time.Time  `json:"last"`
	Brute       bool       `json:"brute"`
	BannedUntil *time.Time `json:"banned_until,omitempty"`
}

type sshName struct {
	Name  string `json:"name"`
	Tries int    `json:"tries"`
}

func (r *sshRun) report(now time.Time) error {
	list, err := r.store.Read(now)
	if err != nil {
		return err
	}
	banned := map[string]*time.Time{}
	for _, b := range list.Bans {
		banned[shortPrefix(b.Address)] = &b.Until
	}
	t := r.tally
	all := t.Callers()
	report := sshReport{
		Schema: 1, Lines: r.lines, Tries: t.Total, Accepted: t.Accepted, Addresses: len(all), From: t.From, To: t.To,
		Callers: []sshCaller{}, Names: []sshName{},
	}
	for i, c := range all {
		if !c.Brute.IsZero() {
			report.Brute++
		}
		if i < r.o.top {
			address := shortPrefix(c.Address)
			report.Callers = append(report.Callers, sshCaller{address, c.Tries, c.Accepted, c.First, c.Last, !c.Brute.IsZero(), banned[address]})
		}
	}
	for _, n := range t.Names(r.o.top) {
		report.Names = append(report.Names, sshName{n.Name, n.Tries})
	}
	if r.globals.json {
		return writeJSON(r.Stdout, report)
	}
	return r.print(&report)
}

func (r *sshRun) print(report *sshReport) error {
	fmt.Fprintf(r.Stdout, "%d tries from %d addresses, %d of them too often; %d log-ins\n",
		report.Tries, report.Addresses, report.Brute, report.Accepted)
	if report.Tries == 0 && report.Accepted == 0 {
		r.talk("no line of %d is about a knock; is it sshd's log?", report.Lines)
	}
	if report.Tries == 0 {
		return nil
	}
	w := tabwriter.NewWriter(r.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nADDRESS\tTRIES\tFIRST\tLAST\t")
	for _, c := range report.Callers {
		state := ""
		switch {
		case c.BannedUntil != nil:
			state = "banned until " + c.BannedUntil.Local().Format("2 Jan 15:04")
		case c.Brute:
			state = "tries passwords"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", c.Address, c.Tries, c.First.Local().Format("2 Jan 15:04"), c.Last.Local().Format("2 Jan 15:04"), state)
	}
	if len(report.Names) > 0 {
		fmt.Fprintln(w, "\nNAME\tTRIES")
	}
	for _, n := range report.Names {
		fmt.Fprintf(w, "%s\t%d\n", printable(n.Name), n.Tries)
	}
	return w.Flush()
}
