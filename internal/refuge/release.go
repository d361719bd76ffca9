package refuge

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	kgzip "github.com/klauspost/compress/gzip"
)

// A release is what a machine needs to answer as the site: a folder with a
// store that has one snapshot, and the list of what is in it. It is named by
// that list, so the same site is the same release.
type release struct {
	name  string
	files []releaseFile // by path
	total int64         // bytes of the files
}

// A releaseFile is one file of a release.
type releaseFile struct {
	path   string // in the release, slash-separated
	digest string // hex SHA-256
	size   int64
	target string // of a symbolic link, which has no bytes
	open   func() (io.ReadCloser, error)
}

// indexFile is the list of what is in a release: digest, size, path.
const indexFile = "index"

// newRelease lists what goes into the release of a tree.
func newRelease(t Tree) (*release, error) {
	r := &release{}
	var err error
	if _, e := os.Lstat(filepath.Join(t.Dir, "snapshots", t.ID, "manifest.json")); e == nil {
		err = r.addStore(t)
	} else {
		err = r.addObjects(t) // a plain folder
	}
	if err != nil {
		return nil, fmt.Errorf("put the release together: %w", err)
	}
	if len(r.files) == 0 {
		return nil, errors.New("put the release together: the snapshot has no files")
	}
	slices.SortFunc(r.files, func(x, y releaseFile) int { return strings.Compare(x.path, y.path) })
	sum := sha256.Sum256(r.index())
	r.name = hex.EncodeToString(sum[:])[:16]
	for _, f := range r.files {
		r.total += f.size
	}
	return r, nil
}

// index is the list of the release, a line for each file.
func (r *release) index() []byte {
	var b bytes.Buffer
	for _, f := range r.files {
		fmt.Fprintf(&b, "%s %d %s\n", cmp.Or(f.digest, "-> "+f.target), f.size, f.path)
	}
	return b.Bytes()
}

