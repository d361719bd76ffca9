package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"buzzproof/internal/lighten"
	"buzzproof/internal/serve"
	"buzzproof/internal/snapshot"
)

// showInBrowser serves the snapshot on a free port of this machine and lets a
// browser show the page from there.
func (p *Program) showInBrowser(ctx context.Context, s *snapshot.Snapshot, e *snapshot.Entry, o *showOptions) error {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	server := serve.New(s, serve.Config{Memory: 64 << 20, Log: slog.New(slog.DiscardHandler)})
	g := newGroup(ctx)
	g.goes(func(ctx context.Context) error { return server.Run(ctx, l, nil) })
	address := showAddress(l, e, o)
	if o.screenshot == "" {
		p.talk("%s\nCtrl-C ends it", address)
		if err := openBrowser(ctx, address); err != nil {
			p.talk("no browser was started (%v): open the address yourself", err)
		}
		return g.wait()
	}
	err = screenshot(ctx, address, o.screenshot)
	g.fail(err)
	return g.wait()
}

// showAddress is where the page is served in the rendition that is wanted.
func showAddress(l net.Listener, e *snapshot.Entry, o *showOptions) string {
	address := "http://" + l.Addr().String() + e.URL
	ask := o.as
	switch {
	case ask == "":
		return address
	case ask == lighten.Postcard && o.part > 1:
		ask = fmt.Sprintf("%s=%d", ask, o.part)
	}
	if strings.Contains(e.URL, "?") {
		return address + "&" + ask
	}
	return address + "?" + ask
}

func openBrowser(ctx context.Context, address string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	return exec.CommandContext(ctx, opener, address).Run()
}

// chromiums are the names under which the browser is installed.
var chromiums = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// screenshot draws the first screen of a page. The picture is written under
// another name first: half a picture is none.
func screenshot(ctx context.Context, address, file string) error {
	browser := ""
	for _, name := range chromiums {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		return errors.New("--screenshot needs Chromium, which is not installed\ntry: apt install chromium, or --open")
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".buzzproof-")
	if err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	drawn := filepath.Join(dir, "page.png")
	arguments := []string{
		"--headless", "--hide-scrollbars", "--window-size=1366,768", "--virtual-time-budget=5000",
		"--user-data-dir=" + filepath.Join(dir, "profile"), "--screenshot=" + drawn, address,
	}
	if os.Geteuid() == 0 {
		arguments = append([]string{"--no-sandbox"}, arguments...) // it refuses to run as root otherwise
	}
	if out, err := exec.CommandContext(ctx, browser, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("screenshot: %s: %w\n%.300s", browser, err, out)
	}
	if err := os.Rename(drawn, file); err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	return nil
}
