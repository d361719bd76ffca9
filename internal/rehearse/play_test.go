package rehearse

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestACrowdIsPlayed(t *testing.T) {
	t.Parallel()
	b := newBlog(t)
	crowd, err := ParseCrowd("20/s@1500ms+preview:10@1s+crawler:3@1s")
	if err != nil {
		t.Fatal(err)
	}
	b.site.Pages = []string{"/hello/"}
	var moments atomic.Int64
	play := Play{
		Road: b, Site: *b.site, Crowd: crowd, Seed: 3, Patience: time.Minute,
		Watch: func(m Moment) {
			if m.Came == 0 || m.Length != 1500*time.Millisecond {
				t.Errorf("a moment was %+v", m)
			}
			moments.Add(1)
		},
	}
	r, err := play.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := r.Figures(0, time.Hour)
	// On a machine that does much else a few may be cut off.
	if f.Visits < 12 || f.Visits > 55 || f.Full <= f.Visits/2 || f.Full+f.Refused+f.Lost > f.Visits || f.LineUse != 0.5 {
		t.Errorf("people: %+v", f)
	}
	if p := f.Others[Preview]; p.Visits < 3 || p.Whole <= 0.5 || p.Bytes < int64(p.Visits)*1500 {
		t.Errorf("previews: %+v", p)
	}
	if c := f.Others[Crawler]; c.Visits < 1 || c.Whole == 0 {
		t.Errorf("crawlers: %+v", c)
	}
	if moments.Load() == 0 {
		t.Error("nobody was told how it goes")
	}
}

func TestHostileVisitorsComeToo(t *testing.T) {
	t.Parallel()
	b := newBlog(t)
	crowd, err := ParseCrowd("reloader:5@500ms+slow:5@500ms+mute:5@500ms")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Play{Road: b, Site: *b.site, Crowd: crowd, Patience: time.Second}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := r.Figures(0, time.Hour)
	for _, who := range []string{Reloader, Slow, Mute} {
		if f.Others[who].Visits == 0 {
			t.Errorf("nobody of kind %s came", who)
		}
	}
	if f.Visits != 0 {
		t.Errorf("%d people came", f.Visits)
	}
}

func TestAPlayThatIsCalledOffEnds(t *testing.T) {
	b := newBlog(t)
	crowd, err := ParseCrowd("20/s@1m")
	if err != nil {
		t.Fatal(err)
	}
	b.site.Landing = "/silent/"
	ctx := patience(t, 200*time.Millisecond)
	if r, err := (Play{Road: b, Site: *b.site, Crowd: crowd}).Run(ctx); err == nil || r != nil {
		t.Errorf("the play went on: %v, %v", r, err)
	}
	if _, err := (Play{Road: b, Site: *b.site}).Run(t.Context()); err == nil {
		t.Error("a crowd of nobody is played")
	}
}

func TestTheChainIsOfTheSizeThatAuthoritiesIssue(t *testing.T) {
	c, err := NewChain("blog.example.org")
	if err != nil {
		t.Fatal(err)
	}
	leaf, middle := len(c.Certificate.Certificate[0]), len(c.Certificate.Certificate[1])
	if leaf < 950 || leaf > 1100 || middle < 950 || middle > 1200 || leaf+middle > 2300 {
		t.Errorf("leaf %d bytes, intermediate %d", leaf, middle)
	}
}
