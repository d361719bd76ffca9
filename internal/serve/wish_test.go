package serve

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"buzzproof/internal/coding"
	"buzzproof/internal/snapshot"
)

// lightened returns a server of the test site with renditions of its post and
// its photo. Each says in its text what it is.
func lightened(t testing.TB) *Server {
	t.Helper()
	return lightenedBy(t, Config{Log: quiet})
}

func lightenedBy(t testing.TB, c Config) *Server {
	t.Helper()
	dir := t.TempDir()
	files := append(testFiles[:len(testFiles):len(testFiles)],
		file{snapshot.Entry{URL: "/plain/?lite", File: "plain.html", Type: "text/html", Page: true}, article + "called lite"})
	m := testManifest()
	s := siteOf(t, dir, m, files, &missing)
	folder, err := snapshot.RenditionsOf(dir)
	check(t, err)
	bundles := map[string][]string{}
	put := func(url, key string, parts ...string) {
		b := &snapshot.Bundle{Key: key}
		for i := 0; i < len(parts); i += 2 {
			kind := snapshot.TypeByName(strings.TrimPrefix(parts[i], "preview"))
			if !strings.Contains(parts[i], ".") || strings.HasPrefix(parts[i], "postcard") {
				kind = "text/html; charset=utf-8"
			}
			if parts[i] == "preview.image" {
				kind = "image/jpeg"
			}
			add(t, b, parts[i], kind, parts[i+1])
		}
		check(t, folder.Put(b))
		bundles[url] = append(bundles[url], key)
	}
	put("/post/", "a1", "lite", long("lite"), "postcard", long("postcard one"), "postcard.2", long("postcard two"), "preview", long("preview"))
	put("/post/", "a2", "slim", long("slim"), "preview.image", "small")
	put("/post/", "a3", "full", article+"post")
	put("/", "b1", "slim", long("slim front"))
	put("/photo.jpg", "c1", "640.avif", "avif 640", "640.webp", "webp 640", "640.jpg", "jpeg 640", "320.jpg", "jpeg 320", "480.webp", "webp 480")
	check(t, folder.Finish(&snapshot.Making{ID: s.Manifest.ID, Bundles: bundles}))
	if !s.Attach(folder) {
		t.Fatal("no renditions")
	}
	server := New(s, c)
	t.Cleanup(server.Close)
	return server
}

func long(s string) string { return strings.Repeat("<p>This is "+s+".\n", 40) }

func add(t testing.TB, b *snapshot.Bundle, name, kind, text string) {
	t.Helper()
	coded := map[coding.Coding][]byte{coding.Identity: []byte(text)}
	if coding.Pays(kind, int64(len(text))) {
		delete(coded, coding.Identity)
		for c := range coding.Identity {
			data, err := coding.Encode([]byte(text), c, coding.Small)
			check(t, err)
			coded[c] = data
		}
	}
	b.Add(name, kind, []byte(text), coded)
}

func TestAPageIsSentAsItIsWishedFor(t *testing.T) {
	s := lightened(t)
	for _, c := range []struct{ name, target, header, want, vary string }{
		{"without a wish it is full", "/post/", "", article + "post", "Accept-Encoding, Save-Data"},
		{"who saves data gets slim", "/post/", "Save-Data: on", long("slim"), "Accept-Encoding, Save-Data"},
		{"unless he asks for more", "/post/?full", "Save-Data: on", article + "post", "Accept-Encoding"},
		{"slim", "/post/?slim", "", long("slim"), "Accept-Encoding"},
		{"lite", "/post/?lite", "", long("lite"), "Accept-Encoding"},
		{"lite with an empty value", "/post/?lite=", "", long("lite"), "Accept-Encoding"},
		{"lite among campaign parameters", "/post/?utm_source=hn&lite", "", long("lite"), "Accept-Encoding"},
		{"lite before an ampersand too many", "/?p=2&lite&", "", article + "two", ""},
		{"lite behind an ampersand too many", "/post/?&lite", "", long("lite"), "Accept-Encoding"},
		{"lite twice on a page with a query", "/?p=2&lite&lite", "", article + "two", ""},
		{"the last of two wishes", "/post/?lite&slim", "", long("slim"), "Accept-Encoding"},
		{"a wish on a page of the site's own that is called so", "/plain/?lite&full", "", article + "called lite", ""},
		{"who saves data, with something to add", "/post/", "Save-Data: on; q=1", long("slim"), "Accept-Encoding, Save-Data"},
		{"a postcard", "/post/?postcard", "", long("postcard one"), "Accept-Encoding"},
		{"its first part by number", "/post/?postcard=1", "", long("postcard one"), "Accept-Encoding"},
		{"its second part", "/post/?postcard=2", "", long("postcard two"), "Accept-Encoding"},
		{"a part that is not there is the whole text", "/post/?postcard=9", "", long("lite"), "Accept-Encoding"},
		{"a preview", "/post/?preview", "", long("preview"), "Accept-Encoding"},
		{"its picture", "/post/?preview=image", "", "small", ""},
		{"what was not made is the next heavier", "/?lite", "", long("slim front"), "Accept-Encoding"},
		{"or full", "/?p=2&lite", "", article + "two", ""},
		{"an address of the site's own wins", "/plain/?lite", "", article + "called lite", ""},
		{"a word that is no wish", "/post/?litely", "", article + "post", "Accept-Encoding, Save-Data"},
		{"a picture for who takes AVIF", "/photo.jpg?slim=640", "Accept: image/avif,image/webp,*/*", "avif 640", "Accept"},
		{"a picture for who takes WebP", "/photo.jpg?slim=640", "Accept: image/webp,*/*", "webp 640", "Accept"},
		{"a picture for everybody", "/photo.jpg?slim=640", "Accept: */*", "jpeg 640", "Accept"},
		{"a picture for who refuses WebP", "/photo.jpg?slim=640", "Accept: image/webp;q=0, image/avif; Q=0.000, */*", "jpeg 640", "Accept"},
		{"a picture for who likes WebP a little", "/photo.jpg?slim=640", "Accept: */*, Image/WebP;q=0.1", "webp 640", "Accept"},
		{"a form that only looks like WebP", "/photo.jpg?slim=640", "Accept: image/webp2, */*", "jpeg 640", "Accept"},
		{"a size that is only there in WebP", "/photo.jpg?slim=480", "Accept: */*", noise, "Accept-Encoding, Accept"},
		{"a picture in a size that is not there", "/photo.jpg?slim=999", "", noise, ""},
		{"a picture without a size", "/photo.jpg?slim", "", noise, ""},
		{"a file that is no page stays as it is", "/feed/?lite", "", strings.Repeat("<item/>", 100), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := ask(t, s, "GET", c.target, c.header)
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("%s: status %d", c.target, resp.StatusCode)
			}
			if got := bodyOf(t, resp); got != c.want {
				t.Errorf("%s: got %.60q, want %.60q", c.target, got, c.want)
			}
			if c.vary != "" {
				wantHeaders(t, resp.Header, "Vary: "+c.vary)
			}
		})
	}
}

