package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// mariadb starts an empty database server and returns its socket. Its root may
// enter without a password; nobody else can reach the socket's folder by
// network.
func mariadb(t testing.TB, s *stage) string {
	t.Helper()
	dir := s.subfolder(t, "db")
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	var user []string
	if os.Getuid() == 0 {
		user = []string{"--user=root"}
	}
	run(t, exec.Command("mariadb-install-db", append(user, "--no-defaults", "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")...))
	p := s.start(t, filepath.Join(dir, "error.log"), exec.Command("mariadbd", append([]string{
		"--no-defaults", "--datadir=" + data, "--socket=" + socket, "--pid-file=" + filepath.Join(dir, "pid"),
		"--skip-networking", "--skip-log-bin", "--innodb-buffer-pool-size=128M",
		// The data lives for one run of the tests: nothing needs to survive a power cut.
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync",
		"--innodb-fast-shutdown=2",
	}, user...)...))
	waitUntil(t, p, 30*time.Second, "mariadb", func() bool {
		return exec.Command("mariadb-admin", "--no-defaults", "--socket="+socket, "-uroot", "ping").Run() == nil
	})
	return socket
}
