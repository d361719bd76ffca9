package lighten

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"buzzproof/internal/snapshot"
	"buzzproof/internal/words"
)

var siteStyle = `body{color:#333;--accent-color:#c0392b}p{margin:1em}` + strings.Repeat(`.unused{color:red}`, 20)

// aSite is a small blog: files by name.
func aSite() map[string]string {
	post := func(title, more string) string {
		text := strings.Repeat("<p>The line fell silent, and nobody knew why it had. Somebody looked at the lamps. </p>", 12)
		return `<!DOCTYPE html><html lang=en><head><title>` + title + `</title><link rel=stylesheet href=/style.css></head><body>` +
			`<header><nav><a href=/>Home</a> <a href=/two/>Two</a></nav></header><main><article><h1>` + title + `</h1>` + text + more +
			`</article></main><footer>All rights are wrong.</footer></body></html>`
	}
	return map[string]string{
		"index.html":     post("An evening", `<p><img src=/photo.png alt="The lamps at night">`),
		"two/index.html": post("Another evening", `<p><img src=/photo.png></p><p>Only here: a second thought.</p>`),
		"style.css":      siteStyle,
		"photo.png":      photo(),
		"app/index.html": `<!DOCTYPE html><title>An app</title><div id=root></div><script>document.getElementById("root").append("x")</script>`,
	}
}

func photo() string {
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for y := range 400 {
		for x := range 600 {
			m.Set(x, y, color.RGBA{uint8(x * y >> 8), uint8(x >> 2), uint8(y >> 1), 255})
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.String()
}

// commit makes files the current snapshot of the store in dir.
func commit(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	contents := t.TempDir()
	m := &snapshot.Manifest{Public: "https://blog.example/"}
	for name, text := range files {
		sum := sha256.Sum256([]byte(text))
		e := snapshot.Entry{
			URL: "/" + strings.TrimSuffix(name, "index.html"), File: name, Type: snapshot.TypeByName(name),
			Size: int64(len(text)), Digest: hex.EncodeToString(sum[:]), Page: strings.HasSuffix(name, ".html"),
		}
		check(t, os.WriteFile(filepath.Join(contents, e.Digest), []byte(text), 0o644))
		m.Entries = append(m.Entries, e)
	}
	store, err := snapshot.OpenStore(dir)
	check(t, err)
	defer store.Close()
	_, err = store.Commit(m, func(e *snapshot.Entry) (string, error) { return filepath.Join(contents, e.Digest), nil }, nil)
	check(t, err)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run lightens what is current in dir and returns it with its renditions.
func run(t *testing.T, dir string, c Config) (*Report, *snapshot.Snapshot) {
	t.Helper()
	l, s, folder := prepare(t, dir, c)
	report, err := l.Run(t.Context())
	check(t, err)
	if !s.Attach(folder) {
		t.Fatal("no renditions")
	}
	return report, s
}

func prepare(t testing.TB, dir string, c Config) (*Lightener, *snapshot.Snapshot, *snapshot.Renditions) {
	t.Helper()
	var err error
	c.Words, err = words.Load("")
	check(t, err)
	s, err := snapshot.Open(dir)
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	folder, err := snapshot.RenditionsOf(dir)
	check(t, err)
	l, err := New(s, folder, c)
	check(t, err)
	return l, s, folder
}

func textOf(t *testing.T, s *snapshot.Snapshot, url, name string) string {
	t.Helper()
	b, part := s.Made(url, name)
	if part == nil {
		t.Fatalf("%s has no %s", url, name)
	}
	data, err := b.Plain(part)
	check(t, err)
	return string(data)
}

func TestEveryPageGetsItsRenditions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	commit(t, dir, aSite())
	report, s := run(t, dir, Config{})
	if report.Pages != 3 || report.Light != 2 || report.Slimmed != 2 {
		t.Errorf("%d pages, %d lite, %d slim", report.Pages, report.Light, report.Slimmed)
	}
	if !(report.Full > report.Slim && report.Slim > report.Lite && report.Lite > report.Median && report.Median > 0) {
		t.Errorf("full %d, slim %d, lite %d, median %d", report.Full, report.Slim, report.Lite, report.Median)
	}
	for name, want := range map[string]string{
		Lite: "a second thought", Postcard: "a second thought", Preview: "og:title", Slim: "?slim=",
	} {
		if text := textOf(t, s, "/two/", name); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %.300s", name, want, text)
		}
	}
	if text := textOf(t, s, "/two/", Lite); strings.Contains(text, "rights are wrong") || !strings.Contains(text, "a,h1{color:#c0392b}") {
		t.Errorf("lite has the words of the footer, or another colour: %s", text)
	}
	if text := textOf(t, s, "/two/", Slim); strings.Contains(text, "unused") || !strings.Contains(text, "margin:1em") {
		t.Errorf("slim: %s", text)
	}
	if image := textOf(t, s, "/", PreviewImage); len(image) > previewMost {
		t.Errorf("the preview's picture has %d bytes", len(image))
	}
	if _, full := s.Made("/style.css", Full); full == nil {
		t.Error("the style sheet was not coded")
	}
	if got := fmt.Sprint(report.Notices); !strings.Contains(got, "{/two/ the picture photo.png has no alternative text}") || !strings.Contains(got, "{/app/ no slim page") {
		t.Errorf("notices: %v", got)
	}
}

func TestAPlainFolderThatSaysNoNameIsLightenedAllTheSame(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	for name, text := range aSite() {
		check(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	_, s := run(t, dir, Config{})
	for name, want := range map[string]string{Lite: "href=/two/", Preview: "og:image", Slim: "/photo.png?slim="} {
		text := textOf(t, s, "/two/", name)
		if !strings.Contains(text, want) || strings.Contains(text, nobody) {
			t.Errorf("%s should say %q and not %s: %.600s", name, want, nobody, text)
		}
	}
	if b, _ := s.Made("/two/", Lite); b.Figures["images"] == 0 {
		t.Errorf("the page's picture weighs nothing: %v", b.Figures)
	}
}

func TestASecondRunMakesWhatChanged(t *testing.T) {
	first := filepath.Join(t.TempDir(), "copy")
	files := aSite()
	delete(files, "app/index.html")
	commit(t, first, files)
	run(t, first, Config{})
	for _, c := range []struct {
		name   string
		change func(files map[string]string)
		min    int // bundles that must be made anew
		max    int
	}{
		{"nothing", func(map[string]string) {}, 0, 0},
		{"one page", func(f map[string]string) { f["index.html"] += "<!-- x -->" }, 3, 3},
		{"a style sheet all pages draw on", func(f map[string]string) { f["style.css"] += "p{padding:0}" }, 5, 5},
		{"a picture", func(f map[string]string) { f["photo.png"] += " " }, 4, 4},
		{"a new page", func(f map[string]string) { f["new.html"] = f["index.html"] + "<!-- new -->" }, 3, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "copy")
			check(t, os.CopyFS(dir, os.DirFS(first)))
			files := maps.Clone(files)
			c.change(files)
			commit(t, dir, files)
			report, _ := run(t, dir, Config{})
			if report.Made < c.min || report.Made > c.max {
				t.Errorf("made %d bundles, want %d to %d; reused %d", report.Made, c.min, c.max, report.Reused)
			}
		})
	}
}

func TestAnInterruptedRunGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	commit(t, dir, aSite())
	l, s, folder := prepare(t, dir, Config{Jobs: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cut := l.textStage()
	making := cut.make
	made := 0
	cut.make = func(ctx context.Context, e *snapshot.Entry, b *snapshot.Bundle) error {
		if made++; made == 3 {
			cancel()
			return ctx.Err()
		}
		return making(ctx, e, b)
	}
	if err := l.all(ctx, cut); !errors.Is(err, context.Canceled) {
		t.Fatalf("the run ended with %v", err)
	}
	if s.Attach(folder) {
		t.Error("half of the renditions are taken for all")
	}
	if report, _ := run(t, dir, Config{}); report.Reused != 2 {
		t.Errorf("reused %d bundles, want 2", report.Reused)
	}
}

func TestDamagedRenditionsAreMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	commit(t, dir, aSite())
	first, _ := run(t, dir, Config{})
	damaged := 0
	check(t, filepath.WalkDir(filepath.Join(dir, "renditions"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && len(d.Name()) == 32 {
			damaged++
			err = os.WriteFile(name, []byte("{"), 0o644)
		}
		return err
	}))
	again, s := run(t, dir, Config{})
	if again.Made != first.Made || damaged < first.Made {
		t.Errorf("made %d of %d anew, %d were damaged", again.Made, first.Made, damaged)
	}
	textOf(t, s, "/", Lite)
}

func TestFullTextsAreMinifiedOnlyOnRequest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	files := aSite()
	files["style.css"] = "/* a note */\n" + strings.Repeat("p {\n  margin : 1em ;\n}\n", 20)
	commit(t, dir, files)
	_, plain := run(t, dir, Config{})
	if text := textOf(t, plain, "/style.css", Full); text != files["style.css"] {
		t.Errorf("the style sheet became %.100q", text)
	}
	_, short := run(t, dir, Config{Minify: true})
	if text := textOf(t, short, "/style.css", Full); strings.Contains(text, "note") || !strings.Contains(text, "p{margin:1em}") {
		t.Errorf("the style sheet became %.100q", text)
	}
}

