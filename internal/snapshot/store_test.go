package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A bench is a store with a place to put contents.
type bench struct {
	*Store
	contents string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	s, err := OpenStore(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &bench{s, t.TempDir()}
}

// commit makes a site of files current; each is named before its text.
func (b *bench) commit(t *testing.T, files ...string) (m *Manifest, changed bool) {
	t.Helper()
	m = &Manifest{Public: "https://me.example/"}
	for i := 0; i < len(files); i += 2 {
		sum := sha256.Sum256([]byte(files[i+1]))
		digest := hex.EncodeToString(sum[:])
		b.write(t, filepath.Join(b.contents, digest), files[i+1])
		m.Entries = append(m.Entries, Entry{URL: "/" + files[i], File: files[i], Type: "text/plain", Size: int64(len(files[i+1])), Digest: digest})
	}
	changed, err := b.Commit(m, func(e *Entry) (string, error) { return filepath.Join(b.contents, e.Digest), nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m, changed
}

// write makes a file unless it is there, as the contents of a draft are.
func (b *bench) write(t *testing.T, name, text string) {
	t.Helper()
	if _, err := os.Stat(name); err == nil {
		return
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) mustHold(t *testing.T, id, file, want string) {
	t.Helper()
	s, err := Open(b.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Manifest.ID != id {
		t.Errorf("the current snapshot is %.12s, want %.12s", s.Manifest.ID, id)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if raw, err := os.ReadFile(filepath.Join(b.Dir(), "current", file)); err != nil || string(raw) != want {
		t.Errorf("%s is %q (%v), want %q", file, raw, err, want)
	}
	if _, err := readManifest(filepath.Join(b.Dir(), "manifest.json")); err != nil {
		t.Error(err)
	}
}

func TestOpenStoreRefusesForeignFolders(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		ok    bool
	}{
		{"an empty folder is taken", nil, true},
		{"a store is taken", []string{"lock", "snapshots/x/tree/a", "freeze.log", "draft/x"}, true},
		{"a fresh disk is taken", []string{"lost+found/x", "lock"}, true},
		{"a person's files are not", []string{"letter.txt"}, false},
		{"a person's files beside a store are not", []string{"lock", "snapshots/x", "letter.txt"}, false},
		{"a folder with a draft of something else is not", []string{"draft/letter.txt"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range c.files {
				if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755), os.WriteFile(filepath.Join(dir, name), nil, 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			s, err := OpenStore(dir)
			if (err == nil) != c.ok {
				t.Fatalf("got %v, want it taken: %v", err, c.ok)
			}
			if err == nil {
				_ = s.Close()
			} else if !strings.Contains(err.Error(), "-o") {
				t.Errorf("%q does not say what to do", err)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(file); err == nil {
		t.Error("a file was opened as a store")
	}
}

func TestAStoreHasOneWriter(t *testing.T) {
	b := newBench(t)
	if _, err := OpenStore(b.Dir()); !errors.Is(err, ErrLocked) {
		t.Errorf("a second writer got %v, want ErrLocked", err)
	}
	// Another process finds it locked too, and free after Close.
	again := func() string {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestHelperOpensAStore$", "-test.v")
		cmd.Env = append(os.Environ(), "SNAPSHOT_TEST_STORE="+b.Dir())
		out, _ := cmd.CombinedOutput() // its status says less than its words
		return string(out)
	}
	if out := again(); !strings.Contains(out, ErrLocked.Error()) {
		t.Errorf("another process said %q", out)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if out := again(); !strings.Contains(out, "opened: <nil>") {
		t.Errorf("another process said %q after the store was closed", out)
	}
}

// TestHelperOpensAStore is the other process of TestAStoreHasOneWriter.
func TestHelperOpensAStore(t *testing.T) {
	dir := os.Getenv("SNAPSHOT_TEST_STORE")
	if dir == "" {
		t.Skip("only runs for TestAStoreHasOneWriter")
	}
	_, err := OpenStore(dir)
	fmt.Println("opened:", err)
}

func TestGenerationsShareWhatIsUnchanged(t *testing.T) {
	b := newBench(t)
	first, changed := b.commit(t, "a.txt", "steady", "b.txt", "one")
	if !changed {
		t.Error("the first commit changed nothing")
	}
	second, _ := b.commit(t, "a.txt", "steady", "b.txt", "two")
	b.mustHold(t, second.ID, "b.txt", "two")
	stat := func(id, file string) os.FileInfo {
		info, err := os.Stat(filepath.Join(b.Dir(), "snapshots", id, "tree", file))
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	if !os.SameFile(stat(first.ID, "a.txt"), stat(second.ID, "a.txt")) {
		t.Error("the unchanged file lies on the disk twice")
	}
	before := stat(second.ID, "")
	if _, changed := b.commit(t, "a.txt", "steady", "b.txt", "two"); changed {
		t.Error("the same site changed the store")
	}
	if after := stat(second.ID, ""); !after.ModTime().Equal(before.ModTime()) || !os.SameFile(before, after) {
		t.Error("the same site was written again")
	}
	// An older site comes back without being written again.
	if _, changed := b.commit(t, "a.txt", "steady", "b.txt", "one"); !changed {
		t.Error("an older site came back and nothing changed")
	}
	b.mustHold(t, first.ID, "b.txt", "one")
}

// TestACommitThatIsCutOff leaves behind what a killed process would at each
// step and demands the old copy before, and the new one after the next commit.
func TestACommitThatIsCutOff(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(b *bench, next string) error
	}{
		{"before anything", func(*bench, string) error { return nil }},
		{"when the folder is made", func(b *bench, next string) error {
			return os.MkdirAll(filepath.Join(b.snapshots(), next+".new"), 0o755)
		}},
		{"with half of the tree", func(b *bench, next string) error {
			tree := filepath.Join(b.snapshots(), next+".new", "tree")
			return errors.Join(os.MkdirAll(tree, 0o755), os.WriteFile(filepath.Join(tree, "a.txt"), []byte("ha"), 0o644))
		}},
		{"with half of the manifest", func(b *bench, next string) error {
			dir := filepath.Join(b.snapshots(), next+".new")
			return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"sch`), 0o644))
		}},
		{"with the new link beside the old", func(b *bench, _ string) error {
			return os.Symlink("snapshots/nowhere/tree", filepath.Join(b.Dir(), "current.new"))
		}},
		{"with a folder that lost its manifest", func(b *bench, next string) error {
			return os.MkdirAll(filepath.Join(b.snapshots(), next, "tree"), 0o755)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scout := newBench(t)
			next, _ := scout.commit(t, "a.txt", "new")
			b := newBench(t)
			old, _ := b.commit(t, "a.txt", "old")
			if err := c.cut(b, next.ID); err != nil {
				t.Fatal(err)
			}
			b.mustHold(t, old.ID, "a.txt", "old")
			b.commit(t, "a.txt", "new")
			b.mustHold(t, next.ID, "a.txt", "new")
			if err := b.Prune(1); err != nil {
				t.Fatal(err)
			}
			left, err := os.ReadDir(b.snapshots())
			if err != nil || len(left) != 1 {
				t.Errorf("%v is left on disk (%v), want one snapshot", left, err)
			}
		})
	}
}

func TestACommitThatFailsLeavesTheOldCopy(t *testing.T) {
	b := newBench(t)
	old, _ := b.commit(t, "a.txt", "old")
	broken := errors.New("broken")
	m := &Manifest{Entries: []Entry{{URL: "/x", File: "x", Digest: "none"}}}
	if _, err := b.Commit(m, func(*Entry) (string, error) { return "", broken }, nil); !errors.Is(err, broken) {
		t.Errorf("got %v, want what the content said", err)
	}
	m = &Manifest{Public: "https://other.example/"}
	if _, err := b.Commit(m, nil, func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want what fill said", err)
	}
	b.mustHold(t, old.ID, "a.txt", "old")
}

func TestPruneKeepsTheNewestAndTheCurrent(t *testing.T) {
	b := newBench(t)
	var ids []string
	for i := range 5 {
		m, _ := b.commit(t, "a.txt", fmt.Sprint("version ", i))
		ids = append(ids, m.ID)
		at := time.Date(2016, 9, 5+i, 0, 0, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(b.snapshots(), m.ID), at, at); err != nil {
			t.Fatal(err)
		}
	}
	b.commit(t, "a.txt", "version 0") // the oldest is current again
	if err := b.Prune(3); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false, true, true} {
		if got := b.whole(ids[i]); got != want {
			t.Errorf("version %d is kept: %v, want %v", i, got, want)
		}
	}
	b.mustHold(t, ids[0], "a.txt", "version 0")
}

func TestPruneKeepsWhatWasJustReplaced(t *testing.T) {
	for _, c := range []struct {
		name, versions string
		keep           int
		want           string
	}{
		{"an old one that was current again", "ABAC", 2, "AC"},
		{"an old one among more", "ABDAC", 3, "ACD"},
		{"the one before", "ABC", 2, "BC"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ids := newBench(t), map[rune]string{}
			for i, version := range c.versions {
				m, _ := b.commit(t, "a.txt", string(version))
				if ids[version] == "" {
					at := time.Date(2016, 9, 5+i, 0, 0, 0, 0, time.UTC) // when it was made
					if err := os.Chtimes(filepath.Join(b.snapshots(), m.ID), at, at); err != nil {
						t.Fatal(err)
					}
				}
				ids[version] = m.ID
			}
			if err := b.Prune(c.keep); err != nil {
				t.Fatal(err)
			}
			for version, id := range ids {
				if want := strings.ContainsRune(c.want, version); b.whole(id) != want {
					t.Errorf("%c is kept: %v, want %v", version, !want, want)
				}
			}
		})
	}
}

func TestPruneKeepsWhatTheOwnerWentBackTo(t *testing.T) {
	b := newBench(t)
	first, _ := b.commit(t, "a.txt", "A")
	b.commit(t, "a.txt", "B")
	if err := b.link("current", filepath.Join("snapshots", first.ID, "tree")); err != nil {
		t.Fatal(err)
	}
	b.commit(t, "a.txt", "C")
	if err := b.Prune(2); err != nil || !b.whole(first.ID) {
		t.Errorf("what was just replaced is kept: %v (%v)", b.whole(first.ID), err)
	}
}
