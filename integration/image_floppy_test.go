package integration

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// screenText is what stands on the emulated screen.
const screenText = `window.machine ? machine.screen_adapter.get_text_screen().join("\n") : ""`

func onScreen(ctx context.Context, text string) func() bool {
	return func() bool {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](screenText))
		return err == nil && strings.Contains(got, text)
	}
}

func TestTheFloppyBootsInABrowser(t *testing.T) {
	need(t, "the floppy in a browser", filepath.Join(v86Folder(), "LICENSE"), "/usr/share/seabios/bios.bin")
	web := t.TempDir()
	cmd := exec.Command(buzzproof(t), "image", "--resume", sampleResume(t), "--v86", v86Folder(), "--web", web)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("buzzproof image: %v\n%s", err, out)
	}
	site := httptest.NewServer(http.FileServer(http.Dir(web)))
	defer site.Close()
	browser := openBrowser(t, "floppy.test", strings.TrimPrefix(site.URL, "http://"))
	if err := chromedp.Do(browser, chromedp.EmulateViewport(1000, 900), chromedp.Navigate(site.URL+"/resume/")); err != nil {
		t.Fatal(err)
	}
	expectNone(t, "accessibility of the résumé", axe(t, browser, site.URL+"/resume/"), func(v violation) string { return v.ID })
	expectReadInPrint(t, browser)
	loads := `performance.getEntriesByType("resource").filter(e => /v86|bios|floppy/.test(e.name)).length`
	if before, err := chromedp.Run(browser, chromedp.Evaluate[int64](loads)); err != nil || before != 0 {
		t.Errorf("%d parts of the emulator are loaded before a click: %v", before, err)
	}
	if _, err := chromedp.Run(browser, chromedp.Evaluate[bool](`document.getElementById("boot").click(), true`)); err != nil {
		t.Fatal(err)
	}
	until(t, 2*time.Minute, "the first page", onScreen(browser, "page 1 of"))
	if err := chromedp.Do(browser, chromedp.KeyEvent(kb.PageDown)); err != nil {
		t.Fatal(err)
	}
	until(t, time.Minute, "the second page", onScreen(browser, "page 2 of"))
	shot, err := chromedp.Run(browser, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "floppy-browser.png", shot)
	expectClickLoads(t, web, 650_000)
}

// expectReadInPrint prints the page that the browser shows on A4 and reads the
// paper: all words that stand in its entries, and none of those for screens.
func expectReadInPrint(t *testing.T, browser context.Context) {
	t.Helper()
	need(t, "the résumé in print", "pdftotext")
	words, err := chromedp.Run(browser, chromedp.Evaluate[string](`document.querySelector("header").innerText + " " + document.querySelector("main").innerText`))
	if err != nil {
		t.Fatal(err)
	}
	paper := filepath.Join(t.TempDir(), "resume.pdf")
	writeFile(t, paper, string(printed(t, browser)))
	text := string(run(t, exec.Command("pdftotext", paper, "-")))
	if pages := strings.Count(text, "\f"); pages > 3 || strings.Contains(text, "Boot it here") {
		t.Errorf("the paper has %d pages:\n%s", pages, text)
	}
	for _, word := range strings.Fields(words) {
		if !strings.Contains(text, word) {
			t.Errorf("the paper lacks %q", word)
		}
	}
}

// expectClickLoads adds up what a click fetches, as gzip packs it.
func expectClickLoads(t *testing.T, web string, most int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(web, "resume", "boot-*", "*")) // the pattern is well formed
	if err != nil || len(files) == 0 {
		t.Fatal("nothing to boot", err)
	}
	sum := 0
	for _, file := range files {
		if name := filepath.Base(file); name != "LICENSE" && name != "NOTICE.txt" {
			sum += len(run(t, exec.Command("gzip", "-6", "-c", file)))
		}
	}
	t.Logf("bar: floppy  a click loads %d bytes, at most %d", sum, most)
	if sum > most {
		t.Errorf("a click loads %d bytes", sum)
	}
}
