package sample

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// nonce guards the logout link. A real one changes every day; this one stays,
// so that the same page is always the same bytes.
const nonce = "8f3a1c20de"

// addMachinery adds what a CMS answers beside its pages: moved addresses, its
// API, its login, and the addresses that its forms are sent to.
func (b *blog) addMachinery() {
	b.routes["/old/about.html"] = route{get: b.redirect("/about/", http.StatusMovedPermanently)}
	b.routes["/latest/"] = route{get: b.redirect(b.posts[0].Path(), http.StatusFound)}
	b.routes["/a-propos/"] = route{get: b.moved}
	b.routes["/wp-json/"] = route{get: b.api}
	b.routes["/wp-json/oembed/1.0/embed"] = route{get: b.oEmbed}
	b.routes["/wp-login.php"] = route{get: b.login, post: b.login}
	b.routes["/wp-comments-post.php"] = route{get: b.missing, post: b.accept}
	b.routes["/xmlrpc.php"] = route{get: refuseXMLRPC, post: refuseXMLRPC}
	b.routes["/contact/"] = route{
		get:  b.routes["/contact/"].get,
		post: b.redirect("/contact/thanks/", http.StatusSeeOther),
	}
}

// moved sends the visitor on with a page instead of a status, as people did
// who could not configure their server.
func (b *blog) moved(w http.ResponseWriter, r *http.Request) {
	b.render(r)
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_, _ = fmt.Fprintf(w, `<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>À propos</title>
<meta http-equiv="refresh" content="0; url=%s/about/">
</head>
<body><p>La page est <a href="/about/">ici</a>.</p></body>
</html>
`, b.base(r))
}

func (b *blog) api(w http.ResponseWriter, r *http.Request) {
	b.json(w, r, map[string]any{
		"name": siteName, "description": tagline, "url": b.base(r), "home": b.base(r),
		"namespaces": []string{"oembed/1.0", "wp/v2"},
	})
}

func (b *blog) oEmbed(w http.ResponseWriter, r *http.Request) {
	address, err := url.PathUnescape(r.URL.Query().Get("url"))
	at := slices.IndexFunc(b.posts, func(e *entry) bool { return address == b.base(r)+e.Path() })
	if err != nil || at < 0 {
		http.Error(w, `{"code":"oembed_invalid_url"}`, http.StatusNotFound)
		return
	}
	e := b.posts[at]
	b.json(w, r, map[string]any{
		"version": "1.0", "type": "link", "title": e.Title, "author_name": "Maud",
		"provider_name": siteName, "provider_url": b.base(r),
		"thumbnail_url": b.base(r) + escape(mediaPath(e.Picture, 480)), "thumbnail_width": 480, "thumbnail_height": 240,
	})
}

func (b *blog) json(w http.ResponseWriter, r *http.Request, v any) {
	b.render(r)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, _ = w.Write(encode(v))
}

func (b *blog) login(w http.ResponseWriter, r *http.Request) {
	b.send(w, r, http.StatusOK, page{Kind: "login", Path: "/wp-login.php", Title: "Log in", NoIndex: true})
}

// accept takes a comment and leads back to where the reader was, as far as
// that is a path of this site.
func (b *blog) accept(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	id := strings.TrimSpace(r.PostFormValue("comment_post_ID"))
	for _, p := range b.posts {
		if fmt.Sprint(p.ID) == id {
			b.redirect(p.Path(), http.StatusFound)(w, r)
			return
		}
	}
	b.missing(w, r)
}

func refuseXMLRPC(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(http.StatusMethodNotAllowed)
	_, _ = io.WriteString(w, "XML-RPC server accepts POST requests only.")
}