// addStore takes a snapshot as it lies in its store, with what was made of it.
// The manifest knows the digests: nothing has to be read to compare.
func (r *release) addStore(t Tree) error {
	from := filepath.Join(t.Dir, "snapshots", t.ID)
	raw, err := os.ReadFile(filepath.Join(from, "manifest.json"))
	if err != nil {
		return err
	}
	type entry struct {
		File   string `json:"file"`
		Size   int64  `json:"size"`
		Digest string `json:"sha256"`
	}
	var m struct {
		Entries  []entry `json:"entries"`
		NotFound *entry  `json:"not_found"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("read manifest of %s: %w", t.ID, err)
	}
	if m.NotFound != nil {
		m.Entries = append(m.Entries, *m.NotFound)
	}
	within := "site/snapshots/" + t.ID + "/"
	listed := map[string]bool{}
	for _, e := range m.Entries {
		if !listed[e.File] {
			listed[e.File] = true
			r.add(within+"tree/"+e.File, e.Digest, e.Size, filepath.Join(from, "tree", filepath.FromSlash(e.File)))
		}
	}
	r.addBytes(within+"manifest.json", raw)
	r.files = append(r.files, releaseFile{path: "site/current", target: "snapshots/" + t.ID + "/tree"})
	return r.addRenditions(t)
}

// addRenditions takes what was made for the snapshot. Its files are named by
// what is in them, but for that one name they are read to know their digests.
func (r *release) addRenditions(t Tree) error {
	dir := filepath.Join(t.Dir, "renditions")
	raw, err := os.ReadFile(filepath.Join(dir, t.ID+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var made struct {
		Bundles map[string][]string `json:"bundles"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &made)
	}
	if err != nil {
		return fmt.Errorf("read what was made for %s: %w", t.ID, err)
	}
	r.addBytes("site/renditions/"+t.ID+".json", raw)
	// Who serves looks at this file's date to see that something was made.
	sum := sha256.Sum256(raw)
	r.addBytes("site/renditions/finished", []byte(hex.EncodeToString(sum[:])+"\n"))
	listed := map[string]bool{}
	for _, keys := range made.Bundles {
		for _, key := range keys {
			name := key[:min(2, len(key))] + "/" + key
			if listed[name] || !fs.ValidPath(name) {
				continue
			}
			listed[name] = true
			if err := r.addFile("site/renditions/"+name, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
	}
	return nil
}

// addFile reads a file for its digest. One that is gone was swept, and can be
// done without.
func (r *release) addFile(name, file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err == nil {
		r.add(name, hex.EncodeToString(h.Sum(nil)), n, file)
	}
	return err
}

// addObjects takes the files of a site that has no store.
func (r *release) addObjects(t Tree) error {
	listed := map[string]bool{}
	for _, o := range t.Objects {
		if o.File == "" || listed[o.File] {
			continue
		}
		if !fs.ValidPath(o.File) {
			return fmt.Errorf("%q is not the name of a file", o.File)
		}
		listed[o.File] = true
		r.files = append(r.files, releaseFile{
			path: "site/" + o.File, digest: o.Digest, size: o.Size,
			open: func() (io.ReadCloser, error) { return t.Open(o) },
		})
	}
	return nil
}

func (r *release) add(name, digest string, size int64, file string) {
	r.files = append(r.files, releaseFile{
		path: name, digest: digest, size: size, open: func() (io.ReadCloser, error) { return os.Open(file) },
	})
}

func (r *release) addBytes(name string, data []byte) {
	sum := sha256.Sum256(data)
	r.files = append(r.files, releaseFile{
		path: name, digest: hex.EncodeToString(sum[:]), size: int64(len(data)),
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	})
}

// packed writes the release as a machine unpacks it. The same release gives the
// same bytes.
func (r *release) packed(ctx context.Context, to io.Writer) error {
	return inGzip(to, func(to io.Writer) error { return r.writeTar(ctx, to, ".", nothingHeld, &meter{}) })
}

// measure returns the size and the digest of the packed release.
func (r *release) measure(ctx context.Context) (int64, string, error) {
	h, n := sha256.New(), &meter{}
	err := r.packed(ctx, io.MultiWriter(h, n))
	return n.done, hex.EncodeToString(h.Sum(nil)), err
}

// reader gives the packed release as it is made. It must be read to its end or
// closed.
func (r *release) reader(ctx context.Context) io.ReadCloser {
	in, out := io.Pipe()
	go func() { out.CloseWithError(r.packed(ctx, out)) }()
	return in
}

// inGzip packs what write writes: the line at home is slower than any processor.
func inGzip(to io.Writer, write func(io.Writer) error) error {
	z, err := kgzip.NewWriterLevel(to, kgzip.DefaultCompression)
	if err != nil {
		return err
	}
	return errors.Join(write(z), z.Close())
}

// writeTar writes the release as a tar of a folder. A file for which have
// returns a name is a hard link to that; what it calls "." is left out.
func (r *release) writeTar(ctx context.Context, to io.Writer, folder string, have func(releaseFile) string, m *meter) error {
	w := tar.NewWriter(to)
	for _, f := range r.files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		head := &tar.Header{Name: path.Join(folder, f.path), Mode: 0o644, Format: tar.FormatGNU}
		switch held := have(f); {
		case held == ".":
		case f.target != "":
			head.Typeflag, head.Linkname, head.Mode = tar.TypeSymlink, f.target, 0o777
			err = w.WriteHeader(head)
		case held != "":
			head.Typeflag, head.Linkname = tar.TypeLink, held
			err = w.WriteHeader(head)
		default:
			head.Typeflag, head.Size = tar.TypeReg, f.size
			err = f.write(w, head)
			m.add(f.size)
		}
		if err != nil {
			return fmt.Errorf("send %s: %w", f.path, err)
		}
	}
	index := r.index()
	err := w.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: path.Join(folder, indexFile), Size: int64(len(index)), Mode: 0o644, Format: tar.FormatGNU,
	})
	if err == nil {
		_, err = w.Write(index)
	}
	return errors.Join(err, w.Close())
}

// write writes a file and makes sure that it is what the list says.
func (f *releaseFile) write(w *tar.Writer, head *tar.Header) error {
	in, err := f.open()
	if err != nil {
		return err
	}
	defer in.Close()
	if err := w.WriteHeader(head); err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, h), in); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != f.digest {
		return fmt.Errorf("%w: its digest is %s, not %s", errDamaged, got, f.digest)
	}
	return nil
}

var errDamaged = errors.New("the snapshot is damaged")

// nothingHeld is for a machine that has nothing yet.
func nothingHeld(releaseFile) string { return "" }
