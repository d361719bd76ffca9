package dns

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	// aliasTTL is what Route 53 answers with for aliases of its load balancers
	// and of CloudFront; an alias has no TTL of its own.
	aliasTTL = 60
	// cloudFrontZone is the hosted zone of everything in CloudFront.
	cloudFrontZone = "Z2FDTNDATAQYW2"
)

// records are those of a set. An alias is one, of a type of its own: an A and
// an AAAA record can be aliases of different names.
func (s amazonSet) records() ([]record, error) {
	if s.Identifier != "" || s.Traffic != "" || s.Check != "" {
		if !leads(s.Type) {
			return nil, nil
		}
		return nil, fmt.Errorf("%s %s has a routing policy or a health check: only simple records are moved", s.Name, s.Type)
	}
	if a := s.Alias; a != nil {
		name, err := Name(a.Name)
		if err != nil {
			return nil, err
		}
		more := map[string]any{"zone": a.Zone, "health": a.Health}
		return []record{{name: s.Name, kind: aliasType + "/" + s.Type, ttl: aliasTTL, text: name, data: name, more: more}}, nil
	}
	if s.TTL == nil || s.Values == nil {
		return nil, fmt.Errorf("%s %s has no values", s.Name, s.Type)
	}
	var list []record
	for _, v := range s.Values.Values {
		list = append(list, record{name: s.Name, kind: s.Type, ttl: *s.TTL, text: v, data: v})
	}
	return list, nil
}

// complete says of an alias which zone it leads into, as the API wants it.
func (p *route53) complete(s Set) (Set, error) {
	if !strings.HasPrefix(s.Type, aliasType) || len(s.Data) == 0 {
		return s, nil
	}
	if len(s.Data) != 1 {
		return s, fmt.Errorf("%s can be an alias of one name only", s.Name)
	}
	s.TTL = aliasTTL
	if s.Extra[s.Data[0]] != "" {
		return s, nil
	}
	zone := p.aliasZone
	if strings.HasSuffix(s.Data[0], ".cloudfront.net.") {
		zone = cloudFrontZone
	}
	if zone == "" {
		return s, fmt.Errorf("%s to %s: Route 53 wants the hosted zone of the target: alias_zone = \"Z...\"", s.Name, s.Data[0])
	}
	text, err := json.Marshal(map[string]any{"zone": zone, "health": false})
	s.Extra = map[string]string{s.Data[0]: string(text)}
	return s, err
}

// set is one as the API wants it.
func (p *route53) set(s Set) amazonSet {
	kind, alias := strings.CutPrefix(s.Type, aliasType+"/")
	out := amazonSet{Name: s.Name, Type: kind}
	if alias {
		r := s.records()[0]
		zone, _ := r.more["zone"].(string)
		health, _ := r.more["health"].(bool)
		out.Alias = &amazonAlias{Zone: zone, Name: r.data, Health: health}
		return out
	}
	out.TTL, out.Values = &s.TTL, &amazonValues{}
	for _, r := range s.records() {
		out.Values.Values = append(out.Values.Values, r.spelling(asIs))
	}
	return out
}

type amazonChange struct {
	Action string    `xml:"Action"`
	Set    amazonSet `xml:"ResourceRecordSet"`
}

// write sends one batch: everything that goes, then everything that comes.
func (p *route53) write(ctx context.Context, c Change, _ map[key]Set) error {
	var gone, come []amazonChange
	for i, before := range c.Before {
		after := c.After[i]
		if before.same(after) {
			continue
		}
		if len(before.Data) > 0 {
			gone = append(gone, amazonChange{"DELETE", p.set(before)})
		}
		if len(after.Data) > 0 {
			come = append(come, amazonChange{"CREATE", p.set(after)})
		}
	}
	id, err := p.zoneID(ctx)
	if err != nil {
		return err
	}
	body, err := xml.Marshal(struct {
		XMLName xml.Name       `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ChangeResourceRecordSetsRequest"`
		Changes []amazonChange `xml:"ChangeBatch>Changes>Change"`
	}{Changes: append(gone, come...)})
	if err != nil {
		return err
	}
	_, err = p.api.send(ctx, http.MethodPost, route53Path+"/"+url.PathEscape(id)+"/rrset", "text/xml", append([]byte(xml.Header), body...))
	if coded(err, "InvalidChangeBatch") {
		return errors.Join(errRaced, err)
	}
	return err
}
