package app

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"buzzproof/internal/refs"
	"buzzproof/internal/snapshot"
)

// parseSite reads a site's URL, to which people do not always write http.
func parseSite(raw string) (*url.URL, error) {
	full := raw
	if !strings.Contains(raw, "://") {
		full = "https://" + raw
		if host, _, _ := strings.Cut(raw, "/"); strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "[::1]") {
			full = "http://" + raw
		}
	}
	u, err := url.Parse(full)
	if err == nil {
		u.Host, err = refs.Host(u.Host)
	}
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, withStatus(statusMisused, fmt.Errorf("%q is not the URL of a site\ntry: https://blog.example.org", raw))
	}
	return u, nil
}

// sameSite refuses to put a site in the place of another's copy, or of its own
// under its public name, unless --as says that it is the one. A server may be
// running on that copy.
func (f freezeFlags) sameSite(rawURL string) error {
	if f.as != "" {
		return nil
	}
	asked, err := parseSite(rawURL)
	if err != nil {
		return err
	}
	if _, err := snapshot.CurrentID(f.out); err != nil {
		return nil // no copy yet; what else may be wrong is told when it is made
	}
	s, err := snapshot.Open(f.out)
	if err != nil {
		return nil // a broken copy may be replaced
	}
	defer s.Close()
	held, err := url.Parse(s.Manifest.Public)
	if err != nil || siteName(held) == siteName(asked) {
		return nil
	}
	return withStatus(statusMisused, fmt.Errorf("%s holds a copy of %s, not of %s\nif that is one site, name the public one with --as; if not, choose another folder with -o",
		f.out, s.Manifest.Public, asked.Redacted()))
}

// siteName is what two URLs of a site have in common, with and without TLS and
// www.
func siteName(u *url.URL) string {
	name := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		name = net.JoinHostPort(name, port)
	}
	return name
}

// storeFor is the folder of a site's copy when none is named.
func storeFor(u *url.URL) string { return u.Hostname() }
