package integration

import (
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A browser offers two keys and takes the one the server chooses. A full
// handshake takes the post-quantum one, a slim one the small one, and neither
// costs the browser another round trip or a word of complaint.
func TestARealBrowserTakesEitherHandshake(t *testing.T) {
	need(t, "the handshake with a browser", "chromium")
	s := newStage(t)
	dir := s.subfolder(t, "site")
	writeFile(t, filepath.Join(dir, "index.html"), "<!DOCTYPE html><html lang=en><title>Handshake</title><p>Good evening.</p>")
	for handshake, group := range map[string]string{"full": "X25519MLKEM768", "slim": "X25519"} {
		t.Run(handshake, func(t *testing.T) {
			address := upAt(t, s, dir, "127.0.0.1:0", "--tls", "internal", "--state", s.subfolder(t, "state"), "--handshake", handshake)
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			tab := openBrowser(t, "handshake.example.test", u.Host)
			var mu sync.Mutex
			var spoken []string
			err = chromedp.Listen(tab, func(e any) {
				r, ok := e.(*network.EventResponseReceived)
				if !ok || r.Type != network.ResourceTypeDocument || r.Response.SecurityDetails == nil {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				spoken = append(spoken, r.Response.Protocol+" "+r.Response.SecurityDetails.Protocol+" "+r.Response.SecurityDetails.KeyExchangeGroup)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := chromedp.Do(tab, chromedp.Navigate(address+"/")); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if want := "h2 TLS 1.3 " + group; strings.Join(spoken, ", ") != want {
				t.Errorf("spoken was %q, want %q", spoken, want)
			}
		})
	}
}
