package health

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// HTTPConfig asks for an address as a visitor does.
type HTTPConfig struct {
	Common
	// URL that is asked for.
	URL string `toml:"url"`
	// Connect is where to ask, HOST:PORT, when it is not where the name leads:
	// the origin behind it.
	Connect string `toml:"connect"`
	// Status are the answers that are right. Default: 200 to 399.
	Status []int `toml:"status"`
	// Text that the answer must hold within its first megabyte.
	Text string `toml:"text"`
	// Insecure believes any certificate.
	Insecure bool `toml:"insecure"`
}

type web struct {
	HTTPConfig
	client *http.Client
}

func (c *HTTPConfig) open() (Check, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("url wants an address such as https://blog.example.org/")
	}
	transport := &http.Transport{
		DisableKeepAlives: true, // a look is a visit: with a connection of its own
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: c.Insecure}, //nolint:gosec // only where the owner says so
	}
	if c.Connect != "" {
		if _, _, err := net.SplitHostPort(c.Connect); err != nil {
			return nil, errors.New("connect wants HOST:PORT, such as 127.0.0.1:8080")
		}
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, c.Connect)
		}
	}
	return &web{*c, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// mostText is as much of an answer as is looked through.
const mostText = 1 << 20

func (w *web) Look(ctx context.Context) (Outcome, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
	if err != nil {
		return Outcome{}, err
	}
	req.Header.Set("User-Agent", "buzzproof-health")
	began := time.Now()
	resp, err := w.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return down(time.Since(began), err), nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostText))
	took := time.Since(began)
	switch {
	case err != nil:
		return down(took, fmt.Errorf("read the answer: %w", err)), nil
	case !w.right(resp.StatusCode):
		return down(took, fmt.Errorf("it answers %s", resp.Status)), nil
	case !bytes.Contains(body, []byte(w.Text)):
		return down(took, fmt.Errorf("it answers %s, without %q", resp.Status, w.Text)), nil
	}
	return works(took, w.slow(), resp.Status), nil
}

func (w *web) right(status int) bool {
	if len(w.Status) > 0 {
		return slices.Contains(w.Status, status)
	}
	return status >= 200 && status < 400
}
