package freeze

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"buzzproof/internal/fetch"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
)

// guesses are files that clients ask a site for without being told of them.
var guesses = []string{
	"/robots.txt", "/favicon.ico", "/sitemap.xml", "/apple-touch-icon.png", "/browserconfig.xml", "/humans.txt", "/ads.txt", "/llms.txt",
	"/.well-known/security.txt", "/.well-known/host-meta", "/.well-known/nodeinfo", "/.well-known/assetlinks.json",
	"/.well-known/apple-app-site-association", "/.well-known/matrix/server", "/.well-known/matrix/client",
	"/.well-known/openid-configuration", "/.well-known/mta-sts.txt", "/.well-known/atproto-did", "/.well-known/gpc.json",
}

// start finds out where the site really answers and fills the queues.
func (w *walker) start(ctx context.Context) error {
	f := w.f
	if err := f.settle(ctx); err != nil {
		return err
	}
	front, _ := f.scope.address(f.config.Origin)
	f.sieve.front = front
	w.add(finding{address: front, use: refs.Link}, "", trail{}, false)
	if r := w.resources[front]; r == nil {
		return fmt.Errorf("the front page %s is itself left out, as %s", f.config.Origin.Redacted(), w.left[front])
	}
	root := f.scope.origin.RawPath
	if root != "/" {
		w.add(finding{address: root + "sitemap.xml", use: refs.Mention}, "", trail{}, true)
		return w.probeNotFound(ctx)
	}
	for _, guess := range guesses {
		w.add(finding{address: guess, use: refs.Mention}, "", trail{}, true)
	}
	return w.probeNotFound(ctx)
}

// settle follows the redirects that only say how the site wants to be called:
// with a closing slash, by https, with www, or by its public name.
func (f *Freezer) settle(ctx context.Context) error {
	for range 6 {
		status, to, err := f.knock(ctx)
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			return nil
		case status == http.StatusUnauthorized || status == http.StatusForbidden:
			return fmt.Errorf("the origin wants a login for %s (%s)", f.config.Origin.Redacted(), statusText(status))
		case status < 300 || status >= 400 || to == nil:
			return fmt.Errorf("the origin answered %s to %s", statusText(status), f.config.Origin.Redacted())
		}
		if settled, err := f.follow(to); settled || err != nil {
			return err
		}
	}
	return fmt.Errorf("the origin redirects %s in a circle", f.config.Origin.Redacted())
}

// knock asks for the front page, with a few tries.
func (f *Freezer) knock(ctx context.Context) (status int, to *url.URL, err error) {
	for try := range tries {
		f.count.requests.Add(1)
		var resp *fetch.Response
		resp, err = f.client.Get(ctx, fetch.Request{URL: f.config.Origin, Host: f.asHost, Scheme: f.asScheme})
		if err == nil {
			status = resp.Status
			if target := resp.Header.Get("Location"); target != "" {
				to = refs.Resolve(f.config.Origin, target)
			}
			if err = resp.Body.Close(); err != nil {
				return 0, nil, fmt.Errorf("get %s: %w", f.config.Origin.Redacted(), err)
			}
			if status < 500 && status != http.StatusTooManyRequests {
				return status, to, nil
			}
		}
		if try < tries-1 {
			if waitErr := pause(ctx, f.backoff(try)); waitErr != nil {
				return 0, nil, waitErr
			}
		}
	}
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrOriginDown, err)
	}
	return status, to, nil
}

// follow takes one redirect of the front page. It reports true when the
// redirect is part of the site and nothing has to be changed for it.
func (f *Freezer) follow(to *url.URL) (settled bool, err error) {
	from := f.config.Origin
	host := hostOf(to)
	here, _ := f.scope.address(from)
	there, ours := f.scope.address(to)
	switch {
	case !ours:
		return false, fmt.Errorf("the origin redirects %s to %s: freeze that URL, or name it with --as if it is this site's public one", from.Redacted(), to.Redacted())
	case here == there && slices.Contains(f.scope.publicHosts, host) && !slices.Contains(f.scope.originHosts, host):
		if f.asHost != "" {
			return false, fmt.Errorf("the origin redirects %s to itself at %s", from.Redacted(), to.Redacted())
		}
		// The CMS insists on its public name: it is asked by that name, at
		// the address given.
		f.asHost, f.asScheme = f.scope.public.Host, f.scope.public.Scheme
		return false, nil
	case host != hostOf(from) || to.Scheme != from.Scheme:
		return false, f.moveTo(to)
	case strings.TrimSuffix(there, "/") == here:
		return false, f.moveTo(to)
	case there == here:
		return false, nil // perhaps only now and then
	}
	return true, nil
}

