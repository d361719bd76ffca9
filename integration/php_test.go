package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// phpFPM is the name of Debian 12's PHP process manager.
const phpFPM = "php-fpm8.2"

// fpm starts a PHP process manager with four workers and returns its socket.
func fpm(t testing.TB, s *stage) string {
	t.Helper()
	dir := s.subfolder(t, "fpm")
	socket := filepath.Join(dir, "s")
	user := ""
	args := []string{"-F", "-O", "-y", filepath.Join(dir, "fpm.conf")}
	if os.Getuid() == 0 {
		user = "user = root\ngroup = root"
		args = append(args, "-R")
	}
	writeFile(t, filepath.Join(dir, "fpm.conf"), fmt.Sprintf(`[global]
error_log = %s/error.log
log_level = warning
[www]
%s
listen = %s
pm = static
pm.max_children = 4
catch_workers_output = yes
php_admin_value[upload_tmp_dir] = %[1]s
php_admin_value[session.save_path] = %[1]s
php_admin_value[opcache.validate_timestamps] = 0
`, dir, user, socket))
	p := s.start(t, filepath.Join(dir, "out.log"), exec.Command(phpFPM, args...))
	waitUntil(t, p, 10*time.Second, phpFPM, func() bool { return have(socket) })
	return socket
}
