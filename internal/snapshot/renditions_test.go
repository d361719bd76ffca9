package snapshot

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/coding"
)

// bundled puts a bundle with a lite page in two codings and returns its text.
func bundled(t *testing.T, r *Renditions, key string) string {
	t.Helper()
	text := strings.Repeat("<p>The whole text of "+key+".", 40)
	coded := map[coding.Coding][]byte{}
	for _, c := range []coding.Coding{coding.BR, coding.Gzip} {
		data, err := coding.Encode([]byte(text), c, coding.Small)
		if err != nil {
			t.Fatal(err)
		}
		coded[c] = data
	}
	b := &Bundle{Key: key, Needs: map[string]string{"/style.css": "abc", "/gone": ""}, Notices: []string{"a notice"}}
	b.Add("lite", "text/html", []byte(text), coded)
	b.Add("480.jpg", "image/jpeg", []byte("a picture"), map[coding.Coding][]byte{coding.Identity: []byte("a picture")})
	if err := r.Put(b); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestABundleIsReadBackAsItWasPut(t *testing.T) {
	r := &Renditions{t.TempDir()}
	text := bundled(t, r, "aabb")
	b, err := r.Bundle("aabb")
	if err != nil {
		t.Fatal(err)
	}
	if b.Needs["/style.css"] != "abc" || b.Notices[0] != "a notice" || b.Part("none") != nil {
		t.Errorf("read back %+v", b)
	}
	lite := b.Part("lite")
	if plain, err := b.Plain(lite); err != nil || string(plain) != text {
		t.Errorf("plain has %d bytes, %v; want %d", len(plain), err, len(text))
	}
	br, err := b.Read(lite, coding.BR)
	if err != nil || int64(len(br)) != lite.Smallest() {
		t.Errorf("br has %d bytes, %v; the smallest has %d", len(br), err, lite.Smallest())
	}
	if _, err := b.Read(lite, coding.Zstd); err == nil {
		t.Error("read in a coding that was not made")
	}
	if plain, err := b.Plain(b.Part("480.jpg")); err != nil || string(plain) != "a picture" {
		t.Errorf("the picture is %q, %v", plain, err)
	}
}

func TestABundleGoesWholeFromOneFolderToAnother(t *testing.T) {
	from, to := &Renditions{t.TempDir()}, &Renditions{t.TempDir()}
	text := bundled(t, from, "aabb")
	b, err := from.Bundle("aabb")
	if err == nil {
		err = to.Put(b)
	}
	if err == nil {
		b, err = to.Bundle("aabb")
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"lite": text, "480.jpg": "a picture"} {
		if plain, err := b.Plain(b.Part(name)); err != nil || string(plain) != want {
			t.Errorf("%s has %d bytes, %v; want %d", name, len(plain), err, len(want))
		}
	}
}

func TestABrokenBundleIsNeverSent(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(data []byte) []byte
	}{
		{"a byte of a part differs", func(d []byte) []byte { d[len(d)-3] ^= 1; return d }},
		{"the end is missing", func(d []byte) []byte { return d[:len(d)-4] }},
		{"the head is cut off", func(d []byte) []byte { return d[:20] }},
		{"nothing is there", func([]byte) []byte { return nil }},
		{"another version made it", func(d []byte) []byte { return bytes.Replace(d, []byte(`"schema":1`), []byte(`"schema":7`), 1) }},
		{"it is another's", func(d []byte) []byte { return bytes.Replace(d, []byte("aabb"), []byte("aabc"), 1) }},
		{"an offset is below zero", func(d []byte) []byte { return bytes.Replace(d, []byte(`"offset":0`), []byte(`"offset":-9`), 1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Renditions{t.TempDir()}
			bundled(t, r, "aabb")
			data, err := os.ReadFile(r.bundleFile("aabb"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(r.bundleFile("aabb"), c.spoil(data), 0o644); err != nil {
				t.Fatal(err)
			}
			b, err := r.Bundle("aabb")
			if err != nil {
				return // refused as a whole
			}
			for i := range b.Parts {
				for c := range coding.Count {
					if _, made := b.Parts[i].In(c); !made {
						continue
					}
					if _, err = b.Read(&b.Parts[i], c); err != nil {
						return
					}
				}
			}
			t.Error("every part of it could be read")
		})
	}
}

func TestSnapshotsFindWhatWasMadeForThem(t *testing.T) {
	b := newBench(t)
	m, _ := b.commit(t, "index.html", "hello")
	r, err := RenditionsOf(b.Dir())
	if err != nil {
		t.Fatal(err)
	}
	before, err := Fingerprint(b.Dir())
	if err != nil {
		t.Fatal(err)
	}
	text := bundled(t, r, "aabb")
	if err := r.Finish(&Making{ID: m.ID, Bundles: map[string][]string{"/index.html": {"nosuch", "aabb"}}}); err != nil {
		t.Fatal(err)
	}
	if after, err := Fingerprint(b.Dir()); err != nil || after == before {
		t.Errorf("the fingerprint stays %s, %v", after, err)
	}
	s, err := Open(b.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, part := s.Made("/index.html", "lite"); part != nil {
		t.Error("found before it was attached")
	}
	if !s.Attach(r) {
		t.Fatal("nothing was made")
	}
	bundle, part := s.Made("/index.html", "lite")
	if part == nil {
		t.Fatal("the lite page is not found")
	}
	if plain, err := bundle.Plain(part); err != nil || string(plain) != text {
		t.Errorf("it holds %q, %v", plain, err)
	}
	if _, part := s.Made("/other", "lite"); part != nil {
		t.Error("another page has it too")
	}
}

func TestSweepKeepsWhatASnapshotNeedsAndWhatIsNew(t *testing.T) {
	r := &Renditions{t.TempDir()}
	for _, key := range []string{"aabb", "aacc", "ddee"} {
		bundled(t, r, key)
	}
	if err := r.Finish(&Making{ID: "one", Bundles: map[string][]string{"/": {"aabb"}}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(&Making{ID: "two", Bundles: map[string][]string{"/": {"aacc"}}}); err != nil {
		t.Fatal(err)
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	err := filepath.WalkDir(r.dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() != "ddee" {
			err = os.Chtimes(name, yesterday, yesterday)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Sweep([]string{"one", "never made"}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"aabb": true, "aacc": false, "ddee": true} {
		if _, err := r.Bundle(key); (err == nil) != want {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := r.Making("one"); err != nil {
		t.Error(err)
	}
	if _, err := r.Making("two"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was made for the other is still there: %v", err)
	}
}

func TestSweepOfNothingIsNoError(t *testing.T) {
	if err := (&Renditions{filepath.Join(t.TempDir(), "none")}).Sweep(nil); err != nil {
		t.Error(err)
	}
}

// FuzzBundle reads whatever lies where a bundle should: it must refuse it or
// give parts that are what their digests say.
func FuzzBundle(f *testing.F) {
	b := &Bundle{Key: "aabb"}
	b.Add("lite", "text/html", []byte("some words"), map[coding.Coding][]byte{coding.Identity: []byte("some words")})
	good, err := b.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"schema":1,"key":"aabb","parts":[{"name":"x","size":9223372036854775807,"codings":[{"coding":"br","offset":1,"size":9223372036854775807}]}]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &Renditions{t.TempDir()}
		if err := writeWhole(r.bundleFile("aabb"), data); err != nil {
			t.Fatal(err)
		}
		b, err := r.Bundle("aabb")
		if err != nil {
			return
		}
		for i := range b.Parts {
			p := &b.Parts[i]
			plain, err := b.Plain(p)
			if err == nil && int64(len(plain)) != p.Size {
				t.Errorf("%s has %d bytes instead of %d", p.Name, len(plain), p.Size)
			}
		}
	})
}

// Else it would never be made again.
func TestABundleThatWasCutOffIsNotThere(t *testing.T) {
	r := &Renditions{t.TempDir()}
	bundled(t, r, "aabb")
	info, err := os.Stat(r.bundleFile("aabb"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(r.bundleFile("aabb"), info.Size()-1); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Bundle("aabb"); err == nil {
		t.Error("it is read as if it were whole")
	}
}
