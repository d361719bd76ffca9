package accesslog

import (
	"bytes"
	"fmt"
	"strings"
)

// goAccess reads GoAccess's notation of a log format.
func goAccess(format, date, clock string) (pattern, error) {
	fields, err := goAccessFields(format, date, clock)
	if err != nil {
		return nil, err
	}
	var p pattern
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '\\' && i+1 < len(format):
			i++
			p.text(map[byte]string{'t': "\t", 'n': "\n"}[format[i]])
			if format[i] != 't' && format[i] != 'n' {
				p.text(string(format[i]))
			}
		case c != '%':
			p.text(string(c))
		case i+1 == len(format):
			return nil, fmt.Errorf("a percent sign with nothing behind it")
		default:
			i++
			if delimiters, ok := forwarded(format[i:]); ok {
				p = append(p, part{field: firstAddress(delimiters)})
				i += len("~h{}") + len(delimiters) - 1
				continue
			}
			if format[i] == '~' {
				p = append(p, part{blanks: true})
				continue
			}
			set, known := fields[format[i]]
			if !known {
				return nil, fmt.Errorf("GoAccess has no specifier %%%c", format[i])
			}
			p = append(p, part{field: set})
		}
	}
	return p, nil
}

// forwarded reads "~h{, }", the addresses of X-Forwarded-For with what stands
// between them.
func forwarded(s string) (delimiters string, ok bool) {
	rest, ok := strings.CutPrefix(s, "~h{")
	if !ok {
		return "", false
	}
	delimiters, _, ok = strings.Cut(rest, "}")
	return delimiters, ok
}

// firstAddress takes the first of several for the client.
func firstAddress(delimiters string) column {
	return func(h *Hit, v []byte) error {
		for _, word := range bytes.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(delimiters, r) }) {
			if isAddress(word) {
				return h.setClient(word)
			}
		}
		return errClient
	}
}

func goAccessFields(format, date, clock string) (map[byte]column, error) {
	fields := map[byte]column{
		'^': nil, 'e': nil,
		'h': setLastClient,
		'v': func(h *Hit, v []byte) error { h.setHost(v); return nil },
		'm': func(h *Hit, v []byte) error { h.setMethod(v); return nil },
		'U': func(h *Hit, v []byte) error { h.Path = address(v); return nil },
		'q': setQuery,
		'H': func(h *Hit, v []byte) error { h.setProtocol(v); return nil },
		'r': func(h *Hit, v []byte) error { return h.request(v) },
		's': func(h *Hit, v []byte) error { return h.setStatus(v) },
		'b': func(h *Hit, v []byte) error { h.Bytes = size(v); return nil },
		'R': func(h *Hit, v []byte) error { h.setReferrer(v); return nil },
		'u': func(h *Hit, v []byte) error { h.setAgent(v); return nil },
		'D': func(h *Hit, v []byte) error { h.Took = took(v, microseconds); return nil },
		'T': func(h *Hit, v []byte) error { h.Took = took(v, seconds); return nil },
		'L': func(h *Hit, v []byte) error { h.Took = took(v, milliseconds); return nil },
		'n': func(h *Hit, v []byte) error { h.Took = took(v, nanoseconds); return nil },
		'K': func(h *Hit, v []byte) error { h.setTLS(v); return nil },
		'k': func(h *Hit, v []byte) error { h.setCipher(v); return nil },
		'M': setMIME,
		'C': func(h *Hit, v []byte) error { h.setCache(v); return nil },
	}
	for _, s := range []struct {
		specifier byte
		layout    string
	}{{'d', date}, {'t', clock}, {'x', clock}} {
		if !strings.Contains(format, "%"+string(s.specifier)) {
			continue
		}
		read, err := stamp(s.layout)
		if err != nil {
			return nil, err
		}
		fields[s.specifier] = read
	}
	return fields, nil
}

// setQuery puts a query that stands by itself behind the path.
func setQuery(h *Hit, v []byte) error {
	if len(v) == 0 || len(v) == 1 && v[0] == '-' {
		return nil
	}
	if v[0] == '?' {
		v = v[1:]
	}
	return withQuery(h, v)
}
