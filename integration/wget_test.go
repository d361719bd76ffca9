package integration

import (
	"errors"
	"os/exec"
	"testing"
	"time"
)

// What a mirroring tool cost: the requests the origin answered and the time.
type cost struct {
	requests []request
	took     time.Duration
}

// wget mirrors a site as people do in a hurry and returns what it cost.
func wget(t *testing.T, site *origin, dir string) cost {
	t.Helper()
	need(t, "the comparison with wget", "wget")
	from := site.mark(t)
	started := time.Now()
	mirror := exec.Command("wget", "-q", "-r", "-np", "-k", "-p", "-E", "-l", "inf", site.URL)
	mirror.Dir = dir
	err := mirror.Run()
	// Status 8 says that some address answered with an error, as on any real site.
	var ended *exec.ExitError
	if err != nil && !(errors.As(err, &ended) && ended.ExitCode() == 8) {
		t.Fatalf("wget: %v", err)
	}
	took := time.Since(started)
	return cost{requests: site.since(t, from), took: took}
}
