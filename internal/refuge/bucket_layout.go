package refuge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/site"
)

// indexName is what a web server sends for a folder.
const indexName = "index.html"

// An item is one object as it lies in the bucket.
type item struct {
	Object
	key   string // in the bucket
	gzip  bool   // the body is coded
	body  []byte // of what the tree has no body for: a page that leads on
	under bool   // it is named like a folder, and other keys are in it
	tag   string // changes when anything of this does
}

// size is what the item counts in a push; what it is in gzip is known later.
func (i *item) size() int64 { return max(i.Size, int64(len(i.body))) }

// layout is where each answer of the site lies in the bucket. An address is
// kept under its own path, so that it keeps working as it is, and under its
// file's as well, to which links in the tree lead where only a file can be
// offered.
func (b *bucket) layout(t Tree) ([]*item, error) {
	items := map[string]*item{}
	add := func(key string, o Object) {
		if key == "" || items[key] != nil || strings.HasPrefix(key, ownFolder) {
			return
		}
		items[key] = b.item(key, o)
	}
	for _, o := range t.Objects {
		key, ok, err := keyOf(o)
		switch {
		case err != nil:
			return nil, err
		case !ok:
		case key == "" || strings.HasSuffix(key, "/"):
			add(key+indexName, o)
			if b.Serve == cdn {
				add(key, o) // one that knows no index documents, but for the root, asks for this
			}
		default:
			add(key, o)
		}
	}
	for _, o := range t.Objects { // after the addresses, which take precedence
		add(o.File, o)
	}
	for key, i := range items {
		if plain := strings.ReplaceAll(key, "+", " "); plain != key {
			add(plain, i.Object) // Amazon takes a plus sign in a path for a space
		}
	}
	return ordered(items), nil
}

// ordered lists items by their keys, and marks those under which others lie.
func ordered(items map[string]*item) []*item {
	all := make([]*item, 0, len(items))
	for key, i := range items {
		all = append(all, i)
		for at, c := range key {
			if upper := items[key[:at]]; c == '/' && upper != nil {
				upper.under = true
			}
		}
	}
	slices.SortFunc(all, func(x, y *item) int { return strings.Compare(x.key, y.key) })
	return all
}

// keyOf returns the path of an address, unescaped. It is false for what a
// bucket cannot answer: it does not look at queries.
func keyOf(o Object) (key string, ok bool, err error) {
	path, query := site.SplitKey(o.Key)
	if query != "" || o.Status == http.StatusNotFound {
		return "", false, nil
	}
	key, err = url.PathUnescape(strings.TrimPrefix(path, "/"))
	if err != nil {
		return "", false, fmt.Errorf("address %s: %w", o.Key, err)
	}
	return key, true, nil
}

func (b *bucket) item(key string, o Object) *item {
	i := &item{Object: o, key: key, under: strings.HasSuffix(key, "/")}
	switch {
	case o.Location != "" && b.Serve == cdn:
		i.Type, i.body = "text/html; charset=utf-8", leadOn(o.Location)
		i.Location = ""
	case o.Location == "":
		i.gzip = b.Serve == website && coded(o)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %q %q %q %t %q %q", i.Digest, i.Size, i.Type, i.Cache, i.Location, i.gzip, i.body, b.ACL)
	i.tag = hex.EncodeToString(h.Sum(nil))[:32]
	return i
}

// coded reports whether an object is kept in gzip. That goes by its type: a page
// that becomes short should not have to lose a header, which some stores forget
// to take away.
func coded(o Object) bool {
	return o.Size > 0 && o.Size <= mostCoded && coding.Pays(o.Type, max(o.Size, 4<<10))
}

// mostCoded is the size of the largest text that is coded in memory.
const mostCoded = 32 << 20

// leadOn is a page for what has moved, where no redirect can be sent.
func leadOn(to string) []byte {
	to = html.EscapeString(to)
	return fmt.Appendf(nil, "<!DOCTYPE html><title>Moved</title><meta http-equiv=\"refresh\" content=\"0; url=%[1]s\">"+
		"<link rel=\"canonical\" href=\"%[1]s\"><p>This page is at <a href=\"%[1]s\">%[1]s</a>.\n", to)
}

// errorKey is the key of the page of what is not found.
func errorKey(t Tree) string {
	for _, o := range t.Objects {
		if o.Status == http.StatusNotFound {
			return o.File
		}
	}
	return ""
}

// order parts items by when they go up: what pages are made of, then pages,
// and folders' namesakes after what is in the folders, since stores that keep
// objects as files cannot have both and the file within is worth more.
func order(items []*item) [][]*item {
	var phases [3][]*item
	for _, i := range items {
		switch {
		case i.under:
			phases[2] = append(phases[2], i)
		case i.Page:
			phases[1] = append(phases[1], i)
		default:
			phases[0] = append(phases[0], i)
		}
	}
	for _, p := range phases { // the front page, whose path is shortest, comes last
		slices.SortStableFunc(p, func(x, y *item) int { return cmp.Compare(len(y.key), len(x.key)) })
	}
	return phases[:]
}
