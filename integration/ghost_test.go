package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/html"
)

const ghostVersion = "5.130.6"

// ghostFolder is where .ci/install keeps Ghost.
func ghostFolder() string { return peerFolder("ghost-" + ghostVersion) }

// peerFolder is where .ci/install keeps what is no package of the system.
func peerFolder(name string) string {
	peers := os.Getenv("BUZZPROOF_PEERS")
	if peers == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "/nonexistent"
		}
		peers = filepath.Join(cache, "buzzproof-peers")
	}
	return filepath.Join(peers, name)
}

var sharedGhost sharedPeer

// startGhost returns the shared Ghost, on sqlite, with a dozen posts with
// pictures.
func startGhost(t *testing.T) *origin {
	t.Helper()
	need(t, "Ghost", "node", "nginx", filepath.Join(ghostFolder(), ".complete"))
	return sharedGhost.get(t, launchGhost)
}

func launchGhost(t testing.TB, s *stage) *origin {
	t.Helper()
	started := time.Now()
	dir, inner, outer := s.subfolder(t, "ghost"), freePort(t), freePort(t)
	content := filepath.Join(dir, "content")
	run(t, exec.Command("cp", "-rL", filepath.Join(ghostFolder(), "content"), content))
	site := nginx(t, s, outer, "client_max_body_size 50m;\n"+proxyServer(inner))
	writeFile(t, filepath.Join(dir, "config.production.json"), ghostConfig(t, site.URL, content, inner))

	// Ghost reads its version from the folder it is started in.
	if err := os.Symlink(filepath.Join(ghostFolder(), "package.json"), filepath.Join(dir, "package.json")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", filepath.Join(ghostFolder(), "index.js"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NODE_ENV=production")
	p := s.start(t, filepath.Join(dir, "ghost.log"), cmd)
	// The first start creates and migrates the database; until then Ghost
	// answers 503.
	waitUntil(t, p, 3*time.Minute, "Ghost", func() bool { return answers(site.URL) })
	booted := time.Since(started)
	newGhostOwner(t, site).publish(t)
	t.Logf("Ghost: booted after %.1f s, ready after %.1f s", booted.Seconds(), time.Since(started).Seconds())
	return site
}

func ghostConfig(t testing.TB, address, content string, port int) string {
	t.Helper()
	type section = map[string]any
	config, err := json.Marshal(section{
		"url":    address,
		"server": section{"host": "127.0.0.1", "port": port},
		"database": section{
			"client": "sqlite3", "useNullAsDefault": true,
			"connection": section{"filename": filepath.Join(filepath.Dir(content), "ghost.db")},
		},
		"paths":   section{"contentPath": content + "/"},
		"mail":    section{"transport": "stub"},
		"logging": section{"transports": []string{"stdout"}, "level": "warn"},
		"privacy": section{"useUpdateCheck": false, "useGravatar": false, "useRpcPing": false},
		// Without a mail server nobody could read the code Ghost would send.
		"security": section{"staffDeviceVerification": false},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(config)
}

// ghostPosts are the posts of the Ghost, oldest first.
type ghostPost struct {
	title, tag string
	images     int
}

var ghostPosts = []ghostPost{
	{"The line at home", "Lines", 2},
	{"A cache in front of a blog", "Servers", 1},
	{"Вечер в сентябре", "Servers", 1},
	{"九月的晚上", "Evenings", 1},
	{"L’été où la ligne a tenu", "Évenings & more", 2},
	{"What a picture weighs", "Lines", 4},
	{"Nothing to see", "Evenings", 0},
	{"Counting visitors", "Servers", 1},
	{"The modem's buffer", "Lines", 1},
	{"A table and some code", "Servers", 0},
	{"Moving house in a hurry", "Evenings", 3},
	{"Coming home again", "Evenings", 1},
}

// publish writes the posts, with pictures in the text and over it.
func (g *ghostOwner) publish(t testing.TB) {
	t.Helper()
	var last string
	for i, post := range ghostPosts {
		fields := map[string]any{
			"title": post.title, "status": "published",
			"tags":         []map[string]string{{"name": post.tag}, {"name": "All"}},
			"published_at": time.Date(2026, 3, 1+i, 12, 0, 0, 0, time.UTC).Format("2006-01-02T15:04:05.000Z"),
			"featured":     i == 5,
		}
		body := "<p>It was slow that evening, and nobody knew why.</p><h2>Later</h2>"
		for n := range post.images {
			image := g.upload(t, i*10+n)
			if n == 0 {
				fields["feature_image"] = image
			}
			body += fmt.Sprintf(`<p>Look:</p><figure class="kg-card kg-image-card"><img src="%s" class="kg-image" alt="picture" width="1800" height="1200"></figure>`, image)
		}
		if fields["featured"] == true {
			for _, paragraph := range longArticle(t) {
				body += "<p>" + html.EscapeString(paragraph) + "</p>"
			}
		}
		if last != "" {
			body += fmt.Sprintf(`<p>Before that: <a href="%s">this</a>, <a href="%s#later">later</a> and <a href="/tag/all/">all</a>.</p>`, last, last)
		}
		body += `<pre><code class="language-go">fmt.Println("&lt;a href=/nowhere&gt;")</code></pre>`
		fields["html"] = body
		last = g.post(t, fields)
	}
}

// post publishes one post and returns its address.
func (g *ghostOwner) post(t testing.TB, fields map[string]any) string {
	t.Helper()
	var reply struct {
		Posts []struct{ URL string }
	}
	g.send(t, http.MethodPost, "posts/?source=html", map[string]any{"posts": []any{fields}}, &reply)
	if len(reply.Posts) != 1 || reply.Posts[0].URL == "" {
		t.Fatalf("Ghost says of its new post: %+v", reply)
	}
	return reply.Posts[0].URL
}
