package slim

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"buzzproof/internal/site"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var updateSlim = flag.Bool("update-slim", false, "write the golden slim page anew")

// A slimSite is a site in memory: contents by path and query. A file called
// *.jpg, *.gif or *.png with content "WxH" is a picture of that size.
type slimSite map[string]string

func (s slimSite) Find(u *url.URL) (site.File, bool) {
	key := u.EscapedPath()
	if u.RawQuery != "" {
		key += "?" + u.RawQuery
	}
	data, ok := s[key]
	if u.Host != "e.org" || !ok {
		return site.File{}, false
	}
	f := site.File{URL: key, Size: int64(len(data))}
	switch filepath.Ext(u.Path) {
	case ".jpg", ".gif", ".png":
		f.Type = "image/" + strings.TrimPrefix(filepath.Ext(u.Path), ".")
		w, h, _ := s.Dimensions(f)
		f.Size = int64(w * h / 5)
	case ".svg":
		f.Type = "image/svg+xml"
	case ".woff2":
		f.Type = "font/woff2"
	}
	return f, true
}

func (s slimSite) Read(f site.File) ([]byte, error) { return []byte(s[f.URL]), nil }

func (s slimSite) Dimensions(f site.File) (w, h int, ok bool) {
	n, _ := fmt.Sscanf(s[f.URL], "%dx%d", &w, &h)
	return w, h, n == 2
}

func (s slimSite) Variants(f site.File) ([]Variant, error) {
	w, h, ok := s.Dimensions(f)
	if !ok {
		return nil, errors.New("no picture")
	}
	var out []Variant
	for _, width := range []int{1366, 800, 480, 240, 120} {
		if width <= w {
			out = append(out, Variant{fmt.Sprint(width), width, h * width / w, int64(width * h * width / w / 10)})
		}
	}
	return out, nil
}

// slimmed returns the slim page of a body, and the notices.
func slimmed(t testing.TB, site slimSite, source string) (string, []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{URL: &url.URL{Scheme: "https", Host: "e.org", Path: "/post/"}, Doc: doc, Files: site}
	out, err := p.Slim(site)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), p.Notices
}

