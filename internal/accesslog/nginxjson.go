package accesslog

import "bytes"

// nginxJSONKind is nginx with a log_format of JSON. Everybody writes his own;
// these are the names of nginx's variables, and those its documentation and
// its dashboards use for them.
func nginxJSONKind() Kind {
	return Kind{Name: "nginx-json", Title: "nginx, JSON", Format: &jsonLog{nginxFields}, Sure: func(line []byte) bool {
		return bytes.Contains(line, []byte(`"remote_addr"`))
	}}
}

var nginxFields = map[string]func(*Hit, []byte) error{
	"time_iso8601":           func(h *Hit, v []byte) error { return h.setISO(v) },
	"time":                   setAnyTime,
	"timestamp":              setAnyTime,
	"time_local":             func(h *Hit, v []byte) error { return h.setBracketed(v) },
	"msec":                   setTimestamp,
	"remote_addr":            setLastClient,
	"request":                func(h *Hit, v []byte) error { return h.request(v) },
	"request_method":         func(h *Hit, v []byte) error { h.setMethod(v); return nil },
	"request_uri":            func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"server_protocol":        func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
	"host":                   func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"http_host":              func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"server_name":            func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"status":                 func(h *Hit, v []byte) error { return h.setStatus(v) },
	"body_bytes_sent":        func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"http_referer":           func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"http_referrer":          func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"http_user_agent":        func(h *Hit, v []byte) error { h.setAgent(v); return nil },
	"request_time":           func(h *Hit, v []byte) error { h.Took = tookSeconds(v); return nil },
	"ssl_protocol":           func(h *Hit, v []byte) error { h.setTLS(v); return nil },
	"ssl_cipher":             func(h *Hit, v []byte) error { h.setCipher(v); return nil },
	"upstream_cache_status":  func(h *Hit, v []byte) error { h.setCache(v); return nil },
	"sent_http_content_type": setMIME,
}

// setAnyTime reads a time in whichever spelling.
func setAnyTime(h *Hit, v []byte) error {
	if len(v) > 2 && (v[2] == '/' || v[1] == '/') {
		return h.setBracketed(v)
	}
	return setTimestamp(h, v)
}

// setCache keeps what became of a request to a cache, if it is one of the
// words caches say.
func (h *Hit) setCache(v []byte) {
	for _, name := range []string{"HIT", "MISS", "BYPASS", "EXPIRED", "STALE", "UPDATING", "REVALIDATED"} {
		if bytes.EqualFold(v, []byte(name)) {
			h.Cache = name
		}
	}
}
