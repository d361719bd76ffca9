package sample_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

const base = "http://blog.example"

func get(h http.Handler, address string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	return w
}

// A walk asks a site for everything it refers to, once.
type walk struct {
	answers map[string]*httptest.ResponseRecorder
	from    map[string]string // who refers to an address
}

func walkSite(site http.Handler, start ...string) walk {
	w := walk{map[string]*httptest.ResponseRecorder{}, map[string]string{}}
	for queue := start; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if w.answers[at] != nil {
			continue
		}
		w.answers[at] = get(site, at)
		for _, to := range references(at, w.answers[at]) {
			if w.from[to] == "" {
				w.from[to] = at
			}
			queue = append(queue, to)
		}
	}
	return w
}

// references lists the addresses of its own site that an answer names. Of the
// calendar, which has no end, only the year of the posts is walked.
func references(at string, answer *httptest.ResponseRecorder) []string {
	found := []string{answer.Header().Get("Location")}
	kind, text := answer.Header().Get("Content-Type"), answer.Body.String()
	switch {
	case strings.HasPrefix(kind, "image/svg"), strings.HasPrefix(kind, "text/html"):
		found = append(found, attributes(text)...)
		found = append(found, spans(text, "url(", ")")...)
	case strings.HasPrefix(kind, "text/css"):
		found = append(found, spans(text, "url(", ")")...)
		found = append(found, spans(text, `@import "`, `"`)...)
	case strings.HasPrefix(kind, "application/manifest"):
		found = append(found, spans(text, `"src": "`, `"`)...)
	case strings.HasPrefix(kind, "image/"), strings.HasPrefix(kind, "font/"), kind == "application/gzip":
		return nil
	}
	for _, rest := range spans(html.UnescapeString(strings.ReplaceAll(text, `\/`, "/")), base, "") {
		found = append(found, base+rest[:strings.IndexAny(rest+" ", "\"'<>)]\\, \n")])
	}
	return within(at, found)
}

// within resolves references and keeps those which lead into the site.
func within(at string, found []string) []string {
	var own []string
	from, _ := url.Parse(at)
	for _, ref := range found {
		to, err := from.Parse(html.UnescapeString(strings.Trim(ref, `"'`)))
		if err != nil || ref == "" || to.Host != from.Host || strings.Contains(ref, "{search_term") {
			continue
		}
		if month := to.Query().Get("month"); month != "" && !strings.HasPrefix(month, "2016") {
			continue
		}
		to.Fragment = ""
		if to.Path == "" {
			to.Path = "/"
		}
		own = append(own, to.String())
	}
	return own
}

// attributes reads the values of the attributes that hold addresses.
func attributes(text string) []string {
	var found []string
	for _, name := range []string{"href", "src", "data-src", "data"} {
		found = append(found, spans(text, " "+name+`="`, `"`)...)
	}
	for _, name := range []string{"srcset", "data-srcset"} {
		for _, set := range spans(text, " "+name+`="`, `"`) {
			for candidate := range strings.SplitSeq(set, ",\n") {
				found = append(found, strings.Fields(candidate)[0])
			}
		}
	}
	return found
}

// spans returns what stands between each pair of marks.
func spans(text, before, after string) []string {
	var found []string
	for {
		_, rest, ok := strings.Cut(text, before)
		if !ok {
			return found
		}
		span, _, _ := strings.Cut(rest, after)
		if after == "" {
			span = rest
		}
		found, text = append(found, span), rest
	}
}
