package accesslog

import (
	"bytes"
	"strings"
)

// Methods are those of the registry of HTTP that servers meet.
var Methods = []string{
	"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH", "SEARCH", "QUERY",
	"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK",
	"VERSION-CONTROL", "REPORT", "CHECKOUT", "CHECKIN", "UNCHECKOUT", "MKWORKSPACE", "UPDATE", "LABEL", "MERGE",
	"BASELINE-CONTROL", "MKACTIVITY", "ORDERPATCH",
}

// Protocols are those a hit can have.
var Protocols = []string{"HTTP/1.1", "HTTP/2", "HTTP/3", "HTTP/1.0"}

// request reads a request line as GoAccess 1.11 does, so that both count the
// same items: a line without a known method is its own path; one with a method
// and without a protocol is "-".
func (h *Hit) request(line []byte) error {
	line = trim(line)
	if len(line) == 0 {
		return errRequest
	}
	method := named(Methods, line)
	if method == "" {
		h.Path = address(line)
		return nil
	}
	rest := line[len(method):]
	at := bytes.LastIndexByte(rest, ' ')
	protocol := ""
	if at >= 0 {
		protocol = named(Protocols, rest[at+1:])
	}
	if at <= 0 || protocol == "" {
		h.Path = "-"
		return nil
	}
	h.Method, h.Protocol = method, protocol
	h.Path = address(rest[1 : at+1])
	return nil
}

// named returns the name that the token begins with, in any case of letters.
func named(names []string, token []byte) string {
	for _, name := range names {
		if bytes.HasPrefix(token, []byte(name)) {
			return name
		}
	}
	for _, name := range names {
		if len(token) >= len(name) && token[0]|0x20 == name[0]|0x20 && strings.EqualFold(text(token[:len(name)]), name) {
			return name
		}
	}
	return ""
}

// setProtocol keeps a protocol that stands by itself, such as "HTTP/2.0".
func (h *Hit) setProtocol(token []byte) {
	if len(token) > 0 {
		h.Protocol = named(Protocols, token)
	}
}

// setMethod keeps a method that stands by itself.
func (h *Hit) setMethod(token []byte) {
	if len(token) > 0 {
		h.Method = named(Methods, token)
	}
}

// address decodes a path. One that decodes to nothing stays as it is.
func address(raw []byte) string {
	if len(raw) > 0 && (raw[0] == '%' || isSpace(raw[0])) && len(decode(bytes.Clone(raw))) == 0 {
		return text(raw)
	}
	return text(decode(raw))
}

// decode turns %XX into bytes, in place, drops line feeds and cuts at a NUL:
// the same address in two spellings is one item.
func decode(b []byte) []byte {
	at := bytes.IndexByte(b, '%')
	if at < 0 {
		return trim(b)
	}
	out := at
	for in := at; in < len(b); in++ {
		c := b[in]
		if c == '%' && in+2 < len(b) && isHex(b[in+1]) && isHex(b[in+2]) {
			c = unhex(b[in+1])<<4 | unhex(b[in+2])
			in += 2
		}
		if c == 0 {
			break
		}
		if c != '\r' && c != '\n' {
			b[out] = c
			out++
		}
	}
	return trim(b[:out])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// setAgent decodes an agent: CloudFront escapes it, some clients do.
func (h *Hit) setAgent(raw []byte) {
	if agent := decode(raw); len(agent) > 0 {
		h.Agent = text(agent)
	}
}

// setReferrer keeps the page a visitor came from; "-" stands for none.
func (h *Hit) setReferrer(raw []byte) {
	h.Referrer = "-"
	if raw = trim(raw); len(raw) > 0 {
		h.Referrer = text(raw)
	}
}

// setStatus reads a status; one that no server sends makes the line no hit.
func (h *Hit) setStatus(token []byte) error {
	n, ok := number(trim(token))
	if !ok || !knownStatus(n) {
		return errStatus
	}
	h.Status = int32(n)
	return nil
}

// setHost keeps the site that was asked for.
func (h *Hit) setHost(token []byte) {
	if string(token) != "-" {
		h.VHost = text(token)
	}
}

// setClient keeps who asked, without the brackets and the port of an address.
func (h *Hit) setClient(token []byte) error {
	token = trim(token)
	if len(token) > 0 && token[0] == '[' {
		if end := bytes.IndexByte(token, ']'); end > 0 {
			token = token[1:end]
		}
	}
	if len(token) == 0 || string(token) == "-" {
		return errClient
	}
	h.Client = text(token)
	return nil
}

// withoutPort cuts ":33317" off an address.
func withoutPort(token []byte) []byte {
	if at := bytes.LastIndexByte(token, ':'); at >= 0 {
		return token[:at]
	}
	return token
}

// knownStatus reports whether a server sends such a status: those of the
// registry, and those of nginx, Apache, IIS, Cloudflare and load balancers.
func knownStatus(n int64) bool {
	for _, r := range statuses {
		if n <= r.to {
			return n >= r.from
		}
	}
	return false
}

var statuses = []struct{ from, to int64 }{
	{0, 0},
	{100, 101},
	{200, 208},
	{218, 218},
	{300, 305},
	{307, 308},
	{400, 424},
	{426, 426},
	{428, 431},
	{440, 440},
	{444, 444},
	{449, 451},
	{460, 464},
	{494, 505},
	{509, 509},
	{520, 530},
	{540, 540},
	{561, 561},
	{598, 599},
}
