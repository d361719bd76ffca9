package sample

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// built is when the assets were last changed, as far as they are concerned.
var built = time.Date(2016, 9, 1, 6, 0, 0, 0, time.UTC)

// mediaTypes are written down because the system's own table differs from one
// machine to the next.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".ico": "image/x-icon",
	".ttf": "font/ttf", ".webmanifest": "application/manifest+json",
}

// An asset is a file that the web server sends without asking the CMS. Drawing
// one can take a tenth of a second, so it waits until somebody wants it.
type asset struct {
	kind string
	body func() []byte
	etag func() string
}

func newAsset(name string, body func() []byte) asset {
	body = sync.OnceValue(body)
	return asset{mediaTypes[path.Ext(name)], body, sync.OnceValue(func() string {
		sum := sha256.Sum256(body())
		return `"` + hex.EncodeToString(sum[:10]) + `"`
	})}
}

func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("ETag", a.etag())
	http.ServeContent(w, r, "", built, bytes.NewReader(a.body()))
}

// assets are the same for every blog, so they are drawn once for all of them.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	for _, dir := range []string{"theme", "static"} {
		addFiles(all, dir)
	}
	for name, draw := range drawings() {
		all[name] = newAsset(name, draw)
	}
	return all
})

// addFiles adds the embedded files of a folder: the theme's under /assets/,
// the static ones at the root. Letters are not for visitors.
func addFiles(all map[string]asset, dir string) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		panic(err) // the folder is embedded
	}
	prefix := map[string]string{"theme": "/assets/", "static": "/"}[dir]
	for _, e := range entries {
		if path.Ext(e.Name()) == ".txt" {
			continue
		}
		name := prefix + e.Name()
		all[name] = newAsset(name, func() []byte {
			text, err := files.ReadFile(dir + "/" + e.Name())
			if err != nil {
				panic(err)
			}
			return text
		})
	}
}

func (b *blog) addAssets() {
	for name, a := range assets() {
		b.routes[name] = route{get: a.ServeHTTP}
	}
}

// widths are those in which every photograph is kept; all are twice as wide
// as they are high.
var widths = []int{480, 800, 1200}

// mediaPath is the decoded path of a photograph.
func mediaPath(name string, width int) string {
	return "/media/" + name + "-" + itoa(width) + ".jpg"
}

// srcset lists a photograph's widths one to a line, as many themes do and many
// mirroring tools misread.
func srcset(prefix, name string) string {
	var lines []string
	for _, width := range widths {
		lines = append(lines, prefix+escape(mediaPath(name, width))+" "+itoa(width)+"w")
	}
	return strings.Join(lines, ",\n\t\t")
}
