package integration

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A view is what a browser made of a page.
type view struct {
	failed []string // requests to the site itself that got no good answer
	errors []string // on the console, the site's address taken out
	shot   []byte   // PNG of the whole page
}

// openBrowser starts a Chromium without a window that finds host, by plain
// HTTP, at the given address, and no other host but this machine: what pages
// want from third parties fails at once, at the origin as in the copy.
func openBrowser(t *testing.T, host, at string) context.Context {
	t.Helper()
	need(t, "the browser tests", "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox,
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP %s:80 %s, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", host, at)),
		chromedp.Flag("disable-features", "Translate,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("ignore-certificate-errors", true), // nobody vouches for a certificate of our own
		chromedp.UserDataDir(newStage(t).subfolder(t, "chromium")),
	)
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(quit)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// settle lets a page come to rest: every picture loaded, also those that wait
// to be scrolled to, every font there, nothing moving.
const settle = `(async () => {
	const still = document.createElement('style');
	still.textContent = '*{animation:none!important;transition:none!important;caret-color:transparent!important}';
	document.head.append(still);
	for (const image of document.images) image.loading = 'eager';
	await Promise.all([...document.images].map(image => image.complete ||
		new Promise(done => { image.onload = image.onerror = done; })));
	await document.fonts.ready;
	await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	return Math.min(8000, document.documentElement.scrollHeight);
})()`

// look opens a page in a new tab and photographs it in full length.
func look(t *testing.T, browser context.Context, address string) view {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser)
	defer closeTab()
	site, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	seen := witness{site: site.Host, asked: map[network.RequestID]string{}}
	if err := chromedp.Listen(tab, seen.see); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	height, err := chromedp.Run(tab, chromedp.Evaluate[int64](settle, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("wait for %s to settle: %v", address, err)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(1280, height)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[int64](settle, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	shot, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("photograph %s: %v", address, err)
	}
	v := seen.view()
	v.shot = shot
	return v
}

// A witness notes what goes wrong in a tab.
type witness struct {
	site  string
	mu    sync.Mutex
	asked map[network.RequestID]string
	v     view
}

func (w *witness) view() view {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.v.errors)
	return w.v
}

// see is called by the browser's reader for every event, in order.
func (w *witness) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.asked[e.RequestID] = e.Request.URL
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			w.fail(e.RequestID, fmt.Sprintf("status %d", e.Response.Status))
		}
	case *network.EventLoadingFailed:
		w.fail(e.RequestID, e.ErrorText)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			w.complain(e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			for _, arg := range e.Args {
				w.complain(string(arg.Value), arg.Description)
			}
		}
	case *runtime.EventExceptionThrown:
		w.complain(e.ExceptionDetails.Text, e.ExceptionDetails.URL)
	}
}

func (w *witness) fail(id network.RequestID, why string) {
	address, err := url.Parse(w.asked[id])
	if err == nil && address.Host == w.site {
		w.v.failed = append(w.v.failed, address.String()+": "+why)
	}
}

func (w *witness) complain(words ...string) {
	w.v.errors = append(w.v.errors, strings.ReplaceAll(strings.Join(words, " "), w.site, "SITE"))
}

// expectSameView compares the copy of a page with the original, and keeps both
// pictures.
func expectSameView(t *testing.T, name string, original, copied view) {
	t.Helper()
	const allowed = 0.005
	keep(t, name+"-origin.png", original.shot)
	keep(t, name+"-copy.png", copied.shot)
	for _, f := range copied.failed {
		if !slices.Contains(original.failed, f) {
			t.Errorf("failed request: %s", f)
		}
	}
	for _, e := range copied.errors {
		if !slices.Contains(original.errors, e) {
			t.Errorf("error on the console that the origin does not show: %s", e)
		}
	}
	share, _ := differing(decode(t, original.shot), decode(t, copied.shot), ownShades)
	t.Logf("bar: browser  %s  %d failed requests, %d console errors (origin %d), %.3f %% of the pixels differ, at most %.1f %%",
		name, len(copied.failed), len(copied.errors), len(original.errors), share*100, allowed*100)
	if share > allowed {
		t.Errorf("%.3f %% of the pixels differ: compare %s-origin.png and -copy.png in artefacts", share*100, name)
	}
}

func keep(t *testing.T, name string, shot []byte) {
	t.Helper()
	writeFile(t, filepath.Join("artefacts", name), string(shot))
}

func decode(t *testing.T, shot []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// ownShades is how far a colour may be off without meaning anything: the
// browser itself does not draw a page twice alike.
const ownShades = 8

// differing returns the share of pixels that two pictures do not have in
// common, and a picture of them in black. A pixel differs when one of its
// colours is off by more than shades; what only one picture has, because it is
// longer, differs.
func differing(a, b image.Image, shades uint8) (float64, image.Image) {
	all := a.Bounds().Union(b.Bounds())
	both := a.Bounds().Intersect(b.Bounds())
	// Both in one form, whose bytes are compared without a call per pixel.
	p, q := image.NewRGBA(both), image.NewRGBA(both)
	draw.Draw(p, both, a, both.Min, draw.Src)
	draw.Draw(q, both, b, both.Min, draw.Src)
	shown := image.NewGray(both)
	count := all.Dx()*all.Dy() - both.Dx()*both.Dy()
	for i := 0; i < len(p.Pix); i += 4 {
		shown.Pix[i/4] = 255
		for c := i; c < i+3; c++ {
			if max(p.Pix[c], q.Pix[c])-min(p.Pix[c], q.Pix[c]) > shades {
				count++
				shown.Pix[i/4] = 0
				break
			}
		}
	}
	return float64(count) / float64(max(1, all.Dx()*all.Dy())), shown
}
