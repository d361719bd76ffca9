package dashboard

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// cookie holds the key in a browser that was given it once.
const cookie = "buzzproof_key"

// policy lets the page use nothing but itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// secured lets in who sits at this machine, or knows the key.
func (s *screen) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Robots-Tag", "noindex")
		if key := r.URL.Query().Get("key"); key != "" && r.Method == http.MethodGet && s.isKey(key) {
			s.remember(w, r)
			return
		}
		if !s.isKey(offered(r)) && !here(r) {
			header.Set("WWW-Authenticate", `Bearer realm="buzzproof"`)
			http.Error(w, "this screen wants its key: open the address that buzzproof watch prints", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *screen) isKey(key string) bool {
	return s.config.Key != "" && subtle.ConstantTimeCompare([]byte(key), []byte(s.config.Key)) == 1
}

// remember takes the key out of the address, where it would stay in histories
// and over shoulders.
func (s *screen) remember(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: url.QueryEscape(s.config.Key), Path: "/", MaxAge: 400 * 24 * 3600, // RFC 6265bis allows no more
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
}

// offered is the key that came with a request.
func offered(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	if c, err := r.Cookie(cookie); err == nil {
		if key, err := url.QueryUnescape(c.Value); err == nil {
			return key
		}
	}
	return ""
}

// here reports whether a request comes from somebody at this machine. A proxy
// on it says for whom it asks; a page of a stranger whose name was made to
// point here (DNS rebinding) comes with that name.
func here(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && isHere(r.Host)
}

func isHere(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
