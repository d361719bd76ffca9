package freeze

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"buzzproof/internal/refs"
	"buzzproof/internal/site"
)

// An address names one resource of the site for the whole freeze: the key of
// its URL at the origin, or the whole URL for a file of an adopted host.
type address = string

// A scope knows where the site is read, where it is published, and what is
// the site at all.
type scope struct {
	origin *url.URL // where it is read; the path ends in a slash and holds the site
	public *url.URL // where it is published, likewise

	originHosts []string // hosts that name the origin, each with its port when it is not the scheme's
	publicHosts []string // hosts that name the public site
	adopted     []string // foreign hosts whose files come along
	prefixes    []string // what an address of the site begins with, for scripts
}

// newScope reads the site's edges from where it answers and where it is
// published. A nil public means that both are the same.
func newScope(origin, public *url.URL, adopted []string) *scope {
	s := &scope{origin: folderOf(origin)}
	s.public = s.origin
	if public != nil {
		s.public = folderOf(withSlash(public))
	}
	s.originHosts = sameSite(s.origin)
	s.publicHosts = sameSite(s.public)
	for _, host := range adopted {
		s.adopted = append(s.adopted, plainHost(host))
	}
	s.prefixes = s.origins()
	return s
}

// withSlash adds the closing slash that people forget. Where a site is
// published is a folder, unless its last part looks like a file.
func withSlash(u *url.URL) *url.URL {
	if strings.Contains(path.Base(u.Path), ".") {
		return u
	}
	return u.JoinPath("/")
}

// folderOf is the URL up to the last slash of its path, without query and
// fragment.
func folderOf(u *url.URL) *url.URL {
	folder := &url.URL{Scheme: u.Scheme, User: u.User, Host: plainHost(u.Host)}
	dir, _ := path.Split(site.Key(&url.URL{Path: u.Path, RawPath: u.RawPath}))
	if dir == "" {
		dir = "/"
	}
	folder.Path, _ = url.PathUnescape(dir)
	folder.RawPath = dir
	return folder
}

// sameSite lists the hosts a site's own pages call it by: with and without
// www, since one is nearly always a redirect to the other.
func sameSite(u *url.URL) []string {
	host := hostOf(u)
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, ""
	}
	hosts := []string{host}
	if net.ParseIP(strings.Trim(name, "[]")) != nil || !strings.Contains(name, ".") {
		return hosts
	}
	other, hadWWW := strings.CutPrefix(name, "www.")
	if !hadWWW {
		other = "www." + name
	}
	if port != "" {
		other = net.JoinHostPort(other, port)
	}
	return append(hosts, other)
}

// hostOf is the host in lower case with the port unless it is the scheme's.
func hostOf(u *url.URL) string {
	host := plainHost(u.Host)
	if u.Scheme == "http" {
		return strings.TrimSuffix(host, ":80")
	}
	return strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
}

// plainHost is the one spelling of a host. What is no name stays what it is,
// and nobody will answer by it.
func plainHost(host string) string {
	if plain, err := refs.Host(host); err == nil {
		return plain
	}
	return strings.ToLower(host)
}

