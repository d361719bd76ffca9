package freeze

import (
	"strings"

	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// sameType reports whether a file served as got by a plain server does what it
// does as want: browsers look at the bytes of images, and one script or XML
// type is as good as another.
func sameType(got, want string) bool {
	got, want = mediaType(got), mediaType(want)
	family := func(t string) string {
		kind, _, _ := strings.Cut(t, "/")
		switch {
		case t == "image/svg+xml":
			return t
		case kind == "image" || kind == "audio" || kind == "video" || kind == "font":
			return kind
		case strings.Contains(t, "javascript"):
			return "script"
		case strings.Contains(t, "xml"):
			return "xml"
		case strings.Contains(t, "json"):
			return "json"
		case strings.Contains(t, "font"):
			return "font"
		case strings.Contains(t, "zip"):
			return "zip"
		}
		return t
	}
	return got == want || family(got) == family(want)
}

// isNatural reports whether a plain web server finds the file under the key
// itself, so that links may keep the address the origin gave it.
func isNatural(key, file, contentType string) bool {
	rawPath, query := site.SplitKey(key)
	if query != "" && isHTML(contentType) {
		return false
	}
	plain, ok := snapshot.PlainFile(rawPath)
	if !ok {
		return false
	}
	if plain == file && (query == "" || !strings.HasSuffix(rawPath, "/")) {
		return true
	}
	// A folder's page without its slash: the server redirects to it.
	return isHTML(contentType) && plain+"/index.html" == file
}
