package integration

import (
	"strings"
	"sync"
	"testing"
)

var frozenBig struct {
	once sync.Once
	dir  string
	said result
	cost cost
}

// frozenWordPress returns the shared WordPress and the folder of its copy,
// which tests must not change.
func frozenWordPress(t *testing.T) (site *origin, dir string) {
	t.Helper()
	site = bigWordPress(t)
	frozenBig.once.Do(func() {
		dir := shared.subfolder(t, "frozen")
		frozenBig.said, frozenBig.cost = freeze(t, site, dir, publicURL)
		frozenBig.dir = dir
	})
	if frozenBig.dir == "" {
		t.Fatal("the shared WordPress could not be frozen, see the first test that needed it")
	}
	return site, frozenBig.dir
}

func TestTheCopyOfAWordPressIsWhole(t *testing.T) {
	site, dir := frozenWordPress(t)
	copyURL := up(t, newStage(t), dir)
	t.Run("every reference leads somewhere and none to the origin", func(t *testing.T) {
		expectSound(t, check(t, copyURL, publicURL, site.URL, "/"))
	})
	t.Run("every address of the sitemaps and feeds answers with the origin's media type", func(t *testing.T) {
		expectTypes(t, site, copyURL, "/wp-sitemap.xml", "/feed/", "/comments/feed/")
	})
	t.Run("every address with a query answers as the origin did", func(t *testing.T) {
		expectQueries(t, site, copyURL, frozenBig.cost.requests)
	})
	t.Run("every short address of a post leads to the post", func(t *testing.T) {
		expectQueries(t, site, copyURL, shortlinks(t, site))
	})
	t.Run("a page that never was is not found", func(t *testing.T) {
		expectNotFound(t, site, copyURL)
	})
}

// shortlinks asks the origin's posts for their ?p=N address.
func shortlinks(t *testing.T, site *origin) []request {
	t.Helper()
	var links []request
	for _, page := range listed(t, site, "/wp-sitemap.xml") {
		_, rest, _ := strings.Cut(get(t, strings.TrimSuffix(site.URL, "/")+page).body, "rel='shortlink' href='")
		link, _, ok := strings.Cut(rest, "'")
		if ok && strings.HasPrefix(link, site.URL+"?") {
			links = append(links, request{Method: "GET", URI: "/" + strings.TrimPrefix(link, site.URL), Status: 200})
		}
	}
	if len(links) < 100 {
		t.Fatalf("only %d posts have a short address", len(links))
	}
	return links
}

func TestFreezingAWordPressCostsLessThanWget(t *testing.T) {
	site, _ := frozenWordPress(t) // and so every cache of the origin is warm
	s := newStage(t)
	_, ours := freeze(t, site, s.subfolder(t, "fresh"), publicURL)
	theirs := wget(t, site, s.subfolder(t, "wget"))
	requests := float64(len(ours.requests)) / float64(len(theirs.requests))
	took := ours.took.Seconds() / theirs.took.Seconds()
	t.Logf("bar: requests  buzzproof %5d    wget %5d    share %.2f, at most 0.55", len(ours.requests), len(theirs.requests), requests)
	t.Logf("bar: time      buzzproof %5.1f s  wget %5.1f s  share %.2f, at most 0.60", ours.took.Seconds(), theirs.took.Seconds(), took)
	if requests > 0.55 {
		t.Errorf("freezing takes %.2f of wget's requests", requests)
	}
	if took > 0.6 {
		t.Errorf("freezing takes %.2f of wget's time", took)
	}
}

func TestFreezingAnUnchangedWordPressAgainChangesNothing(t *testing.T) {
	site, _ := frozenWordPress(t)
	expectUnchanged(t, site, "/wp-content/", "/wp-includes/")
}

func TestOtherServersGiveTheSamePages(t *testing.T) {
	_, dir := frozenWordPress(t)
	expectSameElsewhere(t, dir, up(t, newStage(t), dir))
}

// expectSameElsewhere serves the tree of a copy by servers that know nothing
// of buzzproof and compares their pages with ours.
func expectSameElsewhere(t *testing.T, dir, ours string) {
	t.Helper()
	m := readManifest(t, dir)
	for _, server := range []struct {
		name  string
		start func(*testing.T, string) string
	}{{"nginx", startNginx}, {"Apache", startApache}} {
		t.Run(server.name, func(t *testing.T) {
			theirs := server.start(t, tree(t, dir))
			expectSamePages(t, m, ours, strings.TrimSuffix(theirs, "/"))
		})
	}
}
