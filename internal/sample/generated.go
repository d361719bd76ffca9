package sample

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	perTag     = 40     // articles that each tag page lists
	sentences  = 62     // in each article: about 10 KB with the frame
	perSitemap = 10_000 // addresses in each sitemap
)

// Generated returns a made-up site of exactly so many HTML pages of about 10 KB
// each, with some fifty links a page: a front page, tag pages, articles. It is
// the origin of benchmarks, so a page costs a few microseconds: it is put
// together from sentences written beforehand.
func Generated(pages int) http.Handler {
	g := &generated{tags: (pages - 1) / (perTag + 1), prose: prose()}
	g.articles = pages - 1 - g.tags
	g.head = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"><title>`
	g.bar = `</title></head><body><header><img src="/logo.png" alt="" width="64" height="64"><nav><a href="/">Home</a> <a href="/tag/0/">Tags</a></nav></header><main><h1>`
	g.foot = `</main><aside><img src="/side.jpg" alt="" width="240" height="120"><img src="/foot.jpg" alt="" width="240" height="120"></aside><footer><p>A generated site.</p></footer></body></html>` + "\n"
	if g.tags == 0 {
		g.bar = strings.Replace(g.bar, ` <a href="/tag/0/">Tags</a>`, "", 1)
	}
	g.assets = map[string]asset{
		"/style.css": newAsset("style.css", func() []byte { return []byte(generatedStyle) }),
		"/logo.png":  newAsset("logo.png", func() []byte { return encodePNG(paint(64, 64, 0, drop)) }),
		"/side.jpg":  newAsset("side.jpg", func() []byte { return encodeJPEG(paint(480, 240, 16, photographs["dawn"])) }),
		"/foot.jpg":  newAsset("foot.jpg", func() []byte { return encodeJPEG(paint(480, 240, 16, photographs["meadow"])) }),
	}
	return g
}

const generatedStyle = `body { max-width: 44rem; margin: auto; padding: 1rem; font: 1rem/1.6 Georgia, serif; color: #222 }
nav a, ul a { margin-right: .6rem }
ul { columns: 2 }
`

