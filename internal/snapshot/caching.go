package snapshot

import (
	"strings"

	"buzzproof/internal/coding"
)

// How long caches may keep an answer, wherever the snapshot is served from.
const (
	CacheImmutable = "public, max-age=31536000, immutable"
	// A correction shows within a minute; at 13 visits a second one shared
	// cache then asks once for 780 visits. A stale page is shown for ten
	// minutes while a newer one is fetched, and for a day when we are down.
	// Redirects are kept no longer than pages.
	CachePage = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
	// Styles, scripts and pictures change with the design, not with the text.
	CacheAsset = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"
	// A page that is missing may be there in the next snapshot.
	CacheNotFound = "public, max-age=10"
)

// Caching is the Cache-Control of an entry.
func (e *Entry) Caching() string {
	switch {
	case e.Immutable:
		return CacheImmutable
	case e.Page || IsText(coding.MediaType(e.Type)):
		return CachePage
	}
	return CacheAsset
}

// IsText tells documents, feeds, sitemaps and robots.txt, which change when
// something is written, from styles and scripts, which are text as well.
func IsText(bare string) bool {
	switch bare {
	case "text/html", "text/plain", "text/xml", "application/xml", "application/json", "application/feed+json", "text/calendar":
		return true
	}
	return strings.HasSuffix(bare, "+xml") && bare != "image/svg+xml"
}
