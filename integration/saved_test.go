package integration

import (
	"bytes"
	"fmt"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// The saved pages as a site: an index that leads to all of them, one style
// sheet, and a picture for every address of one.

// savedHost is the name that the copy of the saved pages goes by in a browser.
const savedHost = "saved.example.test"

const savedStyle = `body { margin: 0 auto; max-width: 60rem; font-family: Georgia, serif; line-height: 1.5; color: #222 }
h1, h2, h3 { color: #7a1f3d } a { color: #1f4e7a } nav ul { display: flex; flex-wrap: wrap; gap: 1rem }
pre { overflow: auto; background: #eee } table { border-collapse: collapse } td, th { border: 1px solid #999; padding: .2rem }
.sidebar, #secondary { float: right; width: 14rem } .never { color: red } .k { font-weight: bold } .c1 { color: #575 }
`

var pictureAddress = regexp.MustCompile(`/pictures/([a-z0-9-]+)\.(jpg|png|gif)`)

// startSavedPages serves the saved pages with an nginx.
func startSavedPages(t testing.TB, s *stage, all []truth) *origin {
	t.Helper()
	root := s.subfolder(t, "saved")
	var index strings.Builder
	index.WriteString(`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Saved pages</title><h1>Saved pages</h1><ul>`)
	number := 0
	for _, k := range all {
		writeFile(t, filepath.Join(root, k.name+".html"), k.page)
		fmt.Fprintf(&index, `<li><a href="/%s.html">%s</a></li>`, k.name, html.EscapeString(k.head["title"]))
		for _, address := range pictureAddress.FindAllStringSubmatch(k.page, -1) {
			number++
			writeFile(t, filepath.Join(root, address[0]), string(pictureAs(t, address[2], number)))
		}
	}
	writeFile(t, filepath.Join(root, "index.html"), index.String()+"</ul></html>")
	writeFile(t, filepath.Join(root, "style.css"), savedStyle)
	writeFile(t, filepath.Join(root, "feed.xml"), `<?xml version="1.0"?><rss version="2.0"><channel><title>Saved</title><link>/</link><description>-</description></channel></rss>`)
	return nginx(t, s, freePort(t), fmt.Sprintf("root %s; index index.html; charset utf-8; types { text/html html; text/css css; application/rss+xml xml; image/jpeg jpg; image/png png; image/gif gif; }", root))
}

func pictureAs(t testing.TB, kind string, number int) []byte {
	t.Helper()
	data := picture(number, 800, 533)
	if kind == "jpg" {
		return data
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if kind == "png" {
		err = png.Encode(&out, img)
	} else {
		err = gif.Encode(&out, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var frozenSaved struct {
	once sync.Once
	all  []truth
	url  string // of the server of the copy
}

// savedRenditions returns the saved pages and the address of a server that
// answers with their renditions. All tests share them and change nothing.
func savedRenditions(t *testing.T) ([]truth, string) {
	t.Helper()
	need(t, "the saved pages", "nginx")
	f := &frozenSaved
	f.once.Do(func() {
		all := readTruths(t)
		dir := shared.subfolder(t, "saved-copy")
		freezeWith(t, startSavedPages(t, shared, all), dir, "http://"+savedHost)
		f.url, f.all = up(t, shared, dir), all
	})
	if f.url == "" {
		t.Fatal("the saved pages could not be frozen, see the first test that needed them")
	}
	return f.all, f.url
}

// longArticle returns the paragraphs of an article of a usual length, a
// thousand words or so: sentences of saved pages, four to a paragraph.
func longArticle(t testing.TB) []string {
	t.Helper()
	from := map[string]bool{"medium-night-train": true, "substack-letter": true, "wp-classic-bread": true}
	var paragraphs []string
	for _, k := range readTruths(t) {
		if from[k.name] {
			for four := range slices.Chunk(k.sentences, 4) {
				paragraphs = append(paragraphs, strings.Join(four, " "))
			}
		}
	}
	return paragraphs
}
