package accesslog

import (
	"fmt"
	"strings"
)

// nginx reads the notation of nginx's log_format: text with $variables. Those
// of no interest here may stand there.
func nginx(format string) (pattern, error) {
	var p pattern
	for len(format) > 0 {
		if format = p.textUntil('$', format); format == "" {
			break
		}
		name, rest := nginxVariable(format[1:])
		if name == "" {
			return nil, fmt.Errorf("a dollar sign with no name behind it")
		}
		p = append(p, part{field: nginxField(name)})
		format = rest
	}
	return p, nil
}

// nginxVariable cuts a name off: "remote_addr - ..." or "{remote_addr}...".
func nginxVariable(s string) (name, rest string) {
	if braced, ok := strings.CutPrefix(s, "{"); ok {
		name, rest, _ = strings.Cut(braced, "}")
		return name, rest
	}
	n := 0
	for n < len(s) && (s[n] == '_' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return s[:n], s[n:]
}

func nginxField(name string) column {
	switch name {
	case "bytes_sent":
		return nginxFields["body_bytes_sent"]
	case "uri", "document_uri":
		return nginxFields["request_uri"]
	case "args", "query_string":
		return setQuery
	}
	return nginxFields[name]
}
