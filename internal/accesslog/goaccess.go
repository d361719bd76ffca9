package accesslog

import (
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
