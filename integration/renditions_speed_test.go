package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// A lightening is what freeze --json says of renditions.
type lightening struct {
	Renditions struct {
		Pages, Light, Slimmed, Made, Reused int
		Full, Slim, Lite, Median            int64
		Seconds                             float64
	}
}

// lightenAlone lets freeze make renditions without the programs for WebP and
// AVIF, and returns what it said, and its peak memory in MB.
func lightenAlone(t *testing.T, site *origin, dir string) (said lightening, memory float64) {
	t.Helper()
	cmd := freezing(t, site, dir, publicURL, "--quiet")
	cmd.Env = append(os.Environ(), "PATH="+t.TempDir())
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := make(chan float64)
	done := make(chan struct{})
	go func() { peak <- peakMemory(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	close(done)
	memory = <-peak
	if err != nil {
		t.Fatalf("freeze: %v", err)
	}
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatalf("freeze --json says %.300s: %v", out.String(), err)
	}
	return said, memory
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory follows the most memory in MB that a process has had, until done.
// What the system says when a process has ended counts the memory of the one
// that started it, if that was more.
func peakMemory(pid int, done <-chan struct{}) (most float64) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if m := highWater.FindSubmatch(status); err == nil && m != nil {
			kilobytes, _ := strconv.ParseFloat(string(m[1]), 64) // digits
			most = max(most, kilobytes/1024)
		}
		select {
		case <-done:
			return most
		case <-tick.C:
		}
	}
}

func TestABigWordPressIsLightenedInTwoMinutes(t *testing.T) {
	site, frozen := frozenWordPress(t)
	dir := filepath.Join(shared.subfolder(t, "light"), "copy")
	run(t, exec.Command("cp", "-a", frozen, dir))
	said, memory := lightenAlone(t, site, dir)
	r := said.Renditions
	const wanted, wantedMB = 2 * time.Minute, 300
	t.Logf("bar: lighten     %d pages, %d lite, %d slim in %.0f s without outside programs, at most %.0f s; peak memory %.0f MB, at most %d MB",
		r.Pages, r.Light, r.Slimmed, r.Seconds, wanted.Seconds(), memory, wantedMB)
	t.Logf("bar: weights     full %.1f MB -> slim %.1f MB -> lite %.1f MB, median page %.1f KB",
		float64(r.Full)/1e6, float64(r.Slim)/1e6, float64(r.Lite)/1e6, float64(r.Median)/1e3)
	if memory > wantedMB || memory == 0 {
		t.Errorf("peak memory %.0f MB", memory)
	}
	if r.Pages < 150 || r.Light < r.Pages || r.Slimmed < r.Pages {
		t.Errorf("of %d pages %d are lite and %d slim", r.Pages, r.Light, r.Slimmed)
	}
	if r.Seconds > 3*wanted.Seconds() { // a machine of a third of the speed may fail; a slip to quadratic time must
		t.Errorf("took %.0f s", r.Seconds)
	}
	again, _ := lightenAlone(t, site, dir)
	t.Logf("bar: again       %d bundles made, %d found, %.1f s", again.Renditions.Made, again.Renditions.Reused, again.Renditions.Seconds)
	if again.Renditions.Made != 0 || again.Renditions.Reused != r.Made+r.Reused {
		t.Errorf("the second time %d bundles were made and %d of %d found", again.Renditions.Made, again.Renditions.Reused, r.Made+r.Reused)
	}
}
