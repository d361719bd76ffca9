package integration

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// startNginx serves a tree with nginx as an owner would who wrote only the root
// and the index into its configuration.
func startNginx(t *testing.T, root string) string {
	t.Helper()
	need(t, "nginx", "nginx")
	site := nginx(t, newStage(t), freePort(t), fmt.Sprintf("root %s;\nindex index index.html;", root))
	return site.URL
}

// startApache serves a tree with Apache and its index, nothing more. Debian's
// own mime.types says what is what, .htaccess files are not read.
func startApache(t *testing.T, root string) string {
	t.Helper()
	need(t, "Apache", "apache2", "/usr/lib/apache2/modules/mod_dir.so", "/etc/mime.types")
	s := newStage(t)
	dir, port := s.subfolder(t, "apache"), freePort(t)
	conf := filepath.Join(dir, "apache.conf")
	writeFile(t, conf, fmt.Sprintf(`ServerRoot %[1]s
ServerName 127.0.0.1
Listen 127.0.0.1:%[2]d
PidFile %[1]s/pid
DefaultRuntimeDir %[1]s
ErrorLog %[1]s/error.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
TypesConfig /etc/mime.types
DocumentRoot %[3]s
DirectoryIndex index index.html
User www-data
Group www-data
`, dir, port, root))
	p := s.start(t, filepath.Join(dir, "out.log"), exec.Command("apache2", "-D", "FOREGROUND", "-f", conf))
	waitUntil(t, p, 10*time.Second, "Apache", func() bool { return listens(port) })
	return "http://" + loopback(port) + "/"
}
