package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
	"buzzproof/internal/site"
)

func TestNamesAreMovedAtBIND(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { return bindPeer(t, newStage(t)) })
}

func TestNamesAreMovedAtPowerDNS(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { return powerdnsPeer(t, newStage(t)).Peer })
}

// The rule that docs/names.md shows is enough, and not too much.
func TestAKeyOfBINDCanBeNarrow(t *testing.T) {
	p := bindWith(t, newStage(t), `update-policy {
    grant buzzproof name blog.example.org. A AAAA CNAME HTTPS SVCB;
    grant buzzproof name www.blog.example.org. A AAAA CNAME HTTPS SVCB;
    grant buzzproof name _buzzproof-probe.blog.example.org. TXT;
  };`)
	z, before := p.Open(p.Address, true), p.Dump()
	if f := examined(t, z)[0]; !f.OK || !strings.Contains(f.Found, "may not change other names") {
		t.Errorf("a narrow key: %+v", f)
	}
	probe := dns.Set{Name: "_buzzproof-probe." + dnstest.Apex, Type: "TXT"}
	put := probe
	put.TTL, put.Data = 60, []string{`"PROBE"`}
	away := dns.Change{
		Before: []dns.Set{dnstest.Zone()[0], dnstest.Zone()[1], dnstest.Zone()[2], {Name: "www." + dnstest.Apex, Type: "A"}, dnstest.Zone()[7]},
		After: []dns.Set{
			{Name: dnstest.Apex, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}},
			{Name: dnstest.Apex, Type: "AAAA"},
			{Name: dnstest.Apex, Type: "HTTPS"},
			{Name: "www." + dnstest.Apex, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}},
			{Name: "www." + dnstest.Apex, Type: "CNAME"},
		},
	}
	for _, c := range []dns.Change{{Before: []dns.Set{probe}, After: []dns.Set{put}}, away} {
		for _, c := range []dns.Change{c, c.Undo()} {
			if err := z.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
	}
	mail := dnstest.Zone()[5]
	err := z.Apply(t.Context(), dns.Change{Before: []dns.Set{mail}, After: []dns.Set{{Name: mail.Name, Type: mail.Type}}})
	if err == nil || !strings.Contains(err.Error(), "the key buzzproof. may not change these records") {
		t.Errorf("the address of the mail server: %v", err)
	}
	if after := p.Dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

func TestAKeyOfBINDCanHaveAnotherAlgorithm(t *testing.T) {
	p := bindPeer(t, newStage(t))
	if _, err := updated(t, p.Address, "other", otherTSIG, "hmac-sha512").Sets(t.Context(), []string{dnstest.Apex}); err != nil {
		t.Error(err)
	}
	for name, z := range map[string]dns.Zone{
		"another algorithm": updated(t, p.Address, "other", otherTSIG, "hmac-sha384"),
		"an unknown key":    updated(t, p.Address, "nobody", otherTSIG, ""),
	} {
		_, err := z.Sets(t.Context(), []string{dnstest.Apex})
		if err == nil || strings.Contains(err.Error(), otherTSIG) || !strings.Contains(err.Error(), "does not know the key") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What PowerDNS keeps and does not serve, and what it notes of a set, stays.
func TestDisabledRecordsAndCommentsOfPowerDNSStay(t *testing.T) {
	p := powerdnsPeer(t, newStage(t))
	patch := fmt.Sprintf(`{"rrsets":[{"name":%q,"type":"A","ttl":300,"changetype":"REPLACE","records":[{"content":"192.0.2.1","disabled":false},{"content":"192.0.2.2","disabled":false},{"content":"192.0.2.99","disabled":true}],`+
		`"comments":[{"content":"home, since 2016","account":"me","modified_at":1473112800}]}]}`, dnstest.Apex)
	p.ask(t, http.MethodPatch, patch)
	before, z := p.ask(t, http.MethodGet, ""), p.Open(p.Address, true)
	for _, after := range []dns.Set{{Name: dnstest.Apex, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}}, {Name: dnstest.Apex, Type: "A"}} {
		found, err := z.Sets(t.Context(), []string{dnstest.Apex})
		if err != nil || len(found) == 0 || len(found[0].Data) != 2 {
			t.Fatalf("%v, %v", found, err)
		}
		there := dns.Change{Before: found[:1], After: []dns.Set{after}}
		if err := z.Apply(t.Context(), there); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.ask(t, http.MethodGet, ""), "192.0.2.1\"") {
			t.Error("nothing was changed")
		}
		if err := z.Apply(t.Context(), there.Undo()); err != nil {
			t.Fatal(err)
		}
		if now := p.ask(t, http.MethodGet, ""); now != before {
			t.Errorf("taken back\n%s\nbefore\n%s", now, before)
		}
	}
}

// ask speaks to the API as somebody else does. Of the zone it returns the set
// that is moved, as it stands there.
func (p powerPeer) ask(t *testing.T, method, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+p.Address+"/api/v1/servers/localhost/zones/"+dnstest.Apex, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", plantedKey)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	return apexAddresses(text)
}

// The credentials are looked at in advance.
func TestCredentialsAreLookedAt(t *testing.T) {
	s := newStage(t)
	bind, power := bindPeer(t, s), powerdnsPeer(t, s)
	for name, p := range map[string]dnstest.Peer{"BIND": bind, "PowerDNS": power.Peer} {
		for _, right := range []bool{true, false} {
			before := p.Dump()
			findings := examined(t, p.Open(p.Address, right))
			fine := right && name != "BIND" // whose key may change the whole zone here
			if len(findings) != 1 || findings[0].OK != fine || !fine && findings[0].Mend == "" {
				t.Errorf("%s, right %v: %+v", name, right, findings)
			}
			if after := p.Dump(); after != before {
				t.Errorf("%s: looking changed\n%s\nto\n%s", name, before, after)
			}
			for _, secret := range p.Secrets {
				if strings.Contains(fmt.Sprint(findings), secret) {
					t.Errorf("%s shows a secret: %+v", name, findings)
				}
			}
		}
	}
}

func examined(t *testing.T, z dns.Zone) []site.Finding {
	t.Helper()
	return z.(interface {
		Examine(context.Context) []site.Finding
	}).Examine(t.Context())
}

// apexAddresses is the A set of the apex in a zone as the API shows it.
func apexAddresses(zone []byte) string {
	var z struct {
		Sets []struct {
			Name string          `json:"name"`
			Type string          `json:"type"`
			TTL  int             `json:"ttl"`
			Recs json.RawMessage `json:"records"`
			Said json.RawMessage `json:"comments"`
		} `json:"rrsets"`
	}
	if json.Unmarshal(zone, &z) != nil {
		return ""
	}
	for _, s := range z.Sets {
		if s.Name == dnstest.Apex && s.Type == "A" {
			return fmt.Sprintf("%d %s %s", s.TTL, s.Recs, s.Said)
		}
	}
	return ""
}
