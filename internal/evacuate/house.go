package evacuate

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
)

// A House is how home is asked whether it answers.
type House struct {
	Public  *url.URL // of the site
	Address string   // HOST:PORT, instead of where the records lead
}

const (
	// tasted is how many pages of home are asked for. The CMS behind it may
	// render each for a second.
	tasted    = 12
	housePace = 20 * time.Second // for one page
)

// Answers asks every address that the records of home lead to for some pages
// of the site. They need not be what was frozen: home lives.
func (h House) Answers(ctx context.Context, was []dns.Set, tree refuge.Tree) error {
	addresses, err := h.addresses(ctx, was)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		client := h.client(address)
		for _, key := range taste(tree) {
			if err := h.ask(ctx, client, key); err != nil {
				return fmt.Errorf("%s at %s: %w", key, address, err)
			}
		}
	}
	return nil
}

// taste is some pages of the site, its front page among them.
func taste(tree refuge.Tree) []string {
	keys := []string{"/"}
	var pages []string
	for _, o := range tree.Objects {
		if o.Page && o.Status == http.StatusOK && o.Key != "/" {
			pages = append(pages, o.Key)
		}
	}
	for i := 0; i < len(pages); i += max(1, len(pages)/(tasted-1)) {
		keys = append(keys, pages[i])
	}
	return keys[:min(len(keys), tasted)]
}

// addresses are where the records of the site's name lead.
func (h House) addresses(ctx context.Context, was []dns.Set) ([]string, error) {
	if h.Address != "" {
		return []string{h.Address}, nil
	}
	port := cmp.Or(h.Public.Port(), map[string]string{"https": "443"}[h.Public.Scheme], "80")
	of, name := keyed(was), Qualified(h.Public.Hostname())
	for c := of[key{name, "CNAME"}]; len(c.Data) == 1; c = of[key{name, "CNAME"}] {
		if name = strings.ToLower(c.Data[0]); len(of[key{name, "A"}].Data)+len(of[key{name, "AAAA"}].Data) > 0 {
			break
		}
	}
	hosts := slices.Concat(of[key{name, "A"}].Data, of[key{name, "AAAA"}].Data)
	if len(hosts) == 0 {
		found, err := net.DefaultResolver.LookupHost(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("the records of home lead to no address: %w\nsay where it is: [evacuate] home = \"HOST:PORT\"", err)
		}
		hosts = found
	}
	for i, host := range hosts {
		hosts[i] = net.JoinHostPort(host, port)
	}
	return hosts, nil
}

// client asks one address whatever the name says. The chain of the certificate
// is not looked at: home had it before, and its own tests need no authority.
func (h House) client(address string) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	host := h.Public.Hostname()
	return &http.Client{
		Timeout: housePace,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			TLSClientConfig: &tls.Config{
				ServerName: host, InsecureSkipVerify: true,
				VerifyConnection: func(s tls.ConnectionState) error { return valid(s, host) },
			},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func valid(s tls.ConnectionState, host string) error {
	leaf := s.PeerCertificates[0]
	if time.Now().After(leaf.NotAfter) {
		return fmt.Errorf("its certificate ended %s", leaf.NotAfter.Format(time.DateOnly))
	}
	return leaf.VerifyHostname(host)
}

func (h House) ask(ctx context.Context, client *http.Client, key string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.Public.Scheme+"://"+h.Public.Host+key, nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "buzzproof (return)")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode >= http.StatusBadRequest:
		return fmt.Errorf("status %d", resp.StatusCode)
	case n == 0 && resp.StatusCode == http.StatusOK:
		return errors.New("an empty page")
	}
	return nil
}
