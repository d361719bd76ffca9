package sshlog

import (
	"strconv"
	"strings"
	"time"
)

// A lineReader reads lines of auth.log, of journalctl in its short forms, and
// of what sshd writes to a file of its own, which has no times.
type lineReader struct {
	now time.Time // to tell the year of "Nov  5 12:00:00", which has none
}

// read returns the knock that a line tells of.
func (r *lineReader) read(line string) (Knock, bool) {
	if at, said, ok := protocol5424(line); ok {
		k, ok := message(said)
		k.At = at
		return k, ok
	}
	at, rest, ok := r.stamp(line)
	if !ok {
		return message(line)
	}
	_, rest, ok = strings.Cut(rest, " ") // the host
	if !ok {
		return Knock{}, false
	}
	said, ok := bySSHD(rest)
	if !ok {
		return Knock{}, false
	}
	k, ok := message(said)
	k.At = at
	return k, ok
}

// bySSHD takes the name of the program off, if it is sshd: "sshd[123]: ".
func bySSHD(s string) (said string, ok bool) {
	program, said, ok := strings.Cut(s, ": ")
	name, _, _ := strings.Cut(program, "[")
	if _, message, tagged := strings.Cut(said, "] "); tagged && strings.HasPrefix(said, "[ID ") {
		said = message // of Solaris: "[ID 800047 auth.info] "
	}
	return said, ok && isSSHD(name)
}

// protocol5424 reads a line of syslog as RFC 5424 has it:
// "<38>1 TIME HOST PROGRAM PID ID DATA MESSAGE", where DATA is "-" or in
// brackets. FreeBSD writes such logs, and rsyslog when it is told to.
func protocol5424(line string) (at time.Time, said string, ok bool) {
	rest, ok := strings.CutPrefix(dropPriority(line), "1 ")
	if !ok || line[0] != '<' {
		return time.Time{}, "", false
	}
	var head [5]string
	for i := range head {
		head[i], rest, _ = strings.Cut(rest, " ")
	}
	at, err := time.Parse(time.RFC3339Nano, head[0])
	if err != nil || !isSSHD(head[2]) {
		return time.Time{}, "", false
	}
	said, ok = afterData(rest)
	return at, strings.TrimPrefix(said, "\ufeff"), ok
}

// afterData takes "- " or "[...][...] " off. A value stands in quotes, in which
// a backslash takes the meaning from what follows.
func afterData(s string) (string, bool) {
	if rest, none := strings.CutPrefix(s, "- "); none {
		return rest, true
	}
	within, quoted := false, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '[' || s[i] == ']':
			within = s[i] == '['
		case s[i] == ' ' && !within:
			return s[i+1:], i > 0
		}
	}
	return "", false
}

func isSSHD(name string) bool {
	return name == "sshd" || name == "sshd-session" || name == "sshd-auth"
}

// stamp takes the time off a line.
func (r *lineReader) stamp(line string) (at time.Time, rest string, ok bool) {
	line = dropPriority(line)
	first, rest, _ := strings.Cut(line, " ")
	switch {
	case len(first) >= 19 && first[4] == '-':
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.999999-0700"} {
			if at, err := time.Parse(form, first); err == nil {
				return at, rest, true
			}
		}
	case len(first) == 3 && len(line) > 16 && (line[6] == ' ' || line[5] == ' '): // "Nov  5 12:00:00 ", "Nov 5 12:00:00 "
		size := len("Nov  5 12:00:00")
		if line[4] != ' ' && line[5] == ' ' {
			size--
		}
		if at, err := time.ParseInLocation(time.Stamp, line[:size], r.now.Location()); err == nil && line[size] == ' ' {
			return r.year(at), line[size+1:], true
		}
	case len(first) == 3 && len(line) > 28 && line[3] == ' ' && line[8] == '-': // "Thu 2026-11-05 12:00:00 UTC "
		zone, rest, _ := strings.Cut(line[24:], " ")
		if at, err := time.ParseInLocation("2006-01-02 15:04:05 MST", line[4:24]+zone, r.now.Location()); err == nil {
			return at, rest, true
		}
	default:
		if seconds, err := strconv.ParseFloat(first, 64); err == nil && seconds > 1e9 && seconds < 1e11 {
			return time.UnixMicro(int64(seconds * 1e6)), rest, true
		}
	}
	return time.Time{}, line, false
}

// dropPriority takes off "<38>", with which syslog says how urgent a line is.
func dropPriority(line string) string {
	if end := strings.IndexByte(line, '>'); end > 1 && end < 5 && line[0] == '<' {
		return line[end+1:]
	}
	return line
}

// year gives a time the latest year in which it is not in the future. A day is
// allowed for clocks and zones.
func (r *lineReader) year(at time.Time) time.Time {
	in := func(year int) time.Time {
		return time.Date(year, at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, at.Location())
	}
	if this := in(r.now.Year()); !this.After(r.now.AddDate(0, 0, 1)) {
		return this
	}
	return in(r.now.Year() - 1)
}