func TestASlimPage(t *testing.T) {
	site := slimSite{
		"/a.jpg": "1600x900", "/b.jpg": "1600x900", "/small.png": "40x40", "/a.jpg?v=2": "1600x900",
		"/s.css": "@import 'more.css';.post p{background:url(small.png)}.gone{color:red}", "/more.css": "h1{color:blue}",
		"/print.css": "p{" + strings.Repeat("color:black;", 99) + "}",
		"/map.html":  "<p>a map",
		"/menu.js":   `document.querySelector(".menu-toggle").classList.toggle("unfolded")`,
		"/other.js":  `document.querySelector(".no-such-thing").classList.add("x")`,
		"/jquery.js": `document.querySelector(".menu-toggle")`,
		"/needs.js":  `jQuery(".menu-toggle").style.x`,
		"/bundle.js": `document.querySelector(".menu-toggle").className="x";` + strings.Repeat("/**/", 3000),
		"/tall.css":  "img{height:40px}", "/moving.gif": "300x200 \x21\xf9\x04 \x21\xf9\x04", "/still.gif": "300x200",
		"/icon.svg": `<svg xmlns="http://www.w3.org/2000/svg"/>`, "/i.woff2": "xx", "/pre.css": ".poem{white-space:pre-line}",
	}
	const button = `<button class="menu-toggle">M</button><p>Some words are here.</p>`
	for _, c := range []struct{ name, page, has, lacks string }{
		{"keeps what its sheets say of it", `<link rel=stylesheet href=/s.css><h1>x</h1><div class=post><p>x y z</div>`, `<style>h1{color:blue}.post p{background:url(/small.png)}</style>`, ".gone"},
		{"has no link to a sheet", `<link rel=stylesheet href=/s.css><p>x y z`, "<p>", "stylesheet"},
		{"has no long rules for paper", `<link rel=stylesheet href=/print.css media=print><p>x y z`, "<p>", "black"},
		{"has no sheets of others", `<link rel=stylesheet href=//fonts.org/s.css><p>x y z`, "<p>", "fonts.org"},
		{"has sheets that come late", `<link rel=preload as=style href=/more.css onload="this.rel='stylesheet'"><h1>x y z</h1>`, "h1{color:blue}", "preload"},
		{"has sheets that change their medium", `<link rel=stylesheet href=/more.css media=print onload="this.media='all'"><h1>x y z</h1>`, "<style>h1{color:blue}", "@media"},
		{"has no alternate sheets", `<link rel="alternate stylesheet" href=/more.css><h1>x y z</h1>`, "<h1>", "blue"},
		{"keeps the medium of a sheet", `<style media="(width<9px)">p{color:red}</style><p>x y z`, "@media (width<9px){p{color:red}}", "media="},
		{"rewrites style attributes", `<p style="background:url(/small.png?x)">x y z`, "data:,", "small"},
		{"puts small drawings into its styles", `<style>p{background:url(/icon.svg)}</style><p>x y z`, `url("data:image/svg+xml,%3Csvg`, "/icon.svg"},
		{"has no fonts of letters", `<style>@font-face{font-family:Inter;src:url(/i.woff2)}p{font-family:Inter}</style><p>x y z`, "font-family:Inter,sans-serif", "woff2"},
		{"has small fonts of icons", `<style>@font-face{font-family:icons;src:url(/i.woff2)}p{font-family:icons}</style><p>x y z`, "url(/i.woff2)", "sans"},
		{"asks for pictures in the size of the text", `<img src=/a.jpg width=800 height=450 alt=A>`, `src="/a.jpg?slim=800" width="800" height="450" alt="A"`, "loading"},
		{"asks for pictures with a query", `<img src="/a.jpg?v=2" width=480 height=270>`, `src="/a.jpg?v=2&slim=480"`, "data-slim"},
		{"holds a smaller picture to its proportions", `<img src=/a.jpg style="border:0">`, `style="border:0;--ratio:1600/900"`, "border:0;;"},
		{"writes the size that a picture has", `<img src=/small.png>`, `width="40" height="40" data-slim=""`, "srcset"},
		{"lets rules set the height", `<img src=/small.png>`, `:where(img[data-slim]){height:auto}`, "width:auto"},
		{"lets rules in layers set the height", `<style>@layer a{img{color:red}}</style><img src=/small.png>`, `@layer slim{:where(img[data-slim]){height:auto}}</style>`, "width:auto"},
		{"lets the height set the width", `<link rel=stylesheet href=/tall.css><img src=/a.jpg>`, `sizes="1600px"`, "fetchpriority=low"},
		{"keeps the own size of a picture that rules leave to it", `<style>img{width:auto;height:auto}</style><img src=/a.jpg width=480 height=270>`, `src="/a.jpg?slim=480" width="480" height="270" srcset="/a.jpg?slim=480 480w" sizes="1600px"`, "data-slim"},
		{"shows no names of icons", `<i class="material-icons">menu</i> x y z`, "[class*=material-icons],[class*=material-symbols]{", "slim="},
		{"takes the best of a set", `<img src=/small.png srcset="/a.jpg 1600w, /small.png 40w" sizes="(max-width: 600px) 90vw, 480px">`, `src="/a.jpg?slim=480"`, "1600w"},
		{"takes the common one of densities", `<img src=/small.png srcset="/a.jpg 2x">`, `src="/small.png" width="40" height="40"`, "a.jpg"},
		{"takes away the sources of a picture", `<picture><source srcset="/b.jpg"><img src=/a.jpg></picture>`, `<picture><img src="/a.jpg`, "source"},
		{"shows lazy pictures", `<img class="lazyload" src="data:image/gif;base64,xx" data-src=/a.jpg>`, `<img class="lazyloaded" src="/a.jpg?slim=800"`, "data-src"},
		{"has no second picture for visitors without scripts", `<img data-src=/a.jpg src=data:,><noscript><img src=/a.jpg></noscript><p>x`, `/a.jpg`, "<noscript><img"},
		{"takes pictures out of noscript", `<div><noscript><img src=/a.jpg></noscript></div>`, `<div><img src="/a.jpg`, "noscript"},
		{"has no counting pixels", `<p>x y z</p><img src=//t.org/p.gif width=1 height=1>`, "<p>", "t.org"},
		{"keeps pictures of others", `<img src=//cdn.org/p.jpg alt=P>`, "//cdn.org/p.jpg", "slim="},
		{"leads from moving pictures to the originals", `<img src=/moving.gif>`, `<a href="/moving.gif"><img src="/moving.gif?slim=240"`, "lazy"},
		{"links no still picture", `<img src=/still.gif>`, `<img`, "<a "},
		{"lets later pictures wait", strings.Repeat(`<img src=/b.jpg>`, 3) + `<img src=/a.jpg>`, `decoding="async" loading="lazy"`, "eager"},
		{"keeps scripts that the page answers to", button + `<script src=/menu.js></script>`, `src="/menu.js"`, "other"},
		{"keeps rules for what scripts do", `<style>.unfolded{color:red}</style>` + button + `<script src=/menu.js></script>`, `.unfolded{color:red}`, "other"},
		{"keeps bundles for a button", button + `<script src=/bundle.js></script>`, `src="/bundle.js"`, "other"},
		{"has no bundles without one", `<p class=menu-toggle>Some words are here.</p><script src=/bundle.js></script>`, `<p`, "bundle"},
		{"has no scripts for other pages", button + `<script src=/other.js></script>`, "<p>", "<script"},
		{"has no scripts of others", button + `<script src=//x.org/menu.js></script>`, "<p>", "<script"},
		{"has no jQuery", button + `<script src=/jquery.js></script><script src=/needs.js></script><script>jQuery(function(){})</script>`, "<p>", "<script"},
		{"has no watchers", button + `<script>window.dataLayer=[];document.documentElement.className="x"</script>`, "<p>", "<script"},
		{"keeps scripts that set a class", button + `<script>document.documentElement.className="js"</script>`, `className="js"`, "other"},
		{"keeps values that scripts ask for", button + `<script>var menuText="x"</script><script>document.body.className=menuText</script>`, `var menuText`, "other"},
		{"has no values that nobody asks for", button + `<script>var menuText="x"</script>`, "<p>", "<script"},
		{"keeps what machines read", `<script type="application/ld+json">{ "a" : 1 }</script><p>x y z`, `{"a":1}`, "{ "},
		{"counts elements as before", `<style>p+p{color:red}</style><div><p>x</p><script>1</script><p>y z</p></div>`, "<script></script><p>", "1<"},
		{"has one icon", `<link rel=icon href=/big.ico><link rel=preconnect href=//x.org><p>x y z`, `<link rel="icon" href="data:,"/>`, "x.org"},
		{"keeps feeds and canonical", `<link rel=canonical href=/post/><link rel=alternate type=application/rss+xml href=/feed/><p>x y z`, `<link rel="canonical" href="/post/"/><link rel="alternate"`, "data-slim"},
		{"has no comments", `<p>x<!-- secret -->y z`, "xy z", "secret"},
		{"keeps white space in poems", `<link rel=stylesheet href=/pre.css><div class=poem>a <b>b</b>` + "\n\n\n" + `<b>c d</b></div>`, "</b>\n\n\n<b>", "slim="},
		{"keeps white space in code", "<pre>a\n\n  <b>b</b>\n\n\n<i>c</i></pre>", "\n\n\n<i>", "slim="},
		{"links players of others", `<iframe src="https://www.youtube.com/embed/x1" width=560 height=315 title="A film"></iframe>`, `<a href="https://www.youtube.com/watch?v=x1" style="display:inline-flex;width:560px;max-width:100%;aspect-ratio:560/315;`, "iframe"},
		{"keeps frames of its own", `<p>x y z</p><iframe data-src=/map.html src=about:blank width=560></iframe>`, `<iframe src="/map.html" width="560" loading="lazy">`, "data-src"},
		{"links a frame that the copy lacks", `<p>x y z</p><iframe src=/gone.html title="A map"></iframe>`, `>A map</a>`, "iframe"},
		{"lets films wait", `<video src=/f.mp4 poster=/a.jpg autoplay></video>`, `<video src="/f.mp4" poster="/a.jpg?slim=800" preload="none">`, "autoplay"},
		{"keeps the mode of the page", `<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN"><p>x y z`, `<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">`, "slim="},
		{"empties huge decorations", `<p>x y z</p><svg><path d="` + strings.Repeat("M0 0", 9000) + `"/></svg>`, "<svg></svg>", "M0"},
		{"keeps drawings that say something", `<p>x y z</p><svg><title>T</title><path d="` + strings.Repeat("M0 0", 9000) + `"/></svg>`, "M0 0M0", "slim="},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := c.page
			if !strings.HasPrefix(source, "<!DOCTYPE") {
				source = "<!DOCTYPE html>" + source
			}
			got, _ := slimmed(t, site, source)
			if !strings.Contains(got, c.has) || strings.Contains(got, c.lacks) {
				t.Errorf("%s\nshould have  %s\nand not have %s", got, c.has, c.lacks)
			}
		})
	}
}

