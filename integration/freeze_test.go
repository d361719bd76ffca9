package integration

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// publicURL is the address the copies are made to speak as.
const publicURL = "https://www.example.org"

// A result is what freeze prints with --json.
type result struct {
	Schema    int
	ID        string
	Pages     int
	Assets    int
	Redirects int
	Requests  int
	Bytes     int64
	Complete  bool
	Missing   []struct{ URL, Why string }
	LeftOut   []struct {
		Class string
		Count int
	} `json:"left_out"`
}

// A manifest is the part of a snapshot's manifest.json that the tests read.
type manifest struct {
	ID        string
	Entries   []entry
	Redirects []struct {
		From, To string
		Status   int
	}
}

type entry struct {
	URL, File, Type string
	Size            int64
	SHA256          string
	Page            bool
}

// freezing returns the command that freezes a site into dir as public.
func freezing(t *testing.T, site *origin, dir, public string, flags ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(buzzproof(t), append([]string{"freeze", site.URL, "-o", dir, "--as", public, "--json"}, flags...)...)
}

// freeze makes a copy without renditions: what it costs is compared with what
// others do, and they make none.
func freeze(t *testing.T, site *origin, dir, public string) (result, cost) {
	t.Helper()
	return freezeWith(t, site, dir, public, "--lighten=false")
}

// freezeWith freezes a site to the end and returns what it said and what it
// cost.
func freezeWith(t *testing.T, site *origin, dir, public string, flags ...string) (result, cost) {
	t.Helper()
	from := site.mark(t)
	cmd := freezing(t, site, dir, public, flags...)
	var words bytes.Buffer
	cmd.Stderr = &words
	started := time.Now()
	out, err := cmd.Output()
	took := time.Since(started)
	if err != nil {
		t.Fatalf("freeze %s: %v\n%s%s", site.URL, err, out, words.Bytes())
	}
	var said result
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("freeze --json says %s: %v", out, err)
	}
	c := cost{requests: site.since(t, from), took: took}
	t.Logf("freeze: %d pages, %d assets, %d redirects, %d requests (%d in the origin's log), %.1f MB, %.1f s, complete %v",
		said.Pages, said.Assets, said.Redirects, said.Requests, len(c.requests), float64(said.Bytes)/1e6, took.Seconds(), said.Complete)
	for _, m := range said.Missing {
		t.Logf("freeze: missing %s: %s", m.URL, m.Why)
	}
	for _, l := range said.LeftOut {
		t.Logf("freeze: left out %d of class %s", l.Count, l.Class)
	}
	if said.Schema != 1 || said.ID == "" {
		t.Fatalf("freeze --json says schema %d and id %q", said.Schema, said.ID)
	}
	return said, c
}

// tree returns the folder behind dir/current.
func tree(t *testing.T, dir string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(filepath.Join(dir, "current"))
	if err != nil {
		t.Fatalf("the copy has no current tree: %v", err)
	}
	return real
}

// readManifest reads the manifest beside the current tree.
func readManifest(t *testing.T, dir string) manifest {
	t.Helper()
	return manifestIn(t, filepath.Dir(tree(t, dir)))
}

// manifestIn reads the manifest of one snapshot.
func manifestIn(t *testing.T, snapshot string) manifest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(snapshot, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("manifest.json: %v", err)
	}
	return m
}

// up serves a copy and returns the server's address, without a closing slash.
func up(t *testing.T, s *stage, dir string) string {
	t.Helper()
	return upAt(t, s, dir, "127.0.0.1:0")
}

func upAt(t *testing.T, s *stage, dir, listen string, flags ...string) string {
	t.Helper()
	cmd := exec.Command(buzzproof(t), append([]string{"up", dir, "--listen", listen, "--lighten=false"}, flags...)...)
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := s.start(t, filepath.Join(s.subfolder(t, "up"), "log"), cmd)
	var said safeBuffer
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(words)
		for lines.Scan() {
			fmt.Fprintln(&said, lines.Text())
			if address, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				ready <- strings.TrimSuffix(strings.TrimSpace(address), "/")
			}
		}
	}()
	select {
	case address := <-ready:
		return address
	case <-p.done:
		t.Fatalf("up ended before it was ready: %v\n%s", p.err, said.String())
	case <-time.After(time.Minute):
		t.Fatalf("up is not ready after a minute\n%s", said.String())
	}
	return ""
}

// A safeBuffer is a buffer that one goroutine fills while another reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// listing describes every file below dir: its path, mode, size, digest and, if
// wanted, the time it was changed. Folders count by name only.
func listing(t *testing.T, dir string, times bool) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		line, err := describe(path, d, times)
		files[strings.TrimPrefix(path, dir)] = line
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func describe(path string, d fs.DirEntry, times bool) (string, error) {
	info, err := d.Info()
	if err != nil {
		return "", err
	}
	switch {
	case d.IsDir():
		return info.Mode().String(), nil
	case info.Mode()&fs.ModeSymlink != 0:
		return os.Readlink(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	line := fmt.Sprintf("%v %d %x", info.Mode(), info.Size(), sum.Sum(nil))
	if times {
		line += info.ModTime().Format(" 2006-01-02T15:04:05.000000000")
	}
	return line, nil
}

// differences lists what two listings disagree on.
func differences(before, after map[string]string) []string {
	var lines []string
	for path, was := range before {
		if is, ok := after[path]; !ok {
			lines = append(lines, path+" is gone")
		} else if is != was {
			lines = append(lines, fmt.Sprintf("%s was %s, is %s", path, was, is))
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			lines = append(lines, path+" is new")
		}
	}
	return lines
}

// killed reports whether a process ended by a kill signal rather than by itself.
func killed(err error) bool {
	var ended *exec.ExitError
	return errors.As(err, &ended) && ended.ExitCode() == -1
}
