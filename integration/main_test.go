package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	// The tests run a binary that they build in a child process, and the test
	// cache does not see what a child reads. This import makes every change of
	// the program a change of this package too.
	_ "buzzproof/internal/app"
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(tripVariable); spec != "" {
		os.Exit(drive(spec))
	}
	status := m.Run()
	shared.close()
	os.Exit(status)
}

// shared is the stage of everything that lives as long as the test binary.
var shared = &stage{}

var buildOnce = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(shared.folder(), "buzzproof")
	build := exec.Command("go", "build", "-o", binary, "buzzproof/cmd/buzzproof")
	// The program is measured as it is shipped, whatever flags the tests run with.
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

// buzzproof returns the path of the program, built once.
func buzzproof(t testing.TB) string {
	t.Helper()
	binary, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}
