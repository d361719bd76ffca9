package history

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// A blog makes up what a busy blog is asked for: 300 posts, of which a few are
// read by everybody, 600 files, links from 3,000 pages, 40 kinds of machines,
// and scanners that try 20,000 paths.
type blog struct {
	r                               *rand.Rand
	posts, files, links, paths, who *rand.Zipf
}

func newBlog() *blog {
	r := rand.New(rand.NewPCG(5, 9))
	zipf := func(n uint64) *rand.Zipf { return rand.NewZipf(r, 1.1, 3, n-1) }
	return &blog{r, zipf(300), zipf(600), zipf(3000), zipf(20_000), zipf(40)}
}

// classes are who asks, in percent: two of three hits are no person's.
var classShares = []struct {
	class site.Class
	upTo  int
}{{site.Person, 35}, {site.Feed, 50}, {site.Search, 65}, {site.AI, 75}, {site.Preview, 78}, {site.Monitor, 80}, {site.Scanner, 100}}

// hit adds one hit to a tally, as the recorder does.
func (b *blog) hit(t *tally.Tally) {
	n, class := b.r.IntN(100), site.Person
	for _, s := range classShares {
		if n < s.upTo {
			class = s.class
			break
		}
	}
	size, visitors := uint64(500+b.r.IntN(60_000)), float64(b.r.IntN(2))
	c := &t.Classes[class]
	c.Hits, c.Bytes, c.Visitors = c.Hits+1, c.Bytes+size, c.Visitors+visitors
	t.Took.Add(uint64(b.r.ExpFloat64() * 20_000))
	add := func(p tally.Panel, key string) {
		c := &t.Panels[p].At(key).Classes[class]
		c.Hits, c.Bytes, c.Visitors = c.Hits+1, c.Bytes+size, c.Visitors+visitors
	}
	status, mime := "200", "text/html"
	switch kind := b.r.IntN(3); {
	case class == site.Scanner:
		status = "404"
		add(tally.NotFound, fmt.Sprintf("/wp-content/plugins/plugin-%d/readme.txt", b.paths.Uint64()))
	case class == site.Person && kind > 0:
		mime = "image/webp"
		add(tally.Static, fmt.Sprintf("/assets/images/2016/09/picture-%d.webp", b.files.Uint64()))
	default:
		page := fmt.Sprintf("/2016/09/05/the-title-of-a-post-%d/", b.posts.Uint64())
		add(tally.Pages, page)
		b.arrive(class, page, add)
	}
	b.how(class, status, mime, add)
}

func (b *blog) arrive(class site.Class, page string, add func(tally.Panel, string)) {
	if class != site.Person || b.r.IntN(2) == 0 {
		return
	}
	add(tally.Landings, page)
	link := b.links.Uint64()
	host := fmt.Sprintf("site-%d.example", link/3)
	add(tally.Sites, host)
	add(tally.Referrers, fmt.Sprintf("https://%s/a/page/that/links/here-%d", host, link))
	if b.r.IntN(50) == 0 {
		add(tally.Phrases, fmt.Sprintf("how to do thing %d", link))
	}
}

func (b *blog) how(class site.Class, status, mime string, add func(tally.Panel, string)) {
	name := []string{"Firefox", "Chrome", "Safari", "Edge"}[b.r.IntN(4)]
	if class != site.Person {
		name = fmt.Sprintf("machine-%d", b.who.Uint64())
		add(tally.Machines, name)
	}
	add(tally.Browsers, name)
	add(tally.Systems, []string{"Linux", "Windows", "macOS", "Android", "iOS"}[b.r.IntN(5)])
	add(tally.Statuses, status)
	add(tally.Methods, "GET")
	add(tally.Protocols, []string{"HTTP/1.1", "HTTP/2.0"}[b.r.IntN(2)])
	add(tally.Hosts, "blog.example")
	add(tally.TLS, "TLS 1.3")
	add(tally.MIME, mime)
}

func TestAYearOfABusyBlogTakesLessThan50MB(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("makes five million hits up")
	}
	const (
		hits = 5_000_000
		year = 365 * 24 * 60 // minutes
	)
	dir := t.TempDir()
	s, b := Open(dir, Config{}), newBlog()
	begin := time.Date(2025, 1, 1, 0, 0, 0, 0, time.Local)
	// Only the minutes of the last days stay: before, one stands for its hour.
	size, step := 60, 100*60
	for at := 0; at < year; at += step {
		if year-at <= 9*24*60 {
			size, step = 1, 4*60
		}
		var tallies []*tally.Tally
		for m := at; m < min(at+step, year); m += size {
			one := &tally.Tally{At: begin.Add(time.Duration(m) * time.Minute)}
			for range (m+size)*hits/year - m*hits/year {
				b.hit(one)
			}
			tallies = append(tallies, one)
		}
		s.keep(t.Context(), begin.Add(time.Duration(at+step)*time.Minute), tallies, quiet(t))
	}
	end := begin.Add(year * time.Minute)
	began := time.Now()
	all := sum(t, s, begin, end)
	took := time.Since(began)
	if n := all.Total().Hits; n != hits {
		t.Errorf("%d hits are kept of %d", n, hits)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hits of a year take %.1f MB; adding the year up takes %v", hits, float64(info.Size())/(1<<20), took.Round(time.Millisecond))
	if info.Size() > 50<<20 {
		t.Errorf("the year takes %d bytes", info.Size())
	}
}
