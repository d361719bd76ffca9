package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/alert"
	"buzzproof/internal/ban"
	"buzzproof/internal/history"
	"buzzproof/internal/site"
	"buzzproof/internal/story"
)

// reportFlags are those of report.
type reportFlags struct {
	state, site, since, until string
	html                      string
	markdown, public          bool
}

func (p *Program) reportCommand() *cobra.Command {
	var o reportFlags
	c := &cobra.Command{
		Use:   "report",
		Short: "what the last buzz brought",
		Long: "Tells the story of the last buzz of a site that \"up\" serves, or of any time: who\n" +
			"came and from where, what they got and how fast, what it would have been without\n" +
			"buzzproof, what broke. --public leaves out what is nobody's business.",
		Example: `  buzzproof report
  buzzproof report --html buzz.html
  buzzproof report --since 2016-09-05 --until 2016-09-07 --markdown --public`,
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.report(cmd.Context(), &o, time.Now()) },
	}
	flags := c.Flags()
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that up keeps its state in")
	flags.StringVar(&o.site, "site", "", "`HOST` of the site, where up serves several")
	flags.StringVar(&o.since, "since", "", "from `TIME` on, instead of the last buzz")
	flags.StringVar(&o.until, "until", "", "before `TIME`; a day alone includes it")
	flags.StringVar(&o.html, "html", "", "write a page into `FILE`")
	flags.BoolVar(&o.markdown, "markdown", false, "the whole story as Markdown, not the eight lines alone")
	flags.BoolVar(&o.public, "public", false, "leave out rare pages, what machines looked for, what was said to you")
	return c
}

func (p *Program) report(ctx context.Context, o *reportFlags, now time.Time) error {
	if o.markdown && p.globals.json {
		return withStatus(statusMisused, errors.New("--markdown and --json both write to stdout; choose one"))
	}
	c, err := p.config()
	if err != nil {
		return err
	}
	dir, err := siteDir(o.state, o.site)
	if err != nil {
		return err
	}
	store, err := history.Read(dir)
	if err != nil {
		return err
	}
	defer store.Close()
	t := &storyteller{store: store, dir: dir, config: c, now: now, bans: ban.In(o.state)}
	if err := o.span(ctx, t); err != nil {
		return err
	}
	s, err := t.tell(ctx)
	if err != nil {
		return err
	}
	if o.public {
		public := s.ForPublic()
		s = &public
	}
	return p.writeStory(s, o)
}

// span finds the time that is asked about.
func (o *reportFlags) span(ctx context.Context, t *storyteller) error {
	since, err := parseMoment("since", o.since, false)
	if err != nil {
		return withStatus(statusMisused, err)
	}
	until, err := parseMoment("until", o.until, true)
	if err != nil {
		return withStatus(statusMisused, err)
	}
	if since.IsZero() && until.IsZero() {
		return t.lastBuzz(ctx)
	}
	t.from, t.until = fromWall(since), t.now
	if since.IsZero() {
		if t.from, err = t.store.First(ctx); err != nil {
			return err
		}
	}
	if !until.IsZero() && fromWall(until).Before(t.now) {
		t.until = fromWall(until)
	}
	return nil
}

func (p *Program) writeStory(s *story.Story, o *reportFlags) error {
	if o.html != "" {
		var b strings.Builder
		if err := s.WriteHTML(&b); err != nil {
			return err
		}
		if err := writeWhole(o.html, []byte(b.String()), 0o644); err != nil {
			return err
		}
		p.talk("written: %s", o.html)
	}
	switch {
	case p.globals.json:
		return s.WriteJSON(p.Stdout)
	case o.markdown:
		return s.WriteMarkdown(p.Stdout)
	case o.html != "":
		return nil
	}
	_, err := io.WriteString(p.Stdout, strings.Join(s.Lines(), "\n")+"\n")
	return err
}

// A storyteller puts together what is known of a time.
type storyteller struct {
	store       *history.Store
	dir         string
	config      *config
	bans        ban.Store
	now         time.Time
	from, until time.Time
	buzz        *story.Buzz
	expected    float64 // visits a second that were usual
}

// Around a buzz the story tells of a while before and after, to compare with.
const beforeBuzz, afterBuzz = 30 * time.Minute, 30 * time.Minute

// buzzKinds are the events that are a buzz.
var buzzKinds = map[site.Kind]string{site.KindBuzz: "crowd", site.KindAttack: "attack", site.KindPreview: "preview"}

// manyEvents is more than a year has.
const manyEvents = 10_000

