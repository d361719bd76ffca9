package freeze

import (
	"strings"

	"buzzproof/internal/site"
)

// noise are query names that never choose what is answered: marks of where a
// reader came from, and sessions of readers who carry no cookie.
var noise = map[string]bool{
	"utm_source": true, "utm_medium": true, "utm_campaign": true, "utm_term": true, "utm_content": true, "utm_id": true,
	"fbclid": true, "gclid": true, "msclkid": true, "mc_cid": true, "mc_eid": true, "igshid": true, "yclid": true,
	"_ga": true, "_gl": true, "_hsenc": true, "_hsmi": true, "mtm_campaign": true, "pk_campaign": true,
	"sid": true, "phpsessid": true, "jsessionid": true, "aspsessionid": true, "oscsid": true, "zenid": true, "cfid": true, "cftoken": true,
}

// dropNoise removes from a key what makes two spellings of one resource:
// trackers, session marks, and the bare time stamps that defeat caches.
func dropNoise(key string) string {
	path, query := site.SplitKey(key)
	if i := strings.Index(path, ";jsessionid="); i >= 0 {
		path = path[:i]
	}
	if query == "" {
		return path
	}
	if !mayHoldNoise(query) {
		return path + "?" + query
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if noise[strings.ToLower(name)] || isTimeStamp(name) && value == "" || name == "_" && isTimeStamp(value) {
			continue
		}
		kept = append(kept, pair)
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}

func mayHoldNoise(query string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name == "_" || isTimeStamp(name) || noise[strings.ToLower(name)] {
			return true
		}
	}
	return false
}

// isTimeStamp recognises seconds or milliseconds since 1970 as of this
// century: 10 or 13 digits that begin with 1 or 2.
func isTimeStamp(s string) bool {
	if len(s) != 10 && len(s) != 13 || s[0] != '1' && s[0] != '2' {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
