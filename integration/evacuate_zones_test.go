package integration

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	mdns "github.com/miekg/dns"

	"buzzproof/internal/dns"
)

// A zoneSpec is a zone that another process can open.
type zoneSpec struct {
	Kind, Server string
	Key          string // instead of the right one
	LoseAnswers  bool   // changes take effect, and their answers do not come
}

func (z zoneSpec) open() dns.Zone {
	if z.Kind == "bind" {
		return updateZone{z}
	}
	return apiZone{z.Server}
}

var leading = []string{"A", "AAAA", "CNAME", "HTTPS", "SVCB"}

// updateZone changes a zone by RFC 2136 updates.
type updateZone struct{ zoneSpec }

func (z updateZone) Atomic() bool { return true }

func (z updateZone) exchange(ctx context.Context, m *mdns.Msg) (*mdns.Msg, error) {
	c := &mdns.Client{Net: "tcp", Timeout: 5 * time.Second, TsigSecret: map[string]string{keyName: cmp.Or(z.Key, keySecret)}}
	m.SetTsig(keyName, mdns.HmacSHA256, 300, time.Now().Unix())
	answer, _, err := c.ExchangeContext(ctx, m, z.Server)
	return answer, err
}

func (z updateZone) Sets(ctx context.Context, names []string) ([]dns.Set, error) {
	var sets []dns.Set
	for _, name := range names {
		for _, kind := range leading {
			m := new(mdns.Msg)
			m.SetQuestion(name, mdns.StringToType[kind])
			answer, err := z.exchange(ctx, m)
			if err != nil {
				return nil, err
			}
			s := dns.Set{Name: name, Type: kind}
			for _, rr := range answer.Answer {
				if rr.Header().Rrtype == mdns.StringToType[kind] && rr.Header().Name == name {
					s.TTL = rr.Header().Ttl
					s.Data = append(s.Data, strings.TrimPrefix(rr.String(), rr.Header().String()))
				}
			}
			if slices.Sort(s.Data); len(s.Data) > 0 {
				sets = append(sets, s)
			}
		}
	}
	return sets, nil
}

func rrs(s dns.Set, class uint16, ttl bool) (list []mdns.RR) {
	for _, data := range s.Data {
		rr, err := mdns.NewRR(fmt.Sprintf("%s %d IN %s %s", s.Name, s.TTL, s.Type, data))
		if err != nil {
			panic(err)
		}
		if rr.Header().Class = class; !ttl {
			rr.Header().Ttl = 0
		}
		list = append(list, rr)
	}
	return list
}

func (z updateZone) Apply(ctx context.Context, c dns.Change) error {
	m := new(mdns.Msg)
	m.SetUpdate(flownZone)
	for i, b := range c.Before {
		head := &mdns.ANY{Hdr: mdns.RR_Header{Name: b.Name, Rrtype: mdns.StringToType[b.Type], Class: mdns.ClassINET}}
		if len(b.Data) == 0 {
			m.RRsetNotUsed([]mdns.RR{head})
		} else {
			m.Used(rrs(b, mdns.ClassINET, false))
		}
		m.RemoveRRset([]mdns.RR{head})
		m.Insert(rrs(c.After[i], mdns.ClassINET, true))
	}
	answer, err := z.exchange(ctx, m)
	switch {
	case err != nil:
		return err
	case answer.Rcode == mdns.RcodeNXRrset || answer.Rcode == mdns.RcodeYXRrset:
		return &dns.Changed{Want: c.Before}
	case answer.Rcode != mdns.RcodeSuccess:
		return fmt.Errorf("the server says %s", mdns.RcodeToString[answer.Rcode])
	case z.LoseAnswers:
		return errors.New("the answer was lost")
	}
	return nil
}

// apiZone changes a zone by the API of PowerDNS.
type apiZone struct{ base string }

func (z apiZone) Atomic() bool { return true }

type apiSet struct {
	Name    string      `json:"name"`
	Type    string      `json:"type"`
	TTL     uint32      `json:"ttl"`
	Change  string      `json:"changetype,omitempty"`
	Records []apiRecord `json:"records"`
}

type apiRecord struct {
	Content  string `json:"content"`
	Disabled bool   `json:"disabled"`
}

func (z apiZone) call(ctx context.Context, method string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, z.base+"/api/v1/servers/localhost/zones/"+flownZone, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-API-Key", apiKey)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	return text, err
}

func (z apiZone) Sets(ctx context.Context, names []string) ([]dns.Set, error) {
	raw, err := z.call(ctx, http.MethodGet, nil)
	if err != nil {
		return nil, err
	}
	var zone struct {
		Sets []apiSet `json:"rrsets"`
	}
	if err := json.Unmarshal(raw, &zone); err != nil {
		return nil, err
	}
	var sets []dns.Set
	for _, a := range zone.Sets {
		if !slices.Contains(names, a.Name) || !slices.Contains(leading, a.Type) {
			continue
		}
		s := dns.Set{Name: a.Name, Type: a.Type, TTL: a.TTL}
		for _, r := range a.Records {
			s.Data = append(s.Data, r.Content)
		}
		slices.Sort(s.Data)
		sets = append(sets, s)
	}
	return sets, nil
}

func (z apiZone) Apply(ctx context.Context, c dns.Change) error {
	var names []string
	for _, b := range c.Before {
		names = append(names, b.Name)
	}
	found, err := z.Sets(ctx, names)
	if err != nil {
		return err
	}
	if !hold(found, c.Before) {
		if hold(found, c.After) {
			return nil
		}
		return &dns.Changed{Want: c.Before, Found: found}
	}
	var patch []apiSet
	for i, a := range c.After {
		if slices.Equal(a.Data, c.Before[i].Data) && a.TTL == c.Before[i].TTL {
			continue
		}
		set := apiSet{Name: a.Name, Type: a.Type, TTL: a.TTL, Change: "REPLACE", Records: []apiRecord{}}
		for _, data := range a.Data {
			set.Records = append(set.Records, apiRecord{Content: data})
		}
		if len(a.Data) == 0 {
			set.Change = "DELETE"
		}
		patch = append(patch, set)
	}
	body, err := json.Marshal(map[string]any{"rrsets": patch})
	if err != nil {
		return err
	}
	_, err = z.call(ctx, http.MethodPatch, body)
	return err
}

// hold reports whether the sets found are those that a change names.
func hold(found, want []dns.Set) bool {
	for _, w := range want {
		i := slices.IndexFunc(found, func(s dns.Set) bool { return s.Name == w.Name && s.Type == w.Type })
		switch {
		case i < 0 && len(w.Data) > 0, i >= 0 && (found[i].TTL != w.TTL || !slices.Equal(found[i].Data, w.Data)):
			return false
		}
	}
	return true
}

// awayBy is the change from these sets to the refuge's address.
func awayBy(sets []dns.Set) dns.Change {
	away := dns.Set{Name: flownZone, Type: "A", TTL: 60, Data: []string{refugeAddress}}
	c := dns.Change{Before: sets}
	for _, s := range sets {
		after := dns.Set{Name: s.Name, Type: s.Type}
		if s.Type == "A" {
			after = away
		}
		c.After = append(c.After, after)
	}
	return c
}
