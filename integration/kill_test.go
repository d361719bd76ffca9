package integration

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestAKilledFreezeLeavesTheCopyAndIsResumed changes the site, kills a freeze at
// a random moment, and lets the next one finish; again and again in one folder.
// BUZZPROOF_KILLS says how often, BUZZPROOF_SEED repeats a run.
func TestAKilledFreezeLeavesTheCopyAndIsResumed(t *testing.T) {
	kills, chance := number(t, "BUZZPROOF_KILLS", 6), number(t, "BUZZPROOF_SEED", int(time.Now().UnixNano()%1e9))
	t.Logf("BUZZPROOF_SEED=%d repeats these moments", chance)
	random := rand.New(rand.NewPCG(uint64(chance), 0))
	s := newStage(t)
	needWordPress(t)
	site := launchWordPress(t, s, seed{posts: 40, images: 12})
	dir := s.subfolder(t, "copy")
	_, whole := freeze(t, site, dir, publicURL)
	repeated, all, ended := 0, 0, 0
	for round := range kills {
		rename(t, s, fmt.Sprintf("Evening number %d", round))
		before := listing(t, tree(t, dir), false)
		id := readManifest(t, dir).ID
		// One moment in each part of the time: all of them late would show nothing.
		moment := time.Duration((float64(round) + random.Float64()) / float64(kills) * float64(whole.took))
		first, early := killedFreeze(t, site, dir, moment)
		expectIntact(t, dir)
		if early {
			ended++ // it was over before the moment came: nothing to see
		} else if now := readManifest(t, dir).ID; now == id {
			for _, line := range differences(before, listing(t, tree(t, dir), false)) {
				t.Errorf("killed after %v: the previous copy changed: %s", moment, line)
			}
		}
		_, rest := freeze(t, site, dir, publicURL)
		expectIntact(t, dir)
		if early {
			continue
		}
		twice := overlap(first, rest.requests)
		t.Logf("killed after %v: %d requests before, %d after, %d of them again", moment, len(first), len(rest.requests), twice)
		repeated, all = repeated+twice, all+len(first)+len(rest.requests)
	}
	share := float64(repeated) / float64(max(1, all))
	t.Logf("bar: kill -9  %d times, %d too late, %d of %d requests repeated, share %.3f, at most 0.05", kills, ended, repeated, all, share)
	if share > 0.05 {
		t.Errorf("resumed runs repeat %.3f of all requests", share)
	}
	if ended == kills {
		t.Error("no freeze was killed in time")
	}
}

// expectIntact compares the current tree with the manifest beside it.
func expectIntact(t *testing.T, dir string) {
	t.Helper()
	m, root := readManifest(t, dir), tree(t, dir)
	for _, e := range m.Entries {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.File)))
		if err != nil {
			t.Errorf("the copy is torn: %v", err)
		} else if sum := fmt.Sprintf("%x", sha256.Sum256(data)); sum != e.SHA256 {
			t.Errorf("the copy is torn: %s is %s, the manifest says %s", e.File, sum, e.SHA256)
		}
	}
	if len(m.Entries) < 10 {
		t.Errorf("the copy has only %d entries", len(m.Entries))
	}
}

// killedFreeze starts a freeze and kills it after a while. It returns what had
// been asked by then, and whether the freeze had ended by itself.
func killedFreeze(t *testing.T, site *origin, dir string, after time.Duration) (asked []request, early bool) {
	t.Helper()
	from := site.mark(t)
	cmd := freezing(t, site, dir, publicURL, "--lighten=false")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	end.Stop()
	return site.since(t, from), !killed(err)
}

// overlap counts the requests of the second run for addresses that the origin
// had answered in full in the first.
func overlap(first, second []request) int {
	had := map[string]bool{}
	for _, r := range first {
		if r.Status != 499 { // nginx's word for a visitor who hung up
			had[r.URI] = true
		}
	}
	count := 0
	for _, r := range second {
		if had[r.URI] {
			count++
		}
	}
	return count
}

// rename gives the WordPress of a stage another name, which stands on every page.
func rename(t *testing.T, s *stage, name string) {
	t.Helper()
	roots, err := filepath.Glob(filepath.Join(s.folder(), "wordpress-*", "root"))
	if err != nil || len(roots) != 1 {
		t.Fatalf("WordPress on the stage: %v, %v", roots, err)
	}
	code := fmt.Sprintf("$_SERVER['HTTP_HOST'] = '127.0.0.1'; require '%s/wp-load.php'; update_option('blogname', '%s');", roots[0], name)
	run(t, exec.Command("php", "-r", code))
}

// number reads a whole number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s=%q is no number", name, value)
	}
	return n
}
