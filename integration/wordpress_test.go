package integration

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A seed says how much a peer has published.
type seed struct{ posts, images int }

var (
	big   = seed{posts: 150, images: 48}
	small = seed{posts: 12, images: 6}
)

var sharedWordPress sharedPeer

// bigWordPress returns the shared WordPress of 150 posts.
func bigWordPress(t *testing.T) *origin {
	t.Helper()
	needWordPress(t)
	return sharedWordPress.get(t, func(t testing.TB, s *stage) *origin { return launchWordPress(t, s, big) })
}

var sharedSmallWordPress sharedPeer

// smallWordPress returns the shared WordPress of a dozen posts.
func smallWordPress(t *testing.T) *origin {
	t.Helper()
	needWordPress(t)
	return sharedSmallWordPress.get(t, func(t testing.TB, s *stage) *origin { return launchWordPress(t, s, small) })
}

func needWordPress(t *testing.T) {
	t.Helper()
	need(t, "WordPress", "/usr/share/wordpress/wp-load.php", "/usr/share/wordpress/wp-content/themes/twentytwentyone",
		"mariadbd", "mariadb-install-db", "php", phpFPM, "nginx")
}

func launchWordPress(t testing.TB, s *stage, content seed) *origin {
	t.Helper()
	started := time.Now()
	root := filepath.Join(s.subfolder(t, "wordpress"), "root")
	run(t, exec.Command("cp", "-rL", "/usr/share/wordpress", root))
	db, port := mariadb(t, s), freePort(t)
	run(t, exec.Command("mariadb", "--no-defaults", "--socket="+db, "-uroot", "-e", "create database wordpress character set utf8mb4"))
	writeFile(t, filepath.Join(root, "wp-config.php"), wordPressConfig(db))
	address := "http://" + loopback(port) + "/"
	installed := seedWordPress(t, root, address, content)
	site := nginx(t, s, port, phpServer(root, fpm(t, s), "/index.php?$args"))
	if !answers(site.URL) {
		t.Fatalf("WordPress does not answer at %s\n%s", site.URL, tail(filepath.Join(filepath.Dir(site.AccessLog), "error.log")))
	}
	t.Logf("WordPress with %d posts and %d images: installed after %.1f s, ready after %.1f s",
		content.posts, content.images, installed.Sub(started).Seconds(), time.Since(started).Seconds())
	return site
}

// seedWordPress fills an installation and returns when it was installed.
func seedWordPress(t testing.TB, root, address string, content seed) time.Time {
	t.Helper()
	php := func(script string, args ...string) *exec.Cmd {
		script = filepath.Join("testdata", "wordpress", script)
		return exec.Command("php", append([]string{"-d", "display_errors=stderr", script, root, address}, args...)...)
	}
	run(t, php("install.php"))
	installed := time.Now()
	// Two at a time: scaling pictures is what takes long.
	half := content.images / 2
	var both sync.WaitGroup
	var errs [2]error
	for i, part := range [][2]int{{1, half}, {half + 1, content.images}} {
		both.Go(func() {
			out, err := php("images.php", strconv.Itoa(part[0]), strconv.Itoa(part[1])).CombinedOutput()
			if err != nil {
				errs[i] = fmt.Errorf("images.php: %w\n%s", err, out)
			}
		})
	}
	both.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	run(t, php("posts.php", strconv.Itoa(content.posts)))
	return installed
}

func wordPressConfig(socket string) string {
	return `<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:` + socket + `');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY',
	'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) {
	define($name, "always the same $name");
}
// Nothing but the visitor under test may ask this site for anything, and it
// asks nobody.
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
if (!defined('ABSPATH')) {
	define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
`
}