func TestAPageThatCannotBeSlimmedSaysWhy(t *testing.T) {
	huge := slimSite{"/s.css": strings.Repeat("p{}", 600_000), "/t.css": strings.Repeat("p{}", 600_000)}
	for _, c := range []struct{ name, page, why string }{
		{"no content without scripts", `<div id=root></div><script src=/app.js></script>`, "only through scripts"},
		{"styles are forbidden", `<meta http-equiv=Content-Security-Policy content="default-src 'self'"><p>x y z`, "Content-Security-Policy"},
		{"a frameset", `<frameset><frame src=/a></frameset>`, "frameset"},
		{"too many styles", `<link rel=stylesheet href=/s.css><link rel=stylesheet href=/t.css><p>x y z`, "2 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, notices := slimmed(t, huge, c.page)
			if got != "" || len(notices) != 1 || !strings.Contains(notices[0], c.why) {
				t.Errorf("%q, %q", got, notices)
			}
		})
	}
}

func TestPicturesShareWhatThePageMayWeigh(t *testing.T) {
	site := slimSite{}
	var body strings.Builder
	for i := range 30 {
		site[fmt.Sprintf("/%d.jpg", i)] = "1600x900"
		fmt.Fprintf(&body, "<p>Some words.</p><img src=/%d.jpg>", i)
	}
	full, notices := slimmed(t, site, body.String())
	var sum int
	for i := range 30 {
		_, rest, _ := strings.Cut(full, fmt.Sprintf(`"/%d.jpg?slim=`, i))
		var w int
		fmt.Sscan(strings.SplitN(rest, `"`, 2)[0], &w)
		sum += w * w * 9 / 16 / 10
	}
	if len(notices) > 0 || sum > slimBytes || sum < slimBytes/2 {
		t.Errorf("%d bytes of pictures, notices %q", sum, notices)
	}
	if !strings.Contains(full, "/0.jpg?slim=480") {
		t.Error("the first picture is no better than the others")
	}
	for i := range 400 {
		site[fmt.Sprintf("/m%d.jpg", i)] = "1600x900"
		fmt.Fprintf(&body, "<img src=/m%d.jpg>", i)
	}
	if _, notices = slimmed(t, site, body.String()); len(notices) != 1 || !strings.Contains(notices[0], "smallest pictures") {
		t.Errorf("the owner is told %q", notices)
	}
}

