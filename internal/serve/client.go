package serve

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// client returns the address of who made the request. Each proxy appends the
// address it was called from, so the list is read from the right: the first
// one that is not a trusted proxy is as far as anybody's word can be taken.
func (s *Server) client(r *http.Request) netip.Addr {
	at := remote(r)
	if !s.trusts(at) {
		return at
	}
	hops := forwarded(r.Header)
	for i := len(hops) - 1; i >= 0; i-- {
		next, ok := parseNode(hops[i])
		if !ok {
			return at // "unknown" or worse: the last known hop is the best answer
		}
		if at = next; !s.trusts(at) {
			return at
		}
	}
	return at
}

func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.config.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func remote(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// forwarded lists the addresses that proxies noted down, nearest last, from
// Forwarded (RFC 7239) or else from X-Forwarded-For.
func forwarded(h http.Header) []string {
	var hops []string
	if values := h.Values("Forwarded"); len(values) > 0 {
		for element := range strings.SplitSeq(strings.Join(values, ","), ",") {
			hops = append(hops, forParameter(element))
		}
		return hops
	}
	for element := range strings.SplitSeq(strings.Join(h.Values("X-Forwarded-For"), ","), ",") {
		if element = strings.TrimSpace(element); element != "" {
			hops = append(hops, element)
		}
	}
	return hops
}

func forParameter(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// parseNode reads 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1] and
// [2001:db8::1]:4711.
func parseNode(node string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(node); err == nil {
		node = host
	}
	a, err := netip.ParseAddr(strings.Trim(node, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
