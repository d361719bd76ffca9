package integration

import (
	"io"
	"mime"
	"net/url"
	"strings"
)

// aliveAtOrigin reports whether the origin answers a request URI with 200 in
// the end.
func (c *checker) aliveAtOrigin(uri string) bool {
	if known, ok := c.alive[uri]; ok {
		return known
	}
	c.alive[uri] = answers("http://" + c.origin.Host + uri)
	return c.alive[uri]
}

// namedAtOrigin reports whether the origin's own document at uri refers to
// target. An address that the copy made up is dead at the origin too, but that
// is no excuse for it.
func (c *checker) namedAtOrigin(uri, target string) bool {
	named, ok := c.named[uri]
	if !ok {
		named = c.targetsAtOrigin(uri)
		c.named[uri] = named
	}
	return named[target]
}

func (c *checker) targetsAtOrigin(uri string) map[string]bool {
	named := map[string]bool{}
	resp, err := c.client.Get("http://" + c.origin.Host + uri)
	if err != nil {
		return named
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return named
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	refs := referencesOf(kind, uri, string(body))
	if to := resp.Header.Get("Location"); to != "" {
		refs = append(refs, found{raw: to})
	}
	for _, f := range refs {
		// The document stands under the public address here as there.
		target, ok := c.resolve(uri, f)
		if ok && (target.Host == c.origin.Host || target.Host == c.public.Host) {
			named[target.RequestURI()] = true
		}
	}
	return named
}

// parseLoosely parses an address as browsers do, who forgive spaces, line ends
// and percent signs that escape nothing.
func parseLoosely(raw string) (*url.URL, error) {
	raw = strings.Trim(raw, "\t\n\f\r ")
	raw = strings.NewReplacer("\t", "", "\n", "", "\r", "", " ", "%20").Replace(raw)
	parsed, err := url.Parse(raw)
	if err == nil {
		return parsed, nil
	}
	return url.Parse(strings.ReplaceAll(raw, "%", "%25"))
}

// linkHeader returns the addresses of a Link header.
func linkHeader(value string) []string {
	var targets []string
	for {
		_, rest, opened := strings.Cut(value, "<")
		target, rest, closed := strings.Cut(rest, ">")
		if !opened || !closed {
			return targets
		}
		targets = append(targets, target)
		value = rest
	}
}
