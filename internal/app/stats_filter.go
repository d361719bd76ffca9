package app

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"buzzproof/internal/guard"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// onlyOptions say which hits count.
type onlyOptions struct {
	since, until, path, referrer string
	status, class                []string
}

func (o *onlyOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.since, "since", "", "only hits from `TIME` on, such as 2016-09-05 or '2016-09-05 22:30'")
	flags.StringVar(&o.until, "until", "", "only hits before `TIME`; a day alone includes it")
	flags.StringVar(&o.path, "path", "", "only addresses like `PATTERN`: /blog/ and all below, or with * and ?")
	flags.StringVar(&o.referrer, "referrer", "", "only hits whose referrer contains `TEXT`")
	flags.StringSliceVar(&o.status, "status", nil, "only these `STATUSES`: 404, 5xx or 400-403")
	flags.StringSliceVar(&o.class, "class", nil, "only these `CLASSES`: person, preview, feed, search, ai, monitor, scanner")
}

func (o *onlyOptions) filtersClass() bool { return len(o.class) > 0 }

func (o *onlyOptions) filter() (traffic.Filter, error) {
	f := traffic.Filter{Referrer: strings.ToLower(o.referrer)}
	var err error
	if f.Since, err = parseMoment("since", o.since, false); err != nil {
		return f, err
	}
	if f.Until, err = parseMoment("until", o.until, true); err != nil {
		return f, err
	}
	if f.Status, err = parseStatuses(o.status); err != nil {
		return f, err
	}
	if f.Path, err = parsePattern(o.path); err != nil {
		return f, err
	}
	for _, name := range o.class {
		class, ok := classNamed(name)
		if !ok {
			return f, fmt.Errorf("--class %s: there is no such class\ntry: person, preview, feed, search, ai, monitor, scanner", name)
		}
		if f.Classes == nil {
			f.Classes = map[site.Class]bool{}
		}
		f.Classes[class] = true
	}
	return f, nil
}

func classNamed(name string) (site.Class, bool) {
	for _, c := range site.Classes() {
		if c.String() == name {
			return c, true
		}
	}
	return 0, false
}

// parseMoment reads a time on the clock of the log. A day alone is its first
// moment, or its end.
func parseMoment(flag, s string, end bool) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		if end {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s %s: want a time such as 2016-09-05 or '2016-09-05 22:30'", flag, s)
}

// parseStatuses reads 404, 5xx and 400-403.
func parseStatuses(list []string) (func(int) bool, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var wanted [600]bool
	for _, s := range list {
		from, to, ok := strings.Cut(strings.ReplaceAll(strings.ToLower(s), "xx", "00"), "-")
		low, err := strconv.Atoi(from)
		high := low
		switch {
		case ok && err == nil:
			high, err = strconv.Atoi(to)
		case strings.HasSuffix(strings.ToLower(s), "xx"):
			high = low + 99
		}
		if err != nil || low < 0 || high >= len(wanted) || high < low {
			return nil, fmt.Errorf("--status %s: want a status such as 404, 5xx or 400-403", s)
		}
		for n := low; n <= high; n++ {
			wanted[n] = true
		}
	}
	return func(status int) bool { return wanted[status] }, nil
}

// parsePattern reads a path with all below it, or a pattern of the shell.
func parsePattern(pattern string) (func(string) bool, error) {
	switch {
	case pattern == "":
		return nil, nil
	case !strings.ContainsAny(pattern, "*?["):
		return func(p string) bool { return strings.HasPrefix(p, pattern) }, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("--path %s: a bracket is not closed", pattern)
	}
	// A star reaches over slashes: whoever writes *.php means all of them.
	flat := strings.NewReplacer("/", "\x00")
	pattern = flat.Replace(pattern)
	return func(p string) bool {
		ok, _ := path.Match(pattern, flat.Replace(p))
		return ok
	}, nil
}

// judges makes the judges of so many shards. A client whom others pushed out
// of memory is judged by his agent, unless he did harm.
func judges(shards int) func() traffic.Judge {
	const clients = 1 << 13 // in all, which take 2.5 MB of the 64 there are
	return func() traffic.Judge { return guard.NewJudge(guard.Knowledge{Clients: max(1<<10, clients/shards)}) }
}
