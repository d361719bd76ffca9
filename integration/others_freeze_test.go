package integration

import "testing"

func TestTheCopyOfAGhostIsWhole(t *testing.T) {
	site := startGhost(t)
	s := newStage(t)
	dir := s.subfolder(t, "copy")
	freeze(t, site, dir, publicURL)
	copyURL := up(t, s, dir)
	t.Run("every reference leads somewhere and none to the origin", func(t *testing.T) {
		expectSound(t, check(t, copyURL, publicURL, site.URL, "/"))
	})
	t.Run("every address of the sitemaps and feeds answers with the origin's media type", func(t *testing.T) {
		expectTypes(t, site, copyURL, "/sitemap.xml", "/rss/")
	})
	t.Run("a page that never was is not found", func(t *testing.T) {
		expectNotFound(t, site, copyURL)
	})
	expectSameElsewhere(t, dir, copyURL)
}

func TestTheCopyOfADokuWikiIsWhole(t *testing.T) { expectWholeWiki(t, startDokuWiki(t)) }

func TestTheCopyOfAMediaWikiIsWhole(t *testing.T) { expectWholeWiki(t, startMediaWiki(t)) }

// expectWholeWiki freezes a site whose pages are told apart by their query. A
// wiki of a dozen pages has thousands of addresses, most of them views of the
// same page; who asks for all of them has not understood it.
func expectWholeWiki(t *testing.T, site *origin) {
	t.Helper()
	const enough = 1000
	s := newStage(t)
	dir := s.subfolder(t, "copy")
	_, c := freeze(t, site, dir, publicURL)
	t.Logf("bar: wiki  %d requests, at most %d", len(c.requests), enough)
	if len(c.requests) > enough {
		t.Errorf("freezing a dozen pages takes %d requests", len(c.requests))
	}
	copyURL := up(t, s, dir)
	t.Run("every reference leads somewhere and none to the origin", func(t *testing.T) {
		expectSound(t, check(t, copyURL, publicURL, site.URL, "/"))
	})
	t.Run("every address with a query answers as the origin did", func(t *testing.T) {
		expectQueries(t, site, copyURL, c.requests)
	})
	expectSameElsewhere(t, dir, copyURL)
}
