package serve

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"buzzproof/internal/coding"
	"buzzproof/internal/snapshot"
)

// What was chosen because of the line's load, or for a machine, is for this
// visit: the next one may get more.
const cacheOurs = "private, no-cache"

// thing sends a thing, or the part of it that the visitor lacks. vary names the
// headers on which the choice depends, if it was one.
func (s *Server) thing(w http.ResponseWriter, r *http.Request, h *held, t *thing, vary []string) error {
	v, err := s.choose(r.Context(), h, t, s.likes(r, t))
	if errors.Is(err, errNotAcceptable) {
		w.Header()["Vary"] = vary
		plain(w, r, http.StatusNotAcceptable, "This file cannot be sent in any of the codings that were asked for.\n")
		return nil
	}
	if err != nil {
		return err
	}
	defer v.close()
	s.describe(w.Header(), t, v, vary)
	switch precondition(r, v.tag, t.Modified) {
	case http.StatusNotModified:
		notModified(w)
	case http.StatusPreconditionFailed:
		clear(w.Header())
		plain(w, r, http.StatusPreconditionFailed, "The file is not the one that was asked for.\n")
	default:
		s.sendParts(w, r, v, t.Entry)
	}
	return nil
}

// likes returns the codings that fit the request. Parts are sent plain where
// that is welcome: who reads parts seeks in the file or resumes a download and
// knows offsets in the plain bytes. If-Range may show that it is otherwise.
func (s *Server) likes(r *http.Request, t *thing) accepted {
	likes := parseAccept(r.Header.Values("Accept-Encoding"))
	if r.Header.Get("Range") == "" || likes[coding.Identity] == 0 {
		return likes
	}
	if known := r.Header.Get("If-Range"); known != "" {
		for c := range coding.Identity {
			if likes[c] > 0 && known == t.tag(c) {
				only := accepted{}
				only[c] = likes[c]
				return only
			}
		}
	}
	return accepted{coding.Identity: likes[coding.Identity]}
}

var (
	varyCoding = []string{"Accept-Encoding"}
	byteRanges = []string{"bytes"}
)

// describe sets the headers that a rendition has whatever part of it is sent.
func (s *Server) describe(header http.Header, t *thing, v *rendition, vary []string) {
	header["Content-Type"] = []string{contentType(t.Entry)}
	header["Cache-Control"] = []string{t.caching()}
	header["Etag"] = []string{v.tag}
	header["Accept-Ranges"] = byteRanges
	if v.coding != coding.Identity {
		header["Content-Encoding"] = []string{v.coding.String()}
	}
	if v.coding != coding.Identity || s.negotiable(t) || !slices.Equal(vary, varyCoding) {
		header["Vary"] = vary
	}
	if !t.Modified.IsZero() {
		header["Last-Modified"] = []string{t.Modified.UTC().Format(http.TimeFormat)}
	}
}

func contentType(e *snapshot.Entry) string {
	if e.Type == "" {
		return "application/octet-stream"
	}
	return e.Type
}

func (t *thing) caching() string {
	if t.ours {
		return cacheOurs
	}
	return t.Entry.Caching()
}

// notModified sends a 304 with the headers that caches update from it.
func notModified(w http.ResponseWriter) {
	header := w.Header()
	delete(header, "Content-Type")
	delete(header, "Content-Encoding")
	delete(header, "Accept-Ranges")
	w.WriteHeader(http.StatusNotModified)
}

// sendParts sends what the Range header asks for, or everything.
func (s *Server) sendParts(w http.ResponseWriter, r *http.Request, v *rendition, e *snapshot.Entry) {
	header := w.Header()
	ranges, satisfiable := rangesFor(r, v, e)
	switch {
	case !satisfiable:
		clear(header)
		header.Set("Content-Range", "bytes */"+strconv.FormatInt(v.size, 10))
		plain(w, r, http.StatusRequestedRangeNotSatisfiable, "The file does not reach that far.\n")
	case len(ranges) == 0:
		s.send(w, r, e, v, http.StatusOK, whole(v))
	case len(ranges) == 1:
		header.Set("Content-Range", ranges[0].contentRange(v.size))
		s.send(w, r, e, v, http.StatusPartialContent, []part{{byteRange: ranges[0]}})
	default:
		boundary, parts := multipart(ranges, contentType(e), v.size)
		header.Set("Content-Type", "multipart/byteranges; boundary="+boundary)
		s.send(w, r, e, v, http.StatusPartialContent, parts)
	}
}
