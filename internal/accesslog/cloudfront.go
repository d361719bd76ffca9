package accesslog

import "bytes"

// cloudFrontKind is Amazon CloudFront's standard log.
func cloudFrontKind() Kind {
	f := &table{names: cloudFrontNames, separator: '\t'}
	usual := f.Header([]byte("#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version"))
	return Kind{Name: "cloudfront", Title: "Amazon CloudFront", Format: usual, Sure: func(line []byte) bool {
		return bytes.IndexByte(line, '\t') > 0
	}}
}

var cloudFrontNames = map[string]column{
	"date":                setISODay,
	"time":                setDayTime,
	"sc-bytes":            func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"c-ip":                setLastClient,
	"cs-method":           func(h *Hit, v []byte) error { h.setMethod(v); return nil },
	"cs-uri-stem":         func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"cs-uri-query":        withQuery,
	"sc-status":           func(h *Hit, v []byte) error { return h.setStatus(v) },
	"cs(referer)":         func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"cs(user-agent)":      setCloudAgent,
	"x-host-header":       func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"x-edge-result-type":  setEdgeResult,
	"time-taken":          func(h *Hit, v []byte) error { h.Took = tookSeconds(v); return nil },
	"ssl-protocol":        func(h *Hit, v []byte) error { h.setTLS(v); return nil },
	"ssl-cipher":          func(h *Hit, v []byte) error { h.setCipher(v); return nil },
	"cs-protocol-version": func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
	"sc-content-type":     setMIME,
}

// setCloudAgent reads an agent that CloudFront escaped, once or twice: old
// logs have %2520 for a blank.
func setCloudAgent(h *Hit, v []byte) error {
	h.setAgent(decode(v))
	return nil
}

// setEdgeResult reads what CloudFront did. "RefreshHit" asked the origin
// whether its copy was still good.
func setEdgeResult(h *Hit, v []byte) error {
	if string(v) == "RefreshHit" {
		v = []byte("REVALIDATED")
	}
	h.setCache(v)
	return nil
}