func TestTheRoomIsNeverOverfull(t *testing.T) {
	r := newRoom(100)
	r.take(60)
	r.take(40)
	entered := make(chan bool)
	go func() {
		r.take(1000) // more than there is: the whole room
		close(entered)
	}()
	r.give(40)
	select {
	case <-entered:
		t.Fatal("the room was not empty")
	default:
	}
	r.give(60)
	<-entered
	if r.free != 0 {
		t.Errorf("%d are free", r.free)
	}
}

func TestAPageThatMakesUsStumbleDoesNotTakeTheOthersWithIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	commit(t, dir, aSite())
	l, _, _ := prepare(t, dir, Config{})
	s := l.textStage()
	making := s.make
	s.make = func(ctx context.Context, e *snapshot.Entry, b *snapshot.Bundle) error {
		if e.URL == "/two/" {
			panic("out of range")
		}
		return making(ctx, e, b)
	}
	check(t, l.all(t.Context(), s))
	if got := fmt.Sprint(l.report.Notices); l.report.Pages != 2 || !strings.Contains(got, "/two/ text: a mistake of buzzproof") {
		t.Errorf("%d pages, notices %v", l.report.Pages, got)
	}
}

func TestPagesThatCannotBeLightenedAreNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	files := aSite()
	files["huge.html"] = "<p>" + strings.Repeat("word ", 1<<20)
	commit(t, dir, files)
	report, s := run(t, dir, Config{})
	if got := fmt.Sprint(report.Notices); !strings.Contains(got, "{/huge.html no renditions: 5 MB") {
		t.Errorf("notices %v", got)
	}
	if _, full := s.Made("/huge.html", Full); full == nil {
		t.Error("it was not coded")
	}
}
