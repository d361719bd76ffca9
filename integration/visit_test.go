package integration

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A visit is what a page costs a visitor who reads it to its end, and what he
// sees first.
type visit struct {
	requests map[string]int   // by kind, such as Document or Image
	bytes    map[string]int64 // as sent, heads included, by kind
	urls     []string         // of the requests, in order
	shift    float64          // how much of the page jumped: the sum of all layout shifts
	shot     []byte           // PNG of what is above the fold
}

func (v visit) total() (requests int, bytes int64) {
	for kind, n := range v.requests {
		requests += n
		bytes += v.bytes[kind]
	}
	return requests, bytes
}

func (v visit) String() string {
	requests, bytes := v.total()
	return fmt.Sprintf("%d requests, %.1f KB (html %.1f, css %.1f, script %.1f, pictures %.1f, fonts %.1f)",
		requests, float64(bytes)/1000, v.kilobytes("Document"), v.kilobytes("Stylesheet"), v.kilobytes("Script"),
		v.kilobytes("Image"), v.kilobytes("Font"))
}

func (v visit) kilobytes(kind string) float64 { return float64(v.bytes[kind]) / 1000 }

// arrived waits for the letters and for the pictures that are in sight, until
// they can be painted: a picture that is complete may still be in its coding.
const arrived = `(async () => {
	await document.fonts.ready;
	const inSight = image => { const r = image.getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0 && r.width > 0; };
	await Promise.all([...document.images].filter(inSight).map(image => image.complete ||
		new Promise(done => { image.onload = image.onerror = done; })));
	await Promise.all([...document.images].filter(inSight).map(image => image.decode().catch(() => 0)));
	await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	return 0;
})()`

// readOn reads a page to its end, a screen at a time, and returns how much of
// it has jumped so far.
const readOn = `(async () => {
	const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	for (let y = 0; y < Math.min(20000, document.documentElement.scrollHeight); y += innerHeight / 2) {
		scrollTo(0, y);
		await frame();
		await Promise.all([...document.images].map(image => {
			const r = image.getBoundingClientRect();
			return image.complete || r.top > innerHeight || r.bottom < 0 || r.width == 0 ||
				new Promise(done => { image.onload = image.onerror = done; });
		}));
	}
	await frame();
	let sum = 0;
	new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
		.observe({type: 'layout-shift', buffered: true});
	await frame();
	await frame();
	return sum;
})()`

// visitPage opens a page in a new tab of the given size and reads it to its end.
func visitPage(t *testing.T, browser context.Context, address string, width, height int64) visit {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser)
	defer closeTab()
	meter := &meter{
		kinds: map[network.RequestID]string{},
		v:     visit{requests: map[string]int{}, bytes: map[string]int64{}},
	}
	if err := chromedp.Listen(tab, meter.see); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	err := chromedp.Do(tab, chromedp.EmulateViewport(width, height), chromedp.Navigate(address))
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[int64](arrived, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatalf("wait for %s: %v", address, err)
	}
	shot, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("photograph %s: %v", address, err)
	}
	shift, err := chromedp.Run(tab, chromedp.Evaluate[float64](readOn, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("read %s: %v", address, err)
	}
	v := meter.rest(t)
	v.shot, v.shift = shot, shift
	return v
}

// A meter counts the requests of a tab.
type meter struct {
	mu    sync.Mutex
	kinds map[network.RequestID]string // of requests under way
	v     visit
}

// see is called by the browser's reader for every event, in order.
func (m *meter) see(event any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(e.Request.URL, "data:") || strings.HasPrefix(e.Request.URL, "blob:") {
			return
		}
		kind := e.Type.String()
		if e.RedirectResponse != nil {
			m.v.bytes[kind] += int64(e.RedirectResponse.EncodedDataLength)
		}
		m.kinds[e.RequestID] = kind
		m.v.requests[kind]++
		m.v.urls = append(m.v.urls, e.Request.URL)
	case *network.EventLoadingFinished:
		if kind, ok := m.kinds[e.RequestID]; ok {
			m.v.bytes[kind] += int64(e.EncodedDataLength)
			delete(m.kinds, e.RequestID)
		}
	case *network.EventLoadingFailed:
		delete(m.kinds, e.RequestID)
	}
}

// rest waits until no request is under way, and returns what was counted.
func (m *meter) rest(t *testing.T) visit {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		m.mu.Lock()
		v, waiting := m.v, len(m.kinds)
		m.mu.Unlock()
		if waiting == 0 {
			return v
		}
		select {
		case <-deadline:
			t.Fatalf("%d requests of %v have no end", waiting, v.urls)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// pixelsDiffering returns the share of pixels that two pictures do not have in
// common, and keeps both and the difference. It looks for what a visitor would
// notice: a picture in fewer bytes has other pixels, none of them far off.
func pixelsDiffering(t *testing.T, name string, a, b []byte) float64 {
	t.Helper()
	const noticeable = 32
	share, shown := differing(decode(t, a), decode(t, b), noticeable)
	keep(t, name+"-full.png", a)
	keep(t, name+"-slim.png", b)
	file, err := os.Create(filepath.Join("artefacts", name+"-difference.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, shown); err != nil {
		t.Fatal(err)
	}
	return share
}
