package app

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/history"
	"buzzproof/internal/tally"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0"

// upProcess runs up in a process of its own on a site of one page and returns
// its address, and what it says.
func upProcess(t *testing.T, state string, flags ...string) (url string, process *exec.Cmd, said func() string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!DOCTYPE html><title>A</title><p>Good evening."), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"buzzproof", "up", dir, "--lighten=false", "--listen", "127.0.0.1:0", "--watch", "off", "--state", state, "--trust-forwarded", "127.0.0.1"}
	// The test binary is the program when it is called by its name, see TestMain.
	cmd := &exec.Cmd{Path: os.Args[0], Args: append(args, flags...)}
	name := filepath.Join(t.TempDir(), "said")
	log, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	said = func() string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(enough); time.Now().Before(end); <-tick.C {
		if _, after, ok := strings.Cut(said(), "ready "); ok && strings.HasSuffix(after, "\n") {
			url, _, _ := strings.Cut(after, "\n")
			return url, cmd, said
		}
	}
	t.Fatalf("up is not ready:\n%s", said())
	return "", nil, nil
}

// visitFrom asks for an address as a person from somewhere.
func visitFrom(t *testing.T, url, from string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", firefox)
	r.Header.Set("X-Forwarded-For", from)
	r.Header.Set("Referer", "https://news.example/item?user=me@example.org")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// keptIn is what the history in a state knows.
func keptIn(t *testing.T, state string) *tally.Tally {
	t.Helper()
	dir, err := siteDir(state, "")
	if err != nil {
		t.Fatal(err)
	}
	store, err := history.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	sum, err := store.Sum(t.Context(), time.Unix(0, 0), time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestAKillLosesTenSecondsAtMost(t *testing.T) {
	state := t.TempDir()
	url, process, _ := upProcess(t, state)
	var sent []time.Time
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for len(sent) < 450 { // nine seconds: more than two commits
		<-tick.C
		visitFrom(t, url, "198.51.100.7")
		sent = append(sent, time.Now())
	}
	killed := time.Now()
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it was killed, and says so
	hits := int(keptIn(t, state).Total().Hits)
	if hits == 0 || hits > len(sent) {
		t.Fatalf("%d hits are kept of %d", hits, len(sent))
	}
	lost := time.Duration(0)
	if hits < len(sent) {
		lost = killed.Sub(sent[hits])
	}
	t.Logf("kill -9 lost %d of %d hits: the last %v", len(sent)-hits, len(sent), lost.Round(10*time.Millisecond))
	if lost > 10*time.Second {
		t.Errorf("the last %v are lost", lost)
	}
	// What was kept is added to by the next process, and an end in order loses
	// nothing.
	url, process, _ = upProcess(t, state)
	for range 10 {
		visitFrom(t, url, "198.51.100.7")
	}
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Error(err)
	}
	if n := int(keptIn(t, state).Total().Hits); n != hits+10 {
		t.Errorf("%d hits after 10 more, want %d", n, hits+10)
	}
}

func TestNoAddressIsWrittenDown(t *testing.T) {
	state := t.TempDir()
	url, process, _ := upProcess(t, state)
	for i := range 20 {
		visitFrom(t, url, fmt.Sprintf("198.51.100.%d", 100+i))
		visitFrom(t, url+"/none", fmt.Sprintf("2001:db8:77::%d", 1+i))
	}
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	all := keptIn(t, state)
	if n := all.Total().Hits; n != 40 {
		t.Errorf("%d of 40 hits are kept", n)
	}
	// What is packed is looked at unpacked, everything else as it lies there.
	var text bytes.Buffer
	for p := range tally.Panels {
		for _, it := range all.Panels[p].Top(tally.Room) {
			fmt.Fprintln(&text, it.Key)
		}
	}
	files := 0
	err := filepath.WalkDir(state, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(name)
		text.Write(content)
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
	for _, secret := range []string{"198.51.100", "2001:db8", "\xc6\x33\x64", "\x20\x01\x0d\xb8", "me@example.org", firefox} {
		if bytes.Contains(text.Bytes(), []byte(secret)) {
			t.Errorf("%q is written down", secret)
		}
	}
	if !bytes.Contains(text.Bytes(), []byte("news.example/item\n")) {
		t.Error("where they came from is not")
	}
}

func TestASiteIsServedWhereNothingCanBeKept(t *testing.T) {
	state := t.TempDir()
	// A folder where the file should be: nothing can be written there, not even
	// by root, to whom a folder for reading only is one like any other.
	if err := os.MkdirAll(filepath.Join(state, "sites", "site", history.File), 0o700); err != nil {
		t.Fatal(err)
	}
	url, process, said := upProcess(t, state)
	for range 5 {
		visitFrom(t, url, "198.51.100.7")
	}
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("up ends with %v", err)
	}
	if n := strings.Count(said(), "statistics cannot be written"); n != 1 {
		t.Errorf("that nothing is kept is said %d times:\n%s", n, said())
	}
}
