package snapshot

import (
	"mime"
	"path"
	"strings"
)

// types are the media types by extension, the same on every machine:
// mime.TypeByExtension depends on what else is installed.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8",
	".xhtml": "application/xhtml+xml", ".txt": "text/plain; charset=utf-8",
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json",
	".xml": "application/xml", ".rss": "application/rss+xml", ".atom": "application/atom+xml", ".xsl": "application/xml",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".ico": "image/x-icon", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff",
	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".eot": "application/vnd.ms-fontobject",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/quicktime",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav", ".flac": "audio/flac",
	".pdf": "application/pdf", ".zip": "application/zip", ".gz": "application/gzip", ".wasm": "application/wasm",
	".vtt": "text/vtt; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".ics": "text/calendar; charset=utf-8",
}

// TypeByName returns the media type a plain web server would give a file.
func TypeByName(name string) string {
	if t, ok := types[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// ExtensionFor returns the extension that makes a plain web server send the
// given media type, or "" when there is none.
func ExtensionFor(contentType string) string {
	want, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return extensions[want]
}

// extensions inverts types for the types that pages, feeds and their parts
// have, with the synonyms that origins use.
var extensions = map[string]string{
	"text/html": ".html", "application/xhtml+xml": ".xhtml", "text/plain": ".txt", "text/css": ".css",
	"text/javascript": ".js", "application/javascript": ".js", "application/x-javascript": ".js",
	"application/json": ".json", "application/ld+json": ".json", "application/feed+json": ".json",
	"application/json+oembed": ".json", "application/manifest+json": ".webmanifest",
	"application/xml": ".xml", "text/xml": ".xml", "application/rss+xml": ".xml", "application/atom+xml": ".xml",
	"application/rdf+xml": ".xml", "application/opensearchdescription+xml": ".xml", "text/xml+oembed": ".xml",
	"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp",
	"image/avif": ".avif", "image/x-icon": ".ico", "image/vnd.microsoft.icon": ".ico", "image/bmp": ".bmp", "image/tiff": ".tiff",
	"font/woff": ".woff", "font/woff2": ".woff2", "font/ttf": ".ttf", "font/otf": ".otf",
	"application/font-woff": ".woff", "application/vnd.ms-fontobject": ".eot",
	"video/mp4": ".mp4", "video/webm": ".webm", "video/ogg": ".ogv", "video/quicktime": ".mov",
	"audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/flac": ".flac",
	"application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz", "application/wasm": ".wasm",
	"text/vtt": ".vtt", "text/markdown": ".md", "text/csv": ".csv", "text/calendar": ".ics",
}

// HashedName reports whether a file name carries a digest of the content, as
// app.3f9c2b1a.css and main-BX2k9QfZ.js do: a group of eight or more
// letters and digits, well mixed, after a separator.
func HashedName(base string) bool {
	groups := strings.FieldsFunc(strings.TrimSuffix(base, path.Ext(base)), func(r rune) bool {
		return r == '.' || r == '-' || r == '_'
	})
	for i, group := range groups {
		if i > 0 && looksHashed(group) {
			return true
		}
	}
	return false
}

// looksHashed tells 3f9c2b1a from img20230405: names put their digits in one
// place, digests mix them with letters.
func looksHashed(group string) bool {
	if len(group) < 8 {
		return false
	}
	changes, wasDigit := 0, false
	for i, r := range group {
		digit := '0' <= r && r <= '9'
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !digit && !letter {
			return false
		}
		if i > 0 && digit != wasDigit {
			changes++
		}
		wasDigit = digit
	}
	return changes >= 3
}
