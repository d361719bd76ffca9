package accesslog

import "bytes"

// w3cKind is W3C's extended log format as IIS writes it, and its module for
// advanced logging.
func w3cKind() Kind {
	iis := &table{names: w3cNames, separator: ' '}
	// IIS writes its default columns; a log that was cut begins without their names.
	usual := iis.Header([]byte("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"))
	return Kind{Name: "w3c", Title: "W3C extended, of IIS", Format: usual, Sure: func(line []byte) bool {
		return bytes.IndexByte(line, '\t') < 0
	}}
}

var w3cNames = map[string]column{
	"date":           setISODay,
	"date-local":     setISODay,
	"time":           setDayTime,
	"time-local":     setDayTime,
	"c-ip":           setLastClient,
	"cs-method":      func(h *Hit, v []byte) error { h.setMethod(v); return nil },
	"cs-uri-stem":    func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"cs-uri-query":   withQuery,
	"cs-uri":         func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"cs-version":     func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
	"cs(host)":       func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"cs-host":        func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"cs(user-agent)": setPlusAgent,
	"cs(referer)":    func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"cs(referrer)":   func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"sc-status":      func(h *Hit, v []byte) error { return h.setStatus(v) },
	"sc-bytes":       func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"time-taken":     setTakenMS,
	"timetakenms":    setTakenMS,
}

func setTakenMS(h *Hit, v []byte) error {
	h.Took = took(v, milliseconds)
	return nil
}

func setISODay(h *Hit, v []byte) error {
	if !h.setISODate(v) {
		return errTime
	}
	return nil
}

func setDayTime(h *Hit, v []byte) error {
	if len(v) < 8 || !h.setColons(v[:8]) {
		return errTime
	}
	return nil
}

// setPlusAgent reads an agent whose blanks IIS wrote as plus signs, unless it
// stood in quotes.
func setPlusAgent(h *Hit, v []byte) error {
	if bytes.IndexByte(v, ' ') >= 0 {
		h.setAgent(v)
		return nil
	}
	for i, c := range v {
		if c == '+' {
			v[i] = ' '
		}
	}
	h.setAgent(v)
	return nil
}