func TestARenditionHasItsOwnTagAndNoDate(t *testing.T) {
	s := lightened(t)
	tags := map[string]string{}
	for _, target := range []string{"/post/", "/post/?slim", "/post/?lite", "/post/?postcard", "/post/?postcard=2", "/post/?preview", "/photo.jpg?slim=640"} {
		for _, accept := range []string{"identity", "br", "gzip", "zstd"} {
			resp := ask(t, s, "GET", target, "Accept-Encoding: "+accept, "Accept: "+map[bool]string{true: "image/webp", false: "*/*"}[accept == "br"])
			tag := resp.Header.Get("ETag")
			if other, taken := tags[tag]; taken && target != "/photo.jpg?slim=640" {
				t.Errorf("%s in %s has the tag of %s", target, accept, other)
			}
			tags[tag] = target
			again := ask(t, s, "GET", target, "Accept-Encoding: "+accept, "If-None-Match: "+tag, "Accept: "+map[bool]string{true: "image/webp", false: "*/*"}[accept == "br"])
			if again.StatusCode != http.StatusNotModified {
				t.Errorf("%s in %s: status %d for its own tag", target, accept, again.StatusCode)
			}
			if target != "/post/" {
				wantHeaders(t, resp.Header, "Last-Modified: ")
			}
		}
	}
}

func TestWhatWasCodedBeforehandIsSentAsItWas(t *testing.T) {
	s := lightened(t)
	resp := ask(t, s, "GET", "/post/", "Accept-Encoding: br")
	small, err := coding.Encode([]byte(article+"post"), coding.BR, coding.Small)
	check(t, err)
	if got := bodyOf(t, resp); got != string(small) {
		t.Errorf("sent %d bytes, made were %d", len(got), len(small))
	}
	wantHeaders(t, resp.Header, "Etag: "+tagOf(article+"post", "-br2"))
}

func TestAPageWithoutAPictureHasNoneInItsPreview(t *testing.T) {
	if resp := ask(t, lightened(t), "GET", "/?preview=image"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestARedirectKeepsTheWish(t *testing.T) {
	s := lightened(t)
	for _, c := range []struct{ name, target, want string }{
		{"a moved page", "/old?lite", "/post/?lite"},
		{"the short address of a page", "/?p=7&lite", "/post/?lite"},
		{"a missing slash", "/post?postcard=2", "/post/?postcard=2"},
		{"with campaign parameters", "/old?utm_source=hn&slim", "/post/?utm_source=hn&slim"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantHeaders(t, ask(t, s, "GET", c.target).Header, "Location: "+c.want)
		})
	}
}

func TestABrokenRenditionGivesWayToTheFullPage(t *testing.T) {
	dir := t.TempDir()
	s := siteOf(t, dir, testManifest(), testFiles, nil)
	folder, err := snapshot.RenditionsOf(dir)
	check(t, err)
	check(t, folder.Finish(&snapshot.Making{ID: s.Manifest.ID, Bundles: map[string][]string{"/post/": {"swept"}}}))
	b := &snapshot.Bundle{Key: "swept"}
	add(t, b, "lite", "text/html", long("lite"))
	check(t, folder.Put(b))
	s.Attach(folder)
	server := New(s, Config{Log: quiet})
	defer server.Close()
	s.Bundles("/post/") // its head is known when its bytes are lost
	files, err := filepath.Glob(filepath.Join(dir, "renditions", "sw", "*"))
	check(t, err)
	check(t, os.Truncate(files[0], 100))
	if got := bodyOf(t, ask(t, server, "GET", "/post/?lite")); got != article+"post" {
		t.Errorf("got %.60q", got)
	}
}
