package integration

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mediaWikiPages are the pages by title; the titles are file names too.
var mediaWikiPages = map[string]string{
	"Main Page":         "Read about the [[Cache]], the [[Line]], [[Журнал сервера]], [[九月的晚上]] and [[Été|summer]].\n\n[[File:Evening-1.jpg|thumb|300px|That evening]]\n\nThere is [[A promise not kept]] and [[A long evening]].",
	"Cache":             "== How it works ==\n[[File:Evening-2.jpg|200px]] See [[Line#Width|its width]] and [[Buffer]].\n\n<pre>if (a < b && c) { return; }</pre>\n[[Category:Servers]]",
	"Line":              "== Width ==\nOne megabit. [https://elsewhere.example.net/?a=1&b=2 Elsewhere].\n\n{| class=\"wikitable\"\n! What !! How much\n|-\n| pages || 150\n|}\n[[Category:Servers]]",
	"Buffer":            "#REDIRECT [[Line]]",
	"Журнал сервера":    "Вечером сервер отвечал всё медленнее. [[Main Page|Домой]]\n[[Category:Вечера]]",
	"九月的晚上":             "那天晚上服务器越来越慢。[[Журнал сервера]]",
	"Été":               "L’été où la ligne a tenu. [[Media:Evening-3.jpg|Une image]] [[:File:Evening-3.jpg]]",
	"C++ & friends":     "Awkward in an address. [[Who? What?]] [[100% sure]]",
	"Who? What?":        "[[C++ & friends]] ~ [[Main Page]]",
	"100% sure":         "[[Who? What?]]",
	"Category:Servers":  "What serves. [[Category:Machines]]",
	"Category:Вечера":   "Вечера.",
	"Category:Machines": "Machines.",
	"Template:Note":     "<div class=\"note\">{{{1}}}</div>",
	"MediaWiki:Sidebar": "* navigation\n** mainpage|mainpage-description\n** Cache|Cache\n** Special:AllPages|All pages",
	"Help:How to read":  "{{Note|From the top.}} &lt;b&gt;",
	"Talk:Cache":        "== A question ==\nIs it fast? [[Help:How to read]]",
}

// startMediaWiki starts a MediaWiki on sqlite whose addresses are
// index.php?title=….
func startMediaWiki(t *testing.T) *origin {
	t.Helper()
	need(t, "MediaWiki", "/usr/share/mediawiki/maintenance/install.php", "php", phpFPM, "nginx")
	started := time.Now()
	s := newStage(t)
	dir, port := s.subfolder(t, "mediawiki"), freePort(t)
	root := filepath.Join(dir, "root")
	copyMediaWiki(t, root)
	seedMediaWiki(t, s, dir, root, "http://"+loopback(port))
	site := nginx(t, s, port, phpServer(root, fpm(t, s), "/index.php?$args"))
	if !answers(site.URL + "index.php?title=Cache") {
		t.Fatalf("MediaWiki does not answer at %s\n%s", site.URL, tail(filepath.Join(filepath.Dir(site.AccessLog), "error.log")))
	}
	t.Logf("MediaWiki: ready after %.1f s", time.Since(started).Seconds())
	return site
}

// copyMediaWiki copies what a plain wiki needs: of Debian's folder not the link
// to settings that do not exist, and no extensions, which are most of its bytes.
func copyMediaWiki(t *testing.T, root string) {
	t.Helper()
	entries, err := os.ReadDir("/usr/share/mediawiki")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"extensions", "images", "config"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, entry := range entries {
		switch entry.Name() {
		case "LocalSettings.php", "config", "images", "extensions", "extensions-core":
		default:
			run(t, exec.Command("cp", "-rL", filepath.Join("/usr/share/mediawiki", entry.Name()), root))
		}
	}
}

func seedMediaWiki(t *testing.T, s *stage, dir, root, address string) {
	t.Helper()
	maintain := func(script string, args ...string) {
		run(t, exec.Command("php", append([]string{filepath.Join(root, "maintenance", script)}, args...)...))
	}
	maintain("install.php", "--dbtype=sqlite", "--dbpath="+filepath.Join(dir, "db"), "--dbname=wiki",
		"--scriptpath=", "--server="+address, "--pass=correct horse battery", "An Evening in September", "Owner")
	settings, err := os.OpenFile(filepath.Join(root, "LocalSettings.php"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer settings.Close()
	// Jobs run here, not in the time of whoever asks for a page.
	fmt.Fprintf(settings, "\n$wgEnableUploads = true;\n$wgUseImageMagick = false;\n$wgJobRunRate = 0;\n"+
		"$wgCacheDirectory = '%s/cache';\n$wgUsePathInfo = false;\n", dir)
	maintain("importImages.php", "--user=Owner", "--extensions=jpg", pictures(t, s, 5))
	texts := s.subfolder(t, "texts")
	files := []string{"--user=Owner", "--overwrite"}
	pages := maps.Clone(mediaWikiPages)
	pages["A long evening"] = "[[File:Evening-4.jpg|thumb|A late hour]]\n" + strings.Join(longArticle(t), "\n\n== Later ==\n")
	for title, text := range pages {
		file := filepath.Join(texts, title+".txt")
		writeFile(t, file, text)
		files = append(files, file)
	}
	maintain("importTextFiles.php", files...)
	maintain("runJobs.php")
	// A page parsed in the same second as the page it links to was written keeps
	// a red link in the cache: nothing cached so far counts.
	fmt.Fprintf(settings, "$wgCacheEpoch = '%s';\n", time.Now().Add(time.Second).UTC().Format("20060102150405"))
}
