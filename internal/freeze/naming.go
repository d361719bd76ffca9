package freeze

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A registry gives every held address a file of its own, chosen so that a
// plain web server answers the address with it whenever that is possible, and
// a person finds it where the address says. The same addresses get the same
// files whatever order they came in, as long as they are named in one order.
type registry struct {
	files map[string]string // folded file -> digest of its content
	dirs  map[string]bool   // folded folders
}

func newRegistry() *registry {
	return &registry{files: map[string]string{}, dirs: map[string]bool{}}
}

// longestSegment keeps a name and its hash under the 255 bytes of common file
// systems; longestPath keeps a path under the 1024 of S3 keys.
const (
	longestSegment = 180
	longestPath    = 900
)

// name returns the file for a public key. Two addresses share a file only when
// they are one asset in two spellings (?ver=1 and ?ver=2 of equal content).
func (r *registry) name(key, contentType, digest string) string {
	file := preferredFile(key, contentType)
	if r.free(file, digest, contentType) {
		return r.take(file, digest)
	}
	bare, query := site.SplitKey(key)
	if query != "" && file == preferredFile(bare, contentType) {
		if file = addQuery(file, query); r.free(file, digest, contentType) {
			return r.take(file, digest)
		}
	}
	if file = addSuffix(file, shortHash(key)); r.free(file, digest, contentType) {
		return r.take(file, digest)
	}
	// A folder on the way is a file: /a.html and /a.html/amp.
	return r.take("_beside/"+shortHash(key)+"/"+path.Base(file), digest)
}

// free reports whether a file can be made on every file system: one that does
// not tell upper from lower case, or é from e with an accent, must not lose
// either of two.
func (r *registry) free(file, digest, contentType string) bool {
	folded := fold(file)
	if known, taken := r.files[folded]; taken {
		return known == digest && !isHTML(contentType)
	}
	if r.dirs[folded] {
		return false
	}
	for dir := path.Dir(folded); dir != "."; dir = path.Dir(dir) {
		if _, taken := r.files[dir]; taken {
			return false
		}
	}
	return true
}

func (r *registry) take(file, digest string) string {
	folded := fold(file)
	r.files[folded] = digest
	for dir := path.Dir(folded); dir != "." && !r.dirs[dir]; dir = path.Dir(dir) {
		r.dirs[dir] = true
	}
	return file
}

func fold(s string) string { return norm.NFC.String(strings.ToLower(s)) }

// preferredFile is the file a plain web server would look for, or the nearest
// one that makes it send the right type.
func preferredFile(key, contentType string) string {
	rawPath, query := site.SplitKey(key)
	file := safePath(rawPath)
	folder := strings.HasSuffix(rawPath, "/")
	if isHTML(contentType) {
		return htmlFile(file, folder, query)
	}
	if folder {
		ext := snapshot.ExtensionFor(contentType)
		if ext == "" {
			ext = ".bin"
		}
		return addQuery(path.Join(file, "index"+ext), query)
	}
	if sameType(snapshot.TypeByName(file), contentType) {
		return file // a plain server ignores the query of a file
	}
	if query != "" {
		file += "-" + readable(query)
	}
	return file + snapshot.ExtensionFor(contentType)
}

func htmlFile(file string, folder bool, query string) string {
	ext := strings.ToLower(path.Ext(file))
	switch {
	case !folder && (ext == ".html" || ext == ".htm" || ext == ".xhtml"):
		return addQuery(file, query)
	case query == "":
		return path.Join(file, "index.html")
	case folder || file == "":
		return addQuery(path.Join(file, "index.html"), query)
	}
	return addQuery(file+".html", query)
}

// addQuery puts a readable form of the query before the extension.
func addQuery(file, query string) string {
	if query == "" {
		return file
	}
	return addSuffix(file, readable(query))
}

func addSuffix(file, suffix string) string {
	ext := path.Ext(file)
	stem := strings.TrimSuffix(file, ext)
	if len(path.Base(stem)) > longestSegment {
		dir, base := path.Split(stem)
		stem = dir + cutText(base, longestSegment)
	}
	return stem + "-" + suffix + ext
}

// readable spells a query with the characters that are safe in a file name and
// a URL. A hash is added where that loses something.
func readable(query string) string {
	unescaped, err := url.QueryUnescape(query)
	if err != nil {
		unescaped = query
	}
	lossy := strings.ContainsAny(unescaped, ",_") || err != nil
	text := strings.Map(func(c rune) rune {
		switch {
		case c == '=' || c == '.' || c == '-' || c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			return c
		case c == '&':
			return ','
		case c > utf8.RuneSelf && unicode.IsLetter(c):
			return c
		}
		lossy = true
		return '_'
	}, unescaped)
	if short := cutText(text, 80); len(short) < len(text) {
		text, lossy = short, true
	}
	if lossy || fold(text) != text {
		text += "-" + shortHash(query)
	}
	return text
}

// safePath decodes a path into file names. A segment that some file system or
// server could not hold is spelled otherwise, with a hash to stay its own.
func safePath(rawPath string) string {
	segments := strings.Split(strings.Trim(rawPath, "/"), "/")
	for i, s := range segments {
		segments[i] = safeSegment(s)
	}
	segments = slices.DeleteFunc(segments, func(s string) bool { return s == "" })
	joined := strings.Join(segments, "/")
	if len(joined) > longestPath {
		joined = cutText(joined, longestPath-80) + "-" + shortHash(rawPath) + path.Ext(joined)
	}
	return joined
}

func safeSegment(raw string) string {
	if raw == "" {
		return ""
	}
	name, err := url.PathUnescape(raw)
	if err == nil && isSafeName(name) {
		return name
	}
	ext := path.Ext(name)
	if err != nil || !isSafeName("x"+ext) || len(ext) > 12 {
		ext = ""
	}
	clean := strings.Map(func(c rune) rune {
		if c < ' ' || c == utf8.RuneError || strings.ContainsRune(unsafeRunes, c) {
			return '_'
		}
		return c
	}, strings.TrimSuffix(name, ext))
	return cutText(strings.Trim(clean, ". "), longestSegment) + "-" + shortHash(raw) + ext
}

// unsafeRunes cannot stand in a file name on Windows, or mean something in a
// URL so that a plain server would look elsewhere. A colon is allowed: the
// addresses of wikis are full of it.
const unsafeRunes = `/\?*"<>|%#` + "\x7f"

// deviceNames cannot be files on Windows, with any extension.
var deviceNames = []string{"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3"}

func isSafeName(name string) bool {
	if name == "" || len(name) > longestSegment || !utf8.ValidString(name) || strings.ContainsAny(name, unsafeRunes) {
		return false
	}
	if name != ".well-known" && name[0] == '.' || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") || name[0] == ' ' {
		return false
	}
	stem, _, _ := strings.Cut(fold(name), ".")
	return !slices.Contains(deviceNames, stem) && strings.IndexFunc(name, unicode.IsControl) < 0
}

// cutText shortens s to at most n bytes without splitting a character.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// shortHash is 32 bits in hex: names differ in more than the hash, so that a
// collision would need two equal stems in one folder.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

func isHTML(contentType string) bool {
	t := mediaType(contentType)
	return t == "text/html" || t == "application/xhtml+xml"
}

func mediaType(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		t, _, _ = strings.Cut(contentType, ";")
	}
	return strings.ToLower(strings.TrimSpace(t))
}