func TestASlimPageAsAWhole(t *testing.T) {
	source, err := os.ReadFile("testdata/slim.html")
	if err != nil {
		t.Fatal(err)
	}
	site := slimSite{
		"/theme.css": "body{margin:0;font:1em/1.5 Inter}.menu{display:none}.menu.open{display:block}.wide{max-width:40em}.unused{color:red}@media print{.unused{x:y}}",
		"/menu.js":   `document.querySelector("#menu-button").onclick=e=>document.querySelector(".menu").classList.toggle("open");addEventListener("x",0)`,
		"/hero.jpg":  "1600x900", "/logo.png": "120x40",
	}
	got, notices := slimmed(t, site, string(source))
	if *updateSlim {
		if err := os.WriteFile("testdata/slim.golden.html", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/slim.golden.html")
	if err != nil || !bytes.Equal(want, []byte(got)) || len(notices) > 0 {
		t.Errorf("notices %q, %v, got\n%s", notices, err, got)
	}
}

func TestWidthsAreReadAsBrowsersReadThem(t *testing.T) {
	for _, c := range []struct {
		name, sizes string
		want        int
	}{
		{"a width", "640px", 640},
		{"a share of the screen", "50vw", 683},
		{"by the size of letters", "20rem", 320},
		{"the first condition that holds", "(max-width: 600px) 100vw, (min-width: 1000px) 700px, 50vw", 700},
		{"two conditions", "(min-width: 600px) and (max-width: 900px) 1px, 2px", 2},
		{"what the browser finds out, and a width for others", "auto, (max-width: 600px) 100vw, 610px", 610},
		{"a sum that is not reckoned", "calc(100vw - 20px)", 0},
		{"nothing", "", 0},
	} {
		if got := slimSizes(c.sizes); got != c.want {
			t.Errorf("%s: %q is %d, not %d", c.name, c.sizes, got, c.want)
		}
	}
	for _, c := range []struct{ name, set, want string }{
		{"the narrowest that is wide enough", "a 320w, b 1600w, c 1000w", "c"},
		{"the widest if none is", "a 320w, b 640w", "b"},
		{"lines and commas in addresses", "a,b.jpg 320w,\n\tc.jpg 500w ,", "c.jpg"},
		{"without descriptors", "a.jpg, b.jpg 2x", "b.jpg"},
		{"nothing", " , ", ""},
	} {
		if got, _ := slimBest(c.set); got != c.want {
			t.Errorf("%s: of %q it is %q, not %q", c.name, c.set, got, c.want)
		}
	}
}

func TestAPageOfTooManyElementsIsNotSlimmed(t *testing.T) {
	doc := &html.Node{Type: html.DocumentNode}
	for range mostNodes + 1 {
		doc.AppendChild(&html.Node{Type: html.ElementNode, Data: "i", DataAtom: atom.I})
	}
	p := &Page{URL: &url.URL{Scheme: "https", Host: "blog.example", Path: "/"}, Doc: doc}
	if data, err := p.Slim(nil); data != nil || err != nil || len(p.Notices) != 1 {
		t.Errorf("%d bytes, %v, notices %q", len(data), err, p.Notices)
	}
}
