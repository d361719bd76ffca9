package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFreezingAnUnchangedGhostAgainChangesNothing(t *testing.T) {
	expectUnchanged(t, visited(t, startGhost(t)), "/content/", "/assets/", "/public/")
}

// Wikis put a request id and a time into every page, and a new time stamp into
// the address of a picture that only counts visits.
func TestFreezingAnUnchangedDokuWikiAgainChangesNothing(t *testing.T) {
	expectUnchanged(t, visited(t, startDokuWiki(t)), "/lib/tpl/")
}

func TestFreezingAnUnchangedMediaWikiAgainChangesNothing(t *testing.T) {
	expectUnchanged(t, visited(t, startMediaWiki(t)), "/resources/", "/images/")
}

// visited returns a site that was frozen once. Origins change themselves on the
// first visits: Ghost measures its pictures, MediaWiki its modules.
func visited(t *testing.T, site *origin) *origin {
	t.Helper()
	freeze(t, site, newStage(t).subfolder(t, "warm"), publicURL)
	return site
}

// expectUnchanged freezes a site twice: the second time nothing may change on
// disk but the log, and no file below the given folders may be sent again.
func expectUnchanged(t *testing.T, site *origin, folders ...string) {
	t.Helper()
	s := newStage(t)
	dir := s.subfolder(t, "copy")
	first, _ := freeze(t, site, dir, publicURL)
	before, held := listing(t, dir, true), digests(readManifest(t, dir))
	second, again := freeze(t, site, dir, publicURL)
	after := listing(t, dir, true)
	for _, files := range []map[string]string{before, after} {
		for path := range files {
			if filepath.Base(path) == "freeze.log" {
				delete(files, path)
			}
		}
	}
	if first.ID != second.ID {
		t.Errorf("the id was %s and is %s", first.ID, second.ID)
	}
	holds := digests(readManifest(t, dir))
	for url, was := range held {
		if now := holds[url]; now != was {
			t.Errorf("%s was %.8s and is %.8s: %s", url, was, now, firstDifference(t, dir, first.ID, second.ID, url))
		}
	}
	changed := differences(before, after)
	for _, line := range changed[:min(20, len(changed))] {
		t.Errorf("on disk: %s", line)
	}
	resent := sentAgain(again.requests, folders)
	for _, r := range resent[:min(20, len(resent))] {
		t.Errorf("sent again: %s, %d bytes", r.URI, r.Bytes)
	}
	t.Logf("bar: second freeze  %d files changed, %d assets sent again, both at most 0; %d requests, %.1f s",
		len(changed), len(resent), len(again.requests), again.took.Seconds())
}

// firstDifference shows where the answer to an address differs between two
// snapshots.
func firstDifference(t *testing.T, dir, before, after, url string) string {
	t.Helper()
	texts := make([]string, 2)
	for i, id := range []string{before, after} {
		m := manifestIn(t, filepath.Join(dir, "snapshots", id))
		for _, e := range m.Entries {
			if e.URL == url {
				data, err := os.ReadFile(filepath.Join(dir, "snapshots", id, "tree", filepath.FromSlash(e.File)))
				if err != nil {
					return err.Error()
				}
				texts[i] = string(data)
			}
		}
	}
	was, now := texts[0], texts[1]
	at := 0
	for at < min(len(was), len(now)) && was[at] == now[at] {
		at++
	}
	cut := func(s string) string { return s[max(0, min(at-60, len(s))):min(at+60, len(s))] }
	return fmt.Sprintf("%q became %q", cut(was), cut(now))
}

// digests names what each address of a copy answers with.
func digests(m manifest) map[string]string {
	all := map[string]string{}
	for _, e := range m.Entries {
		all[e.URL] = e.SHA256
	}
	return all
}

func sentAgain(requests []request, folders []string) []request {
	var resent []request
	for _, r := range requests {
		for _, folder := range folders {
			if strings.HasPrefix(r.URI, folder) && r.Status == 200 {
				resent = append(resent, r)
			}
		}
	}
	return resent
}
