package accesslog

import (
	"fmt"
	"strings"
)

// apache reads the notation of Apache's LogFormat.
func apache(format string) (pattern, error) {
	var p pattern
	format = strings.ReplaceAll(format, `\"`, `"`)
	for len(format) > 0 {
		if format = p.textUntil('%', format); format == "" {
			break
		}
		directive, rest, err := apacheDirective(format[1:])
		if err != nil {
			return nil, err
		}
		format = rest
		if directive == "%" {
			p.text("%")
			continue
		}
		if directive == "t" {
			// The time brings its own brackets.
			p.text("[")
			p = append(p, part{field: func(h *Hit, v []byte) error { return h.setBracketed(v) }})
			p.text("]")
			continue
		}
		set, err := apacheField(directive)
		if err != nil {
			return nil, err
		}
		p = append(p, part{field: set})
	}
	return p, nil
}

// apacheDirective cuts one directive off, without the statuses it is limited
// to and without "<" and ">": "400,501{User-agent}i" is {User-agent}i.
func apacheDirective(s string) (directive, rest string, err error) {
	s = strings.TrimLeft(s, "!0123456789,<>")
	name := ""
	if strings.HasPrefix(s, "{") {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return "", "", fmt.Errorf("a brace in the format is not closed")
		}
		name, s = s[:end+1], s[end+1:]
	}
	if s == "" {
		return "", "", fmt.Errorf("a percent sign with nothing behind it")
	}
	n := 1
	if s[0] == '^' && len(s) >= 3 { // ^ti and ^to, trailers
		n = 3
	}
	return name + s[:n], s[n:], nil
}

func apacheField(directive string) (column, error) {
	kind := len(directive) - 1 // names of headers are of any case, directives are not
	if set, ok := apacheFields[strings.ToLower(directive[:kind])+directive[kind:]]; ok {
		return set, nil
	}
	if name, ok := strings.CutSuffix(directive, "}t"); ok {
		name = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "{"), "begin:"), "end:")
		if layout, ok := map[string]string{"sec": "%s", "msec": "%*", "usec": "%f"}[name]; ok {
			name = layout
		}
		return stamp(name)
	}
	// Everything else is of no interest and may stand there.
	return nil, nil
}

var apacheFields = map[string]column{
	"h":               setLastClient,
	"a":               setLastClient,
	"{c}a":            setLastClient,
	"r":               func(h *Hit, v []byte) error { return h.request(v) },
	"m":               func(h *Hit, v []byte) error { h.setMethod(v); return nil },
	"U":               func(h *Hit, v []byte) error { h.Path = address(v); return nil },
	"q":               setQuery,
	"H":               func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
	"s":               func(h *Hit, v []byte) error { return h.setStatus(v) },
	"b":               func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"B":               func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"O":               func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
	"v":               func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"V":               func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"{host}i":         func(h *Hit, v []byte) error { h.setHost(v); return nil },
	"{referer}i":      func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
	"{user-agent}i":   func(h *Hit, v []byte) error { h.setAgent(v); return nil },
	"{content-type}o": setMIME,
	"{ssl_protocol}x": func(h *Hit, v []byte) error { h.setTLS(v); return nil },
	"{ssl_cipher}x":   func(h *Hit, v []byte) error { h.setCipher(v); return nil },
	"{cache-status}e": func(h *Hit, v []byte) error { h.setCache(v); return nil },
	"D":               func(h *Hit, v []byte) error { h.Took = took(v, microseconds); return nil },
	"T":               func(h *Hit, v []byte) error { h.Took = took(v, seconds); return nil },
	"{us}T":           func(h *Hit, v []byte) error { h.Took = took(v, microseconds); return nil },
	"{ms}T":           func(h *Hit, v []byte) error { h.Took = took(v, milliseconds); return nil },
	"{s}T":            func(h *Hit, v []byte) error { h.Took = took(v, seconds); return nil },
}
