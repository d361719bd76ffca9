package integration

import (
	"fmt"
	"math"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A push is held against a pipe side by side, in turns, by the medians of three
// pairs; where others work on the machine it takes more of them to see. That
// machine would fail a test of the bar itself once in a while: half as much
// again as the bar is a push that has become slower.
func TestThousandFilesComeOverSSHNearlyAsFastAsThroughAPipe(t *testing.T) {
	const bar, mostPairs = 1.3, 8
	s := newStage(t)
	h := startSSHHost(t, s)
	need(t, "ssh", "ssh", "tar")
	r := openHost(t, h.HostConfig)
	f := newFledSite(t, s)
	moved(t, r, f.tree(t)) // the program is there
	var pushes, pipes []time.Duration
	ratio := math.Inf(1)
	for pair := 0; pair < mostPairs && (pair < 3 || ratio > bar); pair++ {
		for i := range 1000 {
			f.put(fmt.Sprintf("/%d.bin", i), fmt.Sprintf("%d.bin", i), "application/octet-stream", noise(50_000+pair*1000+i))
		}
		tree := f.tree(t)
		push := func() { pushes = append(pushes, timed(func() { moved(t, r, tree) })) }
		pipe := func() {
			from := filepath.Join(f.dir, "snapshots", tree.ID, "tree")
			to := filepath.Join(filepath.Dir(h.Dir), fmt.Sprintf("piped-%d", pair))
			pipes = append(pipes, timed(func() { h.tarPipe(t, from, to) }))
		}
		for _, next := range [][]func(){{push, pipe}, {pipe, push}}[pair%2] {
			next()
		}
		ratio = median(pushes).Seconds() / median(pipes).Seconds()
	}
	t.Logf("1,000 files of 50 MB over ssh: %v, by tar and ssh %v", pushes, pipes)
	t.Logf("bar: a push takes %.2f times as long as a pipe, of %.1f", ratio, bar)
	if ratio > 1.5*bar {
		t.Errorf("a push takes %.2f times as long as a pipe", ratio)
	}
}

// tarPipe brings a folder as people do by hand.
func (h *sshHost) tarPipe(t *testing.T, from, to string) {
	host, port, _ := net.SplitHostPort(h.Address)
	run(t, exec.Command("sh", "-c", fmt.Sprintf("tar -cf - -C '%s' . | ssh -q -F none -i '%s' -o UserKnownHostsFile='%s' -p %s %s@%s 'mkdir %s && tar -xf - -C %s'",
		from, h.identity, h.KnownHosts, port, h.User, host, to, to)))
}

func median(of []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func timed(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}
