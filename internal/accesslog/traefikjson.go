package accesslog

import "bytes"

// traefikJSONKind is Traefik's JSON.
func traefikJSONKind() Kind {
	return Kind{Name: "traefik-json", Title: "Traefik, JSON", Format: &jsonLog{traefikFields}, Sure: func(line []byte) bool {
		return bytes.Contains(line, []byte(`"RequestPath"`)) || bytes.Contains(line, []byte(`"DownstreamStatus"`))
	}}
}

var traefikFields = map[string]func(*Hit, []byte) error{
	"StartLocal":              func(h *Hit, v []byte) error { return h.setISO(v) },
	"StartUTC":                setFirstTime,
	"time":                    setFirstTime,
	"ClientHost":              setLastClient,
	"RequestMethod":           func(h *Hit, v []byte) error { h.setMethod(v); return nil },
	"RequestProtocol":         func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
	"RequestHost":             func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"RequestPath":             func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"request_User-Agent":      func(h *Hit, v []byte) error { h.setAgent(v); return nil },
	"request_Referer":         func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"downstream_Content-Type": setMIME,
	"DownstreamStatus":        func(h *Hit, v []byte) error { return h.setStatus(v) },
	"DownstreamContentSize":   func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"Duration":                func(h *Hit, v []byte) error { h.Took = took(v, nanoseconds); return nil },
	"TLSVersion":              func(h *Hit, v []byte) error { h.TLS = "TLSv" + text(v); return nil },
	"TLSCipher":               func(h *Hit, v []byte) error { h.setCipher(v); return nil },
}

// setFirstTime keeps a time unless a better one is known.
func setFirstTime(h *Hit, v []byte) error {
	if h.Day != 0 || h.Second != 0 {
		return nil
	}
	return h.setISO(v)
}
