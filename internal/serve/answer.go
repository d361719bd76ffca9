package serve

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

const (
	allowed = "GET, HEAD, OPTIONS"
	// Browsers and search engines stop at 2 KB; 8 KB is what RFC 9110 section
	// 4.1 asks every server to take.
	longestTarget = 8000
)

// answer answers one visit from h. It returns an error only when nothing has
// been sent, so that the caller can still say something.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, h *held) error {
	w.Header()["X-Content-Type-Options"] = []string{"nosniff"}
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
		return nil
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		refuseMethod(w, r, h)
		return nil
	case len(r.RequestURI) > longestTarget:
		plain(w, r, http.StatusRequestURITooLong, "This address is too long.\n")
		return nil
	case r.RequestURI == "*" || r.URL.Opaque != "":
		plain(w, r, http.StatusBadRequest, "This is not the address of a page.\n")
		return nil
	}
	wished, key, a := wishOf(h, site.Key(r.URL))
	switch {
	case a.Status == http.StatusOK:
		return s.page(w, r, h, a.Entry, wished)
	case a.To != "":
		if wished.rung != "" {
			a.Query = strings.TrimPrefix(a.Query+"&"+wished.query(), "&")
		}
		redirect(w, r, a.Status, location(a))
		return nil
	case key == "/" && h.home != "/":
		redirect(w, r, http.StatusFound, location(snapshot.Answer{To: h.home, Query: wished.query()}))
		return nil
	}
	return s.notFound(w, r, h, a.Entry)
}

// page sends an entry as it is wished for. What was made of it lies in a folder
// of its own, which may be damaged or swept while the tree is not: then the
// entry itself is sent.
func (s *Server) page(w http.ResponseWriter, r *http.Request, h *held, e *snapshot.Entry, wished wish) error {
	steered := e.Page && wished.rung == ""
	if to := s.elsewhere.Load(); steered && to != nil && classOf(r) == site.Person {
		found(w, r, *to+r.URL.RequestURI())
		return nil
	}
	if steered {
		wished = s.steer(r, h, e)
	}
	t, vary := h.grant(r, e, wished)
	if t == nil {
		return s.notFound(w, r, h, nil)
	}
	note(w, e, t)
	if e.Page {
		w.Header()[rungHeader] = []string{t.rung()}
		t.ours = steered && wished.rung != "" && t.rung() != site.Full.String()
		s.pledge(r, h, e, t)
	}
	err := s.thing(w, r, h, t, vary)
	if err == nil || t.part == nil || r.Context().Err() != nil {
		return err
	}
	if _, told := h.damaged.LoadOrStore(e.URL, true); !told {
		s.config.Log.Warn("full page sent instead of a rendition", "url", e.URL, "error", err)
	}
	clear(w.Header())
	w.Header()["X-Content-Type-Options"] = []string{"nosniff"}
	return s.thing(w, r, h, &thing{Entry: e, inTree: true}, vary)
}

// refuseMethod tells who sends a form that nobody is there to read it.
func refuseMethod(w http.ResponseWriter, r *http.Request, h *held) {
	w.Header().Set("Allow", allowed)
	text := "This address can only be read.\n"
	if path, _ := site.SplitKey(site.Key(r.URL)); r.Method == http.MethodPost && h.actions[path] {
		text = "What you wrote was not delivered.\n\n" +
			"You are reading a frozen copy of this site, made to stay up while many people visit.\n" +
			"It cannot take comments, messages or searches. Go back to keep your text, and please\n" +
			"try again when the visit has calmed down.\n"
	}
	plain(w, r, http.StatusMethodNotAllowed, text)
}

// plain sends a short text of our own.
func plain(w http.ResponseWriter, r *http.Request, status int, text string) {
	short(w, r, status, "text/plain; charset=utf-8", "no-store", text)
}

func short(w http.ResponseWriter, r *http.Request, status int, contentType, caching, body string) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", caching)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, body) // the visitor left: nothing to be done
	}
}

// location returns where a redirect leads from the point of view of this
// visitor: campaign parameters that the address had and the site ignores are
// carried on, as the origin's own redirects within the site carry them.
func location(a snapshot.Answer) string {
	to := a.To
	if !strings.HasPrefix(to, "/") {
		return to
	}
	if strings.HasPrefix(to, "//") {
		to = "/." + to // else a browser takes the first folder for a host
	}
	if a.Query == "" {
		return to
	}
	if strings.Contains(to, "?") {
		return to + "&" + a.Query
	}
	return to + "?" + a.Query
}

// redirect sends a redirect that caches forget as soon as a page: a permanent
// one of the frozen copy must not outlive the copy.
func redirect(w http.ResponseWriter, r *http.Request, status int, to string) {
	w.Header().Set("Location", to)
	body := fmt.Sprintf("<!DOCTYPE html><title>Moved</title><p>This page is at <a href=\"%[1]s\">%[1]s</a>.\n", html.EscapeString(to))
	short(w, r, status, "text/html; charset=utf-8", snapshot.CachePage, body)
}

// found sends a visitor elsewhere for now: nobody may remember the way.
func found(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Location", to)
	short(w, r, http.StatusFound, "text/plain; charset=utf-8", "no-store", "This page is at "+to+" for now.\n")
}

// notFound sends the site's own page for what it does not have. Conditions and
// ranges do not apply to it (RFC 9110 sections 13.2.1 and 14.2).
func (s *Server) notFound(w http.ResponseWriter, r *http.Request, h *held, page *snapshot.Entry) error {
	if page == nil {
		short(w, r, http.StatusNotFound, "text/plain; charset=utf-8", snapshot.CacheNotFound, "There is no such page on this site.\n")
		return nil
	}
	likes := parseAccept(r.Header.Values("Accept-Encoding"))
	t := h.whole(page)
	v, err := s.choose(r.Context(), h, t, likes)
	if errors.Is(err, errNotAcceptable) {
		v, err = s.rendition(r.Context(), h, t, coding.Identity)
	}
	if err != nil {
		return err
	}
	defer v.close()
	header := w.Header()
	s.describe(header, t, v, varyCoding)
	header.Set("Cache-Control", snapshot.CacheNotFound)
	header.Del("ETag")
	header.Del("Last-Modified")
	header.Del("Accept-Ranges")
	s.send(w, r, page, v, http.StatusNotFound, whole(v))
	return nil
}
