package integration

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A judge that never finds fault is none: each must find the one fault of a
// page made for it, and none on a page without.

const faultless = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Good</title><link rel="icon" href="data:,"><main><h1>Good</h1><p>A good page.</p></main></html>`

// pagesServed serves documents by path, and everything else as a picture. The
// picture /late.jpg waits until a page has asked for /painted.
func pagesServed(t *testing.T, documents map[string]string) string {
	t.Helper()
	painted := make(chan struct{})
	paintedOnce := sync.OnceFunc(func() { close(painted) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if document, ok := documents[r.URL.Path]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, document)
			return
		}
		switch r.URL.Path {
		case "/painted":
			paintedOnce()
		case "/late.jpg":
			select {
			case <-painted:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(picture(1, 300, 200)) //nolint:errcheck // the browser may have left
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func anyBrowser(t *testing.T) context.Context {
	t.Helper()
	return openBrowser(t, "nobody.example.test", "127.0.0.1:1")
}

func TestTheRulesOfAccessibilityFindViolations(t *testing.T) {
	need(t, "the rules of accessibility", "chromium", axeFile())
	browser := anyBrowser(t)
	site := pagesServed(t, map[string]string{
		"/good": faultless,
		"/alt":  strings.Replace(faultless, "<p>", `<p><img src="/a.jpg">`, 1),
		"/pale": strings.Replace(faultless, "<p>", `<p style="color:#bbb;background:#fff">`, 1),
		"/lang": strings.Replace(faultless, ` lang="en"`, "", 1),
	})
	for path, want := range map[string]string{"/good": "", "/alt": "image-alt", "/pale": "color-contrast", "/lang": "html-has-lang"} {
		var got []string
		for _, v := range axe(t, browser, site+path) {
			got = append(got, v.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestTheValidatorFindsErrors(t *testing.T) {
	messages := validate(t, map[string][]byte{
		"good":   []byte(faultless),
		"nested": []byte(strings.Replace(faultless, "<p>", "<p><ul><li>one</ul></p>", 1)),
		"twice":  []byte(strings.Replace(faultless, "<p>", `<p id="a"><b id="a">x</b>`, 1)),
	})
	var files []string
	for _, m := range messages {
		files = append(files, m.file)
	}
	if slices.Contains(files, "good") || !slices.Contains(files, "nested") || !slices.Contains(files, "twice") {
		t.Errorf("errors in %v: %v", files, messages)
	}
}

func TestTheBrowserForTextShowsText(t *testing.T) {
	shown := lynx(t, []byte(strings.Replace(faultless, "<p>", "<p hidden>unseen</p><ul><li>Straße, 九月 &amp; <b>بئر</b></ul><p>", 1)))
	if want := letters("Straße, 九月 & بئر A good page."); !strings.Contains(letters(shown), want) {
		t.Errorf("no %q in %q", want, shown)
	}
	if strings.Contains(shown, "A bad page.") {
		t.Errorf("%q is not what was given", shown)
	}
}

func TestAVisitIsMeasured(t *testing.T) {
	browser := anyBrowser(t)
	low := strings.Replace(faultless, "</main>", `<div style="height:4000px"></div><img src="/low.jpg" alt="" width="300" height="200" loading="lazy"></main>`, 1)
	jumps := strings.Replace(faultless, "<h1>", late+`<img src="/late.jpg" alt=""><h1>`, 1)
	site := pagesServed(t, map[string]string{"/good": faultless, "/low": low, "/jumps": jumps})
	good := visitPage(t, browser, site+"/good", 800, 600)
	if n, bytes := good.total(); n != 1 || bytes < int64(len(faultless)) || good.shift != 0 {
		t.Errorf("a page alone: %v, %d bytes, shift %v, %v", n, bytes, good.shift, good.urls)
	}
	lazy := visitPage(t, browser, site+"/low", 800, 600)
	if lazy.requests["Image"] != 1 || lazy.bytes["Image"] < int64(len(picture(1, 300, 200))) {
		t.Errorf("a lazy picture at the end: %v", lazy)
	}
	jumping := visitPage(t, browser, site+"/jumps", 800, 600)
	if jumping.shift < 0.01 {
		t.Errorf("a page that jumps: shift %v", jumping.shift)
	}
	if same := pixelsDiffering(t, "judges-same", good.shot, good.shot); same != 0 {
		t.Errorf("%v of a picture differ from itself", same)
	}
	if other := pixelsDiffering(t, "judges-other", good.shot, jumping.shot); other < 0.05 {
		t.Errorf("only %v of two pages differ", other)
	}
}

// late says when the first picture of a page was painted, so that what comes
// later makes it jump.
const late = `<script>requestAnimationFrame(() => requestAnimationFrame(() => fetch('/painted')))</script>`
