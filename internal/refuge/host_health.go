package refuge

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A taste is what is asked of a release to see that it is the one that
// answers. It is kept with the release.
type taste struct {
	Host    string            `json:"host"`
	Objects map[string]string `json:"objects"` // digest by key
}

// mostTasted is how many pages are asked for; all are later, by a Verifier.
const mostTasted = 5

// tasteOf prefers pages that the release before did not have.
func tasteOf(t Tree, known map[string]string) taste {
	objects := slices.Clone(t.Objects)
	slices.SortStableFunc(objects, func(x, y Object) int {
		rank := func(o Object) (n int) {
			if known[o.Digest] != "" {
				n += 2
			}
			if !o.Page {
				n++
			}
			return n
		}
		return rank(x) - rank(y)
	})
	some := taste{Host: t.Host, Objects: map[string]string{}}
	for _, o := range objects {
		if o.Status == http.StatusOK && o.Size < 1<<20 && len(some.Objects) < mostTasted {
			some.Objects[o.Key] = o.Digest
		}
	}
	return some
}

// healthyWithin is how long a start may take: a store of 10,000 pages is read
// in two seconds on a slow disk.
const healthyWithin = 20 * time.Second

// healthy asks until the right answers come.
func (h *host) healthy(ctx context.Context, r *remote, place Place, want taste) error {
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	client := h.tunnel(r, place)
	defer client.CloseIdleConnections()
	for {
		err := tasted(ctx, client, place, want)
		if err == nil {
			return nil
		}
		if wait(ctx, 200*time.Millisecond) != nil {
			return err
		}
	}
}

// tunnel is a client that asks from the machine itself, where sshd lets it: the
// way from here may be shut. Whether the certificate is right is the Verifier's
// business.
func (h *host) tunnel(r *remote, place Place) *http.Client {
	port, _ := portOf(h.Listen) // newHost has read it
	inside, _, _ := net.SplitHostPort(h.Listen)
	if ip := net.ParseIP(inside); ip == nil || ip.IsUnspecified() {
		inside = "127.0.0.1"
	}
	return &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, outside string) (net.Conn, error) {
				conn, err := r.client.DialContext(ctx, "tcp", net.JoinHostPort(inside, fmt.Sprint(port)))
				if err == nil || !strings.Contains(err.Error(), "prohibited") {
					return conn, err
				}
				return h.pace.dial(ctx, network, outside)
			},
		},
	}
}

// tasted asks for what a release should answer.
func tasted(ctx context.Context, client *http.Client, place Place, want taste) error {
	for key, digest := range want.Objects {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, place.Base+key, nil)
		if err != nil {
			return err
		}
		r.Host = want.Host
		r.Header.Set("Accept-Encoding", "identity")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, io.LimitReader(resp.Body, 2<<20))
		_ = resp.Body.Close() // read to its end
		switch got := hex.EncodeToString(sum.Sum(nil)); {
		case err != nil:
			return err
		case resp.StatusCode != http.StatusOK:
			return fmt.Errorf("%s answers with status %d", key, resp.StatusCode)
		case got != digest && resp.Header.Get("Cache-Control") != dimmed:
			return fmt.Errorf("%s answers with something else", key)
		}
	}
	return nil
}

// dimmed is the Cache-Control of what `up` has chosen for one visit, such as a
// lite page while it is told to spare.
const dimmed = "private, no-cache"