// moveTo reads the site at another URL from now on.
func (f *Freezer) moveTo(to *url.URL) error {
	public := f.config.Public
	f.config.Origin = to
	f.scope = newScope(to, public, f.config.Adopt)
	return nil
}

// notFoundProbe is an address no site has. It is always the same, since some
// error pages repeat it.
func (f *Freezer) notFoundProbe() address {
	return f.scope.origin.RawPath + "buzzproof-asks-for-a-page-that-is-not-there"
}

// probeNotFound keeps the page the origin sends for what is not there.
func (w *walker) probeNotFound(ctx context.Context) error {
	ans, text, _, err := w.f.answer(ctx, w.f.notFoundProbe(), true)
	if err == nil && ans.Status >= 300 && ans.Status < 400 && strings.HasSuffix(ans.Location, w.f.notFoundProbe()+"/") {
		// It wants a slash even on what it does not have.
		ans, text, _, err = w.f.answer(ctx, w.f.notFoundProbe()+"/", true)
	}
	if err != nil {
		if isFatal(err) || ctx.Err() != nil {
			return err
		}
		w.warnings = append(w.warnings, "the page for missing addresses could not be had: "+err.Error())
		return nil
	}
	if ans.Status == http.StatusOK {
		w.warnings = append(w.warnings, "the origin answers 200 to addresses that do not exist; the copy answers 404")
	}
	if ans.Status != http.StatusNotFound || !isHTML(ans.Type) || len(text) == 0 {
		return nil
	}
	w.notFound, _ = w.f.heldAnswer(ans.Address) // as it was filed, with its place in the archive
	h := w.f.harvest(ans, text)
	for _, found := range h.findings {
		if found.use == refs.Embed {
			w.consider(found, ans.Address, trail{})
		}
	}
	return nil
}

// probeSlash asks for one page with its closing slash missing and for one with
// a slash too many.
func (w *walker) probeSlash(ctx context.Context) error {
	with, without := w.samples()
	var err error
	if with != "" {
		w.slash.Missing, err = w.habit(ctx, strings.TrimSuffix(with, "/"), with)
	}
	if without != "" && err == nil {
		w.slash.Extra, err = w.habit(ctx, without+"/", without)
	}
	return err
}

// samples picks the first page of each kind by name, so that every freeze asks
// for the same ones.
func (w *walker) samples() (with, without address) {
	for a, r := range w.resources {
		path, query := site.SplitKey(a)
		if r.state != held || !r.page || query != "" || path == w.f.scope.origin.RawPath || isForeign(a) {
			continue
		}
		switch {
		case strings.HasSuffix(path, "/"):
			if with == "" || a < with {
				with = a
			}
		case !strings.Contains(baseOf(a), "."):
			if without == "" || a < without {
				without = a
			}
		}
	}
	return with, without
}

// habit asks for a variant of a page's address.
func (w *walker) habit(ctx context.Context, variant, page address) (int, error) {
	ans, _, _, err := w.f.answer(ctx, variant, true)
	if err != nil {
		if isFatal(err) || ctx.Err() != nil {
			return 0, err
		}
		return 0, nil
	}
	if w.resources[variant] == nil {
		w.resources[variant] = &resource{state: dead, soft: true}
	}
	switch {
	case ans.Status == http.StatusOK:
		return http.StatusOK, nil
	case ans.Status >= 300 && ans.Status < 400:
		if to := w.f.redirectTarget(ans); to != nil {
			if a, ours := w.f.scope.address(to); ours && a == page {
				return ans.Status, nil
			}
		}
	}
	return http.StatusNotFound, nil
}
