package rehearse

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

//go:embed crowds/*.toml
var crowdFiles embed.FS

// Names returns what crowds there are by name.
func Names() []string {
	files, err := fs.Glob(crowdFiles, "crowds/*.toml")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".toml")
	}
	return files
}

// Those who come in forms that are given on the command line do what people
// at a front page do.
const (
	defaultLanding = 0.9
	defaultHTTP1   = 0.1
)

// defaultFrom sends most by one page and some by others, as a front page does:
// of people who come by a link a fifth do not say from where.
var defaultFrom = []From{{"https://news.ycombinator.com/", 0.7}, {"https://lobste.rs/", 0.06}, {"https://www.google.com/", 0.04}}

// ParseCrowd reads what a crowd is called on the command line.
//
//	hn                         a crowd by name
//	13/s, 13/s@5m              people at a rate, for a minute or as said
//	step:0.2@30s,13@1m,1@4m    people at one rate after another
//	preview:1000@60s           so many of another kind, spread over a time
//	1/s@90s+preview:1000@10s   both
func ParseCrowd(s string) (Crowd, error) {
	if slices.Contains(Names(), s) {
		text, err := crowdFiles.ReadFile("crowds/" + s + ".toml")
		if err != nil {
			return Crowd{}, err
		}
		return decodeCrowd(s, text)
	}
	c := Crowd{Name: s, Says: "made to measure"}
	for part := range strings.SplitSeq(s, "+") {
		f, err := parseFlow(part)
		if err != nil {
			return Crowd{}, fmt.Errorf("crowd %q: %w", s, err)
		}
		c.Flows = append(c.Flows, f)
	}
	if err := c.check(); err != nil {
		return Crowd{}, fmt.Errorf("crowd %q: %w", s, err)
	}
	return c, nil
}

// decodeCrowd reads a crowd file.
func decodeCrowd(name string, text []byte) (Crowd, error) {
	c := Crowd{Name: name}
	decoder := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields()
	err := decoder.Decode(&c)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return Crowd{}, fmt.Errorf("crowd %s: %w", name, err)
	}
	return c, nil
}

var errForm = errors.New("want a name, a rate such as 13/s, step:0.2@30s,13@1m or preview:1000@60s")

func parseFlow(s string) (Flow, error) {
	if steps, ok := strings.CutPrefix(s, "step:"); ok {
		return parseSteps(steps)
	}
	if rate, rest, ok := strings.Cut(s, "/s"); ok && (rest == "" || rest[0] == '@') {
		return parseSteps(rate + rest)
	}
	who, rest, ok := strings.Cut(s, ":")
	if !ok || !slices.Contains(kinds, who) {
		return Flow{}, fmt.Errorf("there is no crowd %q\n%w; names are %s", s, errForm, strings.Join(Names(), ", "))
	}
	number, lasting, err := parseStep(rest)
	f := Flow{Who: who, Landing: 1, At: []Span{0, Span(lasting)}}
	if lasting > 0 {
		rate := number / lasting.Seconds()
		f.Rate = []float64{rate, rate}
	}
	return f, err
}

func parseSteps(s string) (Flow, error) {
	f := Flow{Who: Person, HTTP1: defaultHTTP1, Landing: defaultLanding, From: defaultFrom}
	var at time.Duration
	for part := range strings.SplitSeq(s, ",") {
		rate, lasting, err := parseStep(part)
		if err != nil {
			return f, err
		}
		f.At = append(f.At, Span(at), Span(at+lasting))
		f.Rate = append(f.Rate, rate, rate)
		at += lasting
	}
	return f, nil
}

// parseStep reads NUMBER or NUMBER@TIME.
func parseStep(s string) (number float64, lasting time.Duration, err error) {
	text, time_, found := strings.Cut(s, "@")
	if number, err = strconv.ParseFloat(text, 64); err != nil {
		return 0, 0, fmt.Errorf("%q is no number\n%w", text, errForm)
	}
	lasting = time.Minute
	if found {
		if lasting, err = time.ParseDuration(time_); err != nil || lasting <= 0 {
			return 0, 0, fmt.Errorf("%q is no time\n%w", time_, errForm)
		}
	}
	return number, lasting, nil
}