type generated struct {
	tags, articles  int
	head, bar, foot string
	prose           []string
	assets          map[string]asset
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

func (g *generated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a, ok := g.assets[r.URL.Path]; ok {
		a.ServeHTTP(w, r)
		return
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	out, kind := g.answer((*buffer)[:0], r)
	*buffer = out
	if len(out) == 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	_, _ = w.Write(out)
}

// answer appends what stands at an address; nothing when nothing does.
func (g *generated) answer(out []byte, r *http.Request) ([]byte, string) {
	const page, sitemap = "text/html; charset=utf-8", "text/xml; charset=utf-8"
	path := r.URL.Path
	switch {
	case path == "/":
		return g.front(out), page
	case path == "/robots.txt":
		return append(out, "Sitemap: http://"+r.Host+"/sitemap.xml\n"...), "text/plain; charset=utf-8"
	case path == "/sitemap.xml":
		return g.sitemapIndex(out, r.Host), sitemap
	}
	if n, ok := between(path, "/post/", "/", g.articles); ok {
		return g.article(out, n), page
	}
	if n, ok := between(path, "/tag/", "/", g.tags); ok {
		return g.tag(out, n), page
	}
	if n, ok := between(path, "/sitemap-", ".xml", g.sitemaps()); ok {
		return g.sitemap(out, r.Host, n), sitemap
	}
	return out, ""
}

// between reads the number below limit that stands in a path, in the only
// notation that the site itself would use.
func between(path, before, after string, limit int) (int, bool) {
	text, ok := strings.CutPrefix(path, before)
	text, closed := strings.CutSuffix(text, after)
	n, err := strconv.Atoi(text)
	return n, ok && closed && err == nil && n >= 0 && n < limit && strconv.Itoa(n) == text
}

func (g *generated) open(out []byte, title string, n int) []byte {
	for _, part := range []string{g.head, g.bar} {
		out = append(out, part...)
		out = append(out, title...)
		out = strconv.AppendInt(out, int64(n), 10)
	}
	return append(out, "</h1>\n"...)
}

func link(out []byte, folder, title string, n int) []byte {
	out = append(append(out, `<li><a href="/`...), folder...)
	out = append(strconv.AppendInt(append(out, '/'), int64(n), 10), `/">`...)
	out = strconv.AppendInt(append(out, title...), int64(n), 10)
	return append(out, "</a></li>\n"...)
}

// text appends sentences that depend on the page alone.
func (g *generated) text(out []byte, page, count int) []byte {
	state := uint64(page)*0x9E3779B97F4A7C15 + 1
	for i := range count {
		if i%6 == 0 {
			out = append(out, "<p>"...)
		}
		state = state*6364136223846793005 + 1442695040888963407
		out = append(out, g.prose[state>>33%uint64(len(g.prose))]...)
		if i%6 == 5 || i == count-1 {
			out = append(out, "</p>\n"...)
		}
	}
	return out
}

// front leads to fifty tags, or to the first articles where there are none.
func (g *generated) front(out []byte) []byte {
	out = append(g.text(g.open(out, "A generated site, edition ", 1), -1, sentences), "<ul>"...)
	for n := range min(50, g.tags) {
		out = link(out, "tag", "Tag ", n)
	}
	for n := range min(10, g.articles) {
		out = link(out, "post", "Article ", n)
	}
	return append(append(out, "</ul>"...), g.foot...)
}

// article has its neighbours, its own tag and others, and its relations. The steps between
// relations share no factor with most numbers of articles, so that a walk
// spreads over the whole site at once.
func (g *generated) article(out []byte, n int) []byte {
	out = append(g.text(g.open(out, "Article ", n), n, sentences), `<ul class="related">`...)
	for k := range min(20, g.articles-1) {
		out = link(out, "post", "Article ", (n+1+k*k*7919)%g.articles)
	}
	for k := range min(20, g.tags) {
		out = link(out, "tag", "Tag ", (n+k)%g.tags)
	}
	if n > 0 {
		out = link(out, "post", "Before: article ", n-1)
	}
	if n+1 < g.articles {
		out = link(out, "post", "After: article ", n+1)
	}
	return append(append(out, "</ul>"...), g.foot...)
}

func (g *generated) tag(out []byte, n int) []byte {
	out = append(g.text(g.open(out, "Tag ", n), -2-n, sentences), "<ul>"...)
	for at := n; at < g.articles; at += g.tags {
		out = link(out, "post", "Article ", at)
	}
	for k := 1; k <= min(6, g.tags-1); k++ {
		out = link(out, "tag", "Tag ", (n+k)%g.tags)
	}
	return append(append(out, "</ul>"...), g.foot...)
}

func (g *generated) sitemaps() int { return (1 + g.tags + g.articles + perSitemap - 1) / perSitemap }

func (g *generated) sitemapIndex(out []byte, host string) []byte {
	out = append(out, xmlHead+`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`...)
	for n := range g.sitemaps() {
		out = fmt.Appendf(out, "<sitemap><loc>http://%s/sitemap-%d.xml</loc></sitemap>\n", host, n)
	}
	return append(out, "</sitemapindex>\n"...)
}

func (g *generated) sitemap(out []byte, host string, n int) []byte {
	out = append(out, urlset...)
	for at := n * perSitemap; at < min((n+1)*perSitemap, 1+g.tags+g.articles); at++ {
		out = fmt.Appendf(out, "<url><loc>http://%s%s</loc></url>\n", host, g.path(at))
	}
	return append(out, "</urlset>\n"...)
}

// path is the address of page n: the front, then the tags, then the articles.
func (g *generated) path(n int) string {
	switch {
	case n == 0:
		return "/"
	case n <= g.tags:
		return fmt.Sprintf("/tag/%d/", n-1)
	default:
		return fmt.Sprintf("/post/%d/", n-1-g.tags)
	}
}

// prose writes the sentences that articles are put together from.
func prose() []string {
	who := strings.Fields("Nobody Everybody Anna Ben Maud somebody's_cat the_night_shift our_editor the_intern a_visitor")
	did := strings.Fields("noticed_that forgot_why explained_how wrote_down_when dreamt_that proved_that doubted_whether heard_that")
	what := strings.Fields("the_server the_old_printer the_second_backup a_very_long_queue the_harbour_light the_last_cable that_small_script")
	then := strings.Fields("kept_its_promise waited_until_morning answered_in_plain_text came_home_late counted_to_a_million restarted_without_a_word")
	var all []string
	for i := range 512 {
		number := fmt.Sprintf(" (see note %d)", i)
		words := pick(who, i, 1) + " " + pick(did, i, 2) + " " + pick(what, i, 3) + " " + pick(then, i, 4)
		words = strings.ReplaceAll(words, "_", " ") + ", and nobody in the room could say who began it" + number + ". "
		all = append(all, strings.ToUpper(words[:1])+words[1:])
	}
	return all
}

func pick(words []string, i, seed int) string {
	return words[int(chance(i, seed, 11)*float64(len(words)))%len(words)]
}
