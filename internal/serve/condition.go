package serve

import (
	"net/http"
	"strings"
	"time"
)

// precondition evaluates a request's conditions in the order of RFC 9110
// section 13.2.2. It returns 304, 412 or, when the request goes on, 0.
func precondition(r *http.Request, tag string, modified time.Time) int {
	if values := r.Header.Values("If-Match"); len(values) > 0 {
		if !listed(values, tag, true) {
			return http.StatusPreconditionFailed
		}
	} else if t, ok := date(r, "If-Unmodified-Since"); ok && !modified.IsZero() && seconds(modified).After(t) {
		return http.StatusPreconditionFailed
	}
	if values := r.Header.Values("If-None-Match"); len(values) > 0 {
		if listed(values, tag, false) {
			return http.StatusNotModified
		}
	} else if t, ok := date(r, "If-Modified-Since"); ok && !modified.IsZero() && !seconds(modified).After(t) {
		return http.StatusNotModified
	}
	return 0
}

// date returns a header's date. Dates that cannot be read are as if not sent.
func date(r *http.Request, name string) (time.Time, bool) {
	value := r.Header.Get(name)
	if value == "" {
		return time.Time{}, false
	}
	t, err := http.ParseTime(value)
	return t, err == nil
}

// seconds cuts a time to what a date in a header can say.
func seconds(t time.Time) time.Time { return t.Truncate(time.Second) }

// listed reports whether tag stands in a list of entity tags, "*" standing for
// any. Strong comparison does not take weak tags for equal (RFC 9110 section
// 8.8.3.2); ours is always strong.
func listed(values []string, tag string, strong bool) bool {
	for _, list := range values {
		if strings.TrimSpace(list) == "*" {
			return true
		}
		for list != "" {
			var found string
			var weak bool
			found, weak, list = nextTag(list)
			if found == tag && !(weak && strong) {
				return true
			}
		}
	}
	return false
}

// nextTag takes the first entity tag off a list. The tag is empty when what
// stands there is none; the rest then begins after the next comma.
func nextTag(list string) (tag string, weak bool, rest string) {
	list = strings.TrimLeft(list, " \t,")
	bare, weak := strings.CutPrefix(list, "W/")
	if !strings.HasPrefix(bare, `"`) {
		_, rest, _ = strings.Cut(list, ",")
		return "", false, rest
	}
	end := strings.IndexByte(bare[1:], '"')
	if end < 0 {
		return "", false, ""
	}
	return bare[:end+2], weak, bare[end+2:]
}
