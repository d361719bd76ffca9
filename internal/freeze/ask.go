package freeze

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"buzzproof/internal/archive"
	"buzzproof/internal/fetch"
)

const (
	// tries is how often an address is asked for before it is given up.
	tries = 4
	// longestPause bounds what a Retry-After may cost at once.
	longestPause = 5 * time.Minute
	// maxText is the longest document that is read for references.
	maxText = archive.MaxText
	// fresh is how long the answers of a freeze that was cut off count as
	// this freeze's own.
	fresh = 24 * time.Hour
)

// answer returns what the origin says to an address: from the draft when it
// was asked already, else from the origin, else, when the origin fails, from
// the freeze before. Stale tells that last case.
func (f *Freezer) answer(ctx context.Context, a address, page bool) (ans archive.Answer, text []byte, stale error, err error) {
	u, err := f.scope.ask(a)
	if err != nil {
		return ans, nil, nil, err
	}
	if ans, text, ok := f.kept(f.draft, a, u, true); ok {
		if f.resuming {
			f.count.reused.Add(1)
		}
		return ans, text, nil, nil
	}
	old, oldText, hasOld := f.kept(f.before, a, u, false)
	if hasOld && !page && stillFresh(old) {
		return old, oldText, nil, f.keepAnswer(old, oldText)
	}
	ans, text, err = f.ask(ctx, a, u, old, page)
	switch {
	case err == nil && ans.Status == http.StatusNotModified && hasOld:
		ans, text = revalidated(old, ans), oldText
	case err == nil && hasOld && sameButForNoise(ans, text, old, oldText):
		ans, text = revalidated(old, ans), oldText
	case err != nil && hasOld && !isFatal(err) && ctx.Err() == nil:
		return old, oldText, err, nil
	case err != nil:
		return ans, nil, nil, err
	}
	return ans, text, nil, f.keepAnswer(ans, text)
}

// kept returns an answer from an archive when its body is still at hand.
func (f *Freezer) kept(from *archive.Archive, a address, u *url.URL, recent bool) (archive.Answer, []byte, bool) {
	ans, ok := from.Get(a)
	if !ok || ans.URL != u.Redacted() || recent && time.Since(ans.At) > fresh {
		return archive.Answer{}, nil, false
	}
	text, err := from.Text(ans)
	if err != nil || ans.Length == 0 && ans.Size > 0 && !f.hasContent(ans.Digest) {
		return archive.Answer{}, nil, false
	}
	return ans, text, true
}

func (f *Freezer) keepAnswer(ans archive.Answer, text []byte) error {
	if err := f.draft.Put(ans, text); err != nil {
		return fatal(err)
	}
	return nil
}

// stillFresh reports whether a file is, in the origin's own words, valid for
// longer, and asking would either be of no use, since its address changes with
// its content, or cost the whole file, since it has no mark to compare.
func stillFresh(old archive.Answer) bool {
	marked := old.ETag != "" || old.LastModified != ""
	if old.Status != http.StatusOK || marked && !isVersioned(old.Address) {
		return false
	}
	return time.Since(old.At) < time.Duration(lifetime(old.CacheControl))*time.Second
}

// revalidated is the old answer with what the new one says about its age.
func revalidated(old, now archive.Answer) archive.Answer {
	old.At = now.At
	if now.ETag != "" {
		old.ETag = now.ETag
	}
	if now.LastModified != "" {
		old.LastModified = now.LastModified
	}
	return old
}

// ask asks the origin until it gives an answer that is its last word.
func (f *Freezer) ask(ctx context.Context, a address, u *url.URL, old archive.Answer, page bool) (ans archive.Answer, text []byte, err error) {
	for try := range tries {
		var again time.Duration
		ans, text, again, err = f.askOnce(ctx, a, u, old, page)
		if again < 0 || ctx.Err() != nil || isFatal(err) {
			break
		}
		if try == tries-1 {
			break
		}
		if waitErr := pause(ctx, again+f.backoff(try)); waitErr != nil {
			return ans, nil, waitErr
		}
	}
	return ans, text, err
}

// backoff doubles with every try, with some chance in it so that the workers do
// not come back all at once.
func (f *Freezer) backoff(try int) time.Duration {
	base := f.patience << try
	return base/2 + rand.N(base)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// askOnce asks once. again says how long to wait before the next try; it is
// negative when the answer stands.
func (f *Freezer) askOnce(ctx context.Context, a address, u *url.URL, old archive.Answer, page bool) (ans archive.Answer, text []byte, again time.Duration, err error) {
	if err := f.pace.Acquire(ctx); err != nil {
		return ans, nil, -1, err
	}
	var latency time.Duration
	defer func() { f.pace.Release(latency) }()
	request := fetch.Request{URL: u, ETag: old.ETag, LastModified: old.LastModified}
	if !isForeign(a) {
		request.Host, request.Scheme = f.asHost, f.asScheme
	}
	f.count.requests.Add(1)
	resp, err := f.client.Get(ctx, request)
	if err != nil {
		return ans, nil, 0, err
	}
	defer resp.Body.Close()
	if page {
		latency = resp.Latency
	}
	if wait, busy := f.busy(resp); busy {
		return ans, nil, wait, fmt.Errorf("the origin answered %s", statusText(resp.Status))
	}
	ans = described(a, u, resp)
	if resp.Status != http.StatusOK && (resp.Status != http.StatusNotFound || !strings.HasPrefix(a, f.notFoundProbe())) {
		return ans, nil, -1, nil
	}
	text, err = f.receive(&ans, resp.Body)
	if err != nil && !isFatal(err) && !errors.Is(err, fetch.ErrTooLarge) {
		return ans, nil, 0, fmt.Errorf("body: %w", err)
	}
	return ans, text, -1, err
}

// busy recognises answers that mean "not now" and slows the whole freeze when
// the origin asks for it.
func (f *Freezer) busy(resp *fetch.Response) (wait time.Duration, busy bool) {
	switch resp.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		now := time.Now()
		wait = max(min(fetch.RetryAfter(resp.Header, now), longestPause), 2*f.patience)
		f.pace.Pause(now.Add(wait))
		return 0, true // the pace holds back everybody, this request too
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return 0, true
	}
	return 0, resp.Status > http.StatusGatewayTimeout
}

func described(a address, u *url.URL, resp *fetch.Response) archive.Answer {
	h := resp.Header
	return archive.Answer{
		Address: a, URL: u.Redacted(), At: time.Now().UTC().Truncate(time.Second), Status: resp.Status,
		Type: strings.TrimSpace(h.Get("Content-Type")), ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified"),
		CacheControl: h.Get("Cache-Control"), Location: h.Get("Location"), Link: h.Values("Link"), Refresh: h.Get("Refresh"),
	}
}
