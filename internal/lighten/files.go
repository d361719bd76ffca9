package lighten

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// largestRead bounds what is read into memory as one file: bigger pictures and
// texts stay as they are.
const largestRead = 48 << 20

// nobody is the host of a site that does not say its name, as a plain folder
// may not (RFC 2606 section 2): references need some host to be followed.
const nobody = "site.invalid"

// publicOf returns the public URL of a site.
func publicOf(s *snapshot.Snapshot) (*url.URL, error) {
	public, err := url.Parse(s.Manifest.Public)
	if err == nil && public.Host == "" {
		public = &url.URL{Scheme: "https", Host: nobody, Path: "/"}
	}
	return public, err
}

// unnamed takes the host of nobody out of a text: what is left are addresses
// on whichever host the text comes from.
func unnamed(text []byte) []byte { return bytes.ReplaceAll(text, []byte("https://"+nobody), nil) }

// frozen finds the files of a snapshot.
type frozen struct {
	*snapshot.Snapshot
	public *url.URL
}

// Find implements Files. Whether a page says http or https of its own site
// makes no difference to what it means.
func (f *frozen) Find(u *url.URL) (site.File, bool) {
	if u == nil || u.Host != "" && !strings.EqualFold(u.Host, f.public.Host) {
		return site.File{}, false
	}
	key := site.Key(u)
	for range 5 { // as many redirects as a browser would follow for a picture without complaint
		a := f.Snapshot.Find(key)
		switch {
		case a.Status == http.StatusOK:
			e := a.Entry
			return site.File{URL: e.URL, Type: e.Type, Size: e.Size, Digest: e.Digest, Page: e.Page}, true
		case a.To == "" || !strings.HasPrefix(a.To, "/"):
			return site.File{}, false
		}
		to, err := url.Parse(a.To)
		if err != nil {
			return site.File{}, false
		}
		key = site.Key(to)
	}
	return site.File{}, false
}

// Read implements Files.
func (f *frozen) Read(file site.File) ([]byte, error) {
	a := f.Snapshot.Find(file.URL)
	if a.Entry == nil || a.Entry.Digest != file.Digest {
		return nil, fmt.Errorf("read %s: not in the snapshot", file.URL)
	}
	return f.read(a.Entry)
}

func (f *frozen) read(e *snapshot.Entry) ([]byte, error) {
	if e.Size > largestRead {
		return nil, fmt.Errorf("read %s: %d bytes are more than %d", e.File, e.Size, int64(largestRead))
	}
	in, err := f.File(e)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data := make([]byte, e.Size)
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.File, err)
	}
	return data, nil
}

// A witness notes what was looked at, so that a later snapshot can tell
// whether the same would be made again.
type witness struct {
	site.Files
	mu    sync.Mutex
	needs map[string]string // digest by key, "" for what is not there
}

func newWitness(f site.Files) *witness { return &witness{Files: f, needs: map[string]string{}} }

// Find implements Files.
func (w *witness) Find(u *url.URL) (site.File, bool) {
	file, ok := w.Files.Find(u)
	if u != nil && (ok || u.Host == "") {
		w.mu.Lock()
		w.needs[site.Key(u)] = file.Digest
		w.mu.Unlock()
	}
	return file, ok
}

// stillTrue reports whether everything that was looked at is as it was.
func stillTrue(needs map[string]string, f site.Files) bool {
	for key, digest := range needs {
		u, err := url.Parse(key)
		if err != nil {
			return false
		}
		if now, _ := f.Find(u); now.Digest != digest {
			return false
		}
	}
	return true
}
