package rehearse

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// preview fetches a page and the picture that stands for it, as the servers of
// networks and messengers do. Whole means that both came.
func (v *visitor) preview(ctx context.Context, page string, at time.Time) (out Visit) {
	defer func() { out.Bytes, out.End = v.received.Load(), time.Since(at) }()
	header := http.Header{"User-Agent": {v.agent.name}, "Accept": {"text/html, */*;q=0.1"}, "Accept-Encoding": {"gzip"}}
	r, text, ok := v.page(ctx, page, header, at, &out)
	if !ok {
		return out
	}
	picture := openGraphImage(text, r.url)
	if picture == "" {
		out.Whole = true
		return out
	}
	header = http.Header{"User-Agent": {v.agent.name}, "Accept": {"image/*"}}
	p, err := v.fetch(ctx, picture, header)
	out.Whole = err == nil && p.status == http.StatusOK
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

// openGraphImage returns the address of og:image if it is on the same host.
func openGraphImage(page []byte, base *url.URL) string {
	z := html.NewTokenizer(bytes.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		name, attrs := element(z)
		if name != "meta" || !strings.EqualFold(attrs["property"], "og:image") {
			continue
		}
		u, err := base.Parse(strings.TrimSpace(attrs["content"]))
		if err != nil || u.Hostname() != base.Hostname() {
			return ""
		}
		u.Scheme, u.Host = base.Scheme, base.Host
		return u.String()
	}
	return ""
}
