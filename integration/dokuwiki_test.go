package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startDokuWiki starts a DokuWiki as it comes: every page is doku.php?id=…,
// every picture lib/exe/fetch.php?media=….
func startDokuWiki(t *testing.T) *origin {
	t.Helper()
	need(t, "DokuWiki", "/usr/share/dokuwiki/doku.php", "/etc/dokuwiki/dokuwiki.php", "php", phpFPM, "nginx")
	started := time.Now()
	s := newStage(t)
	dir := s.subfolder(t, "dokuwiki")
	root, data := filepath.Join(dir, "root"), filepath.Join(dir, "data")
	run(t, exec.Command("cp", "-rL", "/usr/share/dokuwiki", root))
	run(t, exec.Command("cp", "-r", "/etc/dokuwiki", filepath.Join(root, "conf")))
	// Debian's preload points back at /etc.
	if err := os.Remove(filepath.Join(root, "inc", "preload.php")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta", "pages", "tmp",
	} {
		if err := os.MkdirAll(filepath.Join(data, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(root, "conf", "local.php"), fmt.Sprintf(`<?php
$conf['title'] = 'An Evening in September';
$conf['savedir'] = '%s';
$conf['useacl'] = 0;
$conf['userewrite'] = 0;
$conf['updatecheck'] = 0;
`, data))
	article := filepath.Join(dir, "article.txt")
	writeFile(t, article, "====== A long evening ======\n\n{{:evening-1.jpg}}\n\n"+strings.Join(longArticle(t), "\n\n===== Later =====\n\n"))
	run(t, exec.Command("php", "-d", "display_errors=stderr", filepath.Join("testdata", "dokuwiki", "seed.php"), root, pictures(t, s, 5), article))
	site := nginx(t, s, freePort(t), phpServer(root, fpm(t, s), "/doku.php?$args"))
	if !answers(site.URL + "doku.php?id=servers:cache") {
		t.Fatalf("DokuWiki does not answer at %s\n%s", site.URL, tail(filepath.Join(filepath.Dir(site.AccessLog), "error.log")))
	}
	t.Logf("DokuWiki: ready after %.1f s", time.Since(started).Seconds())
	return site
}