// lastBuzz finds the latest buzz: a crowd if there was one, else whatever came.
func (t *storyteller) lastBuzz(ctx context.Context) error {
	events, err := t.store.Events(ctx, time.Unix(0, 0), t.now.Add(time.Hour), manyEvents)
	if err != nil {
		return err
	}
	var last *site.Event
	for i := range events {
		e := &events[i]
		if buzzKinds[e.Kind] != "" && (last == nil || e.Kind == site.KindBuzz || last.Kind != site.KindBuzz) {
			last = e
		}
	}
	if last == nil {
		return errors.New("there was no buzz yet that was kept\nfor any other time: buzzproof report --since 2016-09-05")
	}
	t.buzz = &story.Buzz{Verdict: buzzKinds[last.Kind]}
	for _, e := range events {
		if e.Kind == last.Kind && e.About == last.About {
			t.phase(e)
		}
	}
	t.from, t.until = t.buzz.Since.Add(-beforeBuzz), t.now
	if !t.buzz.Over.IsZero() && t.buzz.Over.Add(afterBuzz).Before(t.now) {
		t.until = t.buzz.Over.Add(afterBuzz)
	}
	return nil
}

// phase takes in one event of the buzz.
func (t *storyteller) phase(e site.Event) {
	if t.buzz.Seen.IsZero() {
		t.buzz.Seen, t.buzz.Since, t.expected = e.At, e.Facts.Since, e.Facts.Expected
	}
	if t.buzz.Since.IsZero() {
		t.buzz.Since = e.At
	}
	switch e.Phase {
	case site.PhasePeak:
		t.buzz.Peak = e.At
	case site.PhaseOver:
		t.buzz.Over = e.At
	}
}

// tell tells the story.
func (t *storyteller) tell(ctx context.Context) (*story.Story, error) {
	s := &story.Story{
		Schema: story.Schema, Site: strings.ReplaceAll(filepath.Base(t.dir), "_", ":"), From: t.from, Until: t.until, Buzz: t.buzz, Made: t.now,
		Kept: kept(t.config.History),
	}
	line := readLine(t.dir)
	s.LineRate, s.PageSize = line.Rate, line.FullPage
	if err := t.minutes(ctx, s); err != nil {
		return nil, err
	}
	if err := t.sums(ctx, s); err != nil {
		return nil, err
	}
	if err := t.events(ctx, s); err != nil {
		return nil, err
	}
	if err := t.checks(ctx, s); err != nil {
		return nil, err
	}
	list, err := t.bans.Read(t.now)
	if err != nil {
		return nil, err
	}
	for _, b := range list.Bans {
		if !b.From.Before(t.from) && b.From.Before(t.until) {
			s.Bans++
		}
	}
	return s, nil
}

// kept says what is kept of all this, and until when.
func kept(c history.Config) []story.Kept {
	c = c.WithDefaults()
	days := func(d time.Duration) string { return fmt.Sprintf("%d days", int(d.Hours()/24)) }
	return []story.Kept{
		{What: "counts of each minute, without addresses", Until: days(time.Duration(c.Minutes))},
		{What: "lists of pages and referrers of each hour, without addresses", Until: days(time.Duration(c.Hours))},
		{What: "counts of each hour, lists of each day, what was said", Until: days(time.Duration(c.Years))},
	}
}

// events tells what was said, and how the ladder moved.
func (t *storyteller) events(ctx context.Context, s *story.Story) error {
	events, err := t.store.Events(ctx, t.from, t.until, manyEvents)
	if err != nil {
		return err
	}
	speaker, err := alert.NewSpeaker(t.config.Alerts, s.Site)
	if err != nil {
		return withStatus(statusConfig, err)
	}
	for _, e := range events {
		s.Events = append(s.Events, story.Event{At: e.At, Voice: e.Voice.String(), Text: speaker.Line(e, e.At)})
		switch {
		case e.Kind == site.KindRung:
			s.Steps = append(s.Steps, story.Step{At: e.At, Rung: e.Phase})
		case e.Kind == site.KindCheck && e.Voice >= site.Bark:
			broke(s, e)
		}
	}
	return nil
}

// broke adds what a check has found, once for each state it was in.
func broke(s *story.Story, e site.Event) {
	what := e.About + " was " + e.Phase + ": "
	for i := range s.Broken {
		if b := &s.Broken[i]; strings.HasPrefix(b.What, what) {
			b.Times++
			return
		}
	}
	s.Broken = append(s.Broken, story.Broken{What: what + e.Facts.Detail, Times: 1, Mend: "buzzproof health"})
}

// A lineKnown is what was last known of the line, for the story.
type lineKnown struct {
	Rate     float64 `json:"rate"`      // bytes per second
	FullPage float64 `json:"full_page"` // bytes that a visit takes in full
}

const lineFile = "line.json"

// readLine returns what was last known of the line; nothing when it is not
// known.
func readLine(dir string) (l lineKnown) {
	data, err := os.ReadFile(filepath.Join(dir, lineFile))
	if err == nil {
		err = json.Unmarshal(data, &l)
	}
	if err != nil {
		return lineKnown{}
	}
	return l
}
