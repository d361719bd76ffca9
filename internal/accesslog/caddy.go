package accesslog

import (
	"bytes"
	"strconv"
)

// caddyKind is Caddy's JSON, of versions 2.0 and later.
func caddyKind() Kind {
	return Kind{Name: "caddy", Title: "Caddy", Format: &jsonLog{caddyFields}, Sure: func(line []byte) bool {
		return bytes.Contains(line, []byte(`"uri"`)) && bytes.Contains(line, []byte(`"ts"`))
	}}
}

var caddyFields = map[string]func(*Hit, []byte) error{
	"ts":                         setTimestamp,
	"request.remote_ip":          setFirstClient,
	"request.client_ip":          setLastClient,
	"request.remote_addr":        func(h *Hit, v []byte) error { return h.setClient(withoutPort(v)) },
	"request.proto":              func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
	"request.method":             func(h *Hit, v []byte) error { h.setMethod(v); return nil },
	"request.host":               func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"request.uri":                func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"request.headers.User-Agent": func(h *Hit, v []byte) error { h.setAgent(v); return nil },
	"request.headers.Referer":    func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"request.tls.version":        setTLSNumber,
	"request.tls.cipher_suite":   func(h *Hit, v []byte) error { h.Cipher = cipherName(v); return nil },
	"duration":                   func(h *Hit, v []byte) error { h.Took = tookSeconds(v); return nil },
	"size":                       func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"status":                     func(h *Hit, v []byte) error { return h.setStatus(v) },
	"resp_headers.Content-Type":  setMIME,
}

// setTimestamp reads seconds since 1970 with a fraction, or a date and time.
func setTimestamp(h *Hit, v []byte) error {
	if len(v) >= 19 && v[4] == '-' {
		return h.setISO(v)
	}
	if us, ok := decimal(v, int64(microseconds)); ok {
		return h.setUnix(us)
	}
	if f, err := strconv.ParseFloat(text(v), 64); err == nil && f > 0 && f < 1e12 { // 1.6e+09
		return h.setUnix(int64(f * 1e6))
	}
	return errTime
}

// setFirstClient keeps the peer unless the client behind it is known.
func setFirstClient(h *Hit, v []byte) error {
	if h.Client != "" {
		return nil
	}
	return h.setClient(v)
}

// setLastClient keeps the client behind trusted proxies.
func setLastClient(h *Hit, v []byte) error { return h.setClient(v) }

// setTLSNumber reads a version of TLS as its number on the wire.
func setTLSNumber(h *Hit, v []byte) error {
	n, _ := number(v)
	if n >= 0x301 && n <= 0x304 {
		h.TLS = [...]string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}[n-0x301]
	}
	return nil
}

// tookSeconds reads seconds, also as 1.5e-05.
func tookSeconds(v []byte) int64 {
	if us := took(v, seconds); us >= 0 {
		return us
	}
	if f, err := strconv.ParseFloat(text(v), 64); err == nil && f >= 0 && f < 1e12 {
		return int64(f * 1e6)
	}
	return -1
}

// setMIME keeps a media type without its parameters.
func setMIME(h *Hit, v []byte) error {
	v, _, _ = bytes.Cut(v, []byte{';'})
	h.MIME = text(bytes.ToLower(trim(v)))
	return nil
}