// origins lists the URL prefixes under which scripts may hold addresses of the
// site, in both spellings of its hosts.
func (s *scope) origins() []string {
	var all []string
	for _, host := range slices.Concat(s.originHosts, s.publicHosts) {
		for _, spelling := range []string{host, refs.UnicodeHost(host)} {
			for _, scheme := range []string{"http://", "https://"} {
				if p := scheme + spelling; !slices.Contains(all, p) {
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// ofOrigin reports whether a prefix names the origin.
func (s *scope) ofOrigin(prefix string) bool {
	_, host, _ := strings.Cut(prefix, "//")
	return slices.Contains(s.originHosts, plainHost(host))
}

// address names a URL. It reports false for what is not the site's.
func (s *scope) address(u *url.URL) (address, bool) {
	if u == nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	host := hostOf(u)
	key := dropNoise(site.Key(u))
	if strings.HasPrefix(key, "//") {
		key = "/" + strings.TrimLeft(key, "/") // servers merge slashes, and a reference that begins with two names a host
	}
	switch {
	case slices.Contains(s.originHosts, host):
		return key, true
	case slices.Contains(s.publicHosts, host):
		return s.fromPublic(key), true
	case slices.Contains(s.adopted, host):
		return u.Scheme + "://" + host + key, true
	}
	return "", false
}

// fromPublic turns a public key into the origin's: a CMS that knows its public
// name writes it into pages that are read through another.
func (s *scope) fromPublic(key string) address {
	rest, inside := strings.CutPrefix(key, s.public.RawPath)
	if !inside {
		return key
	}
	return s.origin.RawPath + rest
}

// inside reports whether an address lies where the site's pages lie. Outside
// of it only the parts of pages are fetched.
func (s *scope) inside(a address) bool {
	return strings.HasPrefix(a, s.origin.RawPath)
}

// ask returns the URL to request for an address.
func (s *scope) ask(a address) (*url.URL, error) {
	full := s.origin.Scheme + "://" + s.origin.Host + a
	if isForeign(a) {
		full = a
	}
	u, err := url.Parse(full)
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", a, err)
	}
	if u.Host == s.origin.Host {
		u.User = s.origin.User
	}
	return u, nil
}

// isForeign tells an adopted file from an address of the site's own.
func isForeign(a address) bool { return !strings.HasPrefix(a, "/") }

// adoptedRoot is the folder of the copy for what came from foreign hosts.
const adoptedRoot = "/_adopted/"

// publicKey returns the key under which the copy answers for an address.
func (s *scope) publicKey(a address) string {
	if _, foreign, ok := strings.Cut(a, "://"); ok && isForeign(a) {
		host, rest, _ := strings.Cut(foreign, "/")
		return adoptedRoot + strings.ReplaceAll(host, ":", "_") + "/" + rest
	}
	rest, inside := strings.CutPrefix(a, s.origin.RawPath)
	if !inside {
		return a
	}
	return s.public.RawPath + rest
}

// absolute returns the public URL of a key.
func (s *scope) absolute(key string) string {
	return s.public.Scheme + "://" + s.public.Host + key
}

// publicBase is the public URL with its closing slash.
func (s *scope) publicBase() string { return s.absolute(s.public.RawPath) }

// originPrefixes lists the URL prefixes that name the origin and not the
// public site.
func (s *scope) originPrefixes() []string {
	if s.origin.Host == s.public.Host {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.prefixes), func(p string) bool { return !s.ofOrigin(p) })
}

// swap replaces the beginning of an absolute URL of the site by the public
// one and keeps the rest to the letter. It reports false for what does not
// begin with a name of the site.
func (s *scope) swap(raw string) (string, bool) {
	for _, prefix := range s.prefixes {
		scheme := s.public.Scheme + ":"
		rest, ok := cutPrefixFold(raw, prefix)
		if !ok {
			_, bare, _ := strings.Cut(prefix, ":")
			rest, ok = cutPrefixFold(raw, bare)
			scheme = ""
		}
		if !ok || rest != "" && !strings.ContainsAny(rest[:1], "/?#") {
			continue
		}
		if s.ofOrigin(prefix) {
			rest = s.moveFolder(rest)
		}
		return scheme + "//" + s.public.Host + rest, true
	}
	return "", false
}

// moveFolder turns a path below the origin's folder into one below the public.
func (s *scope) moveFolder(rest string) string {
	if below, inside := strings.CutPrefix(rest, s.origin.RawPath); inside {
		return s.public.RawPath + below
	}
	if "/"+strings.TrimPrefix(rest, "/") == strings.TrimSuffix(s.origin.RawPath, "/") || rest == "" && s.origin.RawPath == "/" {
		return strings.TrimSuffix(s.public.RawPath, "/")
	}
	return rest
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
