package dns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// Route53Config is a zone at Amazon Route 53.
type Route53Config struct {
	Common
	// Key is the access key's ID.
	Key secret.Text `toml:"key"`
	// Secret belongs to Key.
	Secret secret.Text `toml:"secret"`
	// Token is there for keys that were lent for some hours.
	Token secret.Text `toml:"token"`
	// HostedZone is the zone's ID, "Z0123456789". Default: the public zone of
	// the name; finding it needs the right to list zones.
	HostedZone string `toml:"hosted_zone"`
	// AliasZone is the hosted zone ID of what the apex may become an alias of,
	// from Amazon's tables; CloudFront's is known.
	AliasZone string `toml:"alias_zone"`
	// URL is where the API is. Default https://route53.amazonaws.com.
	URL string `toml:"url"`
}

const (
	route53Path = "/2013-04-01/hostedzone"
	// route53Region is where the service signs for, wherever the zone is used.
	route53Region = "us-east-1"
	// route53Pages bounds how long a name's listing may be.
	route53Pages = 50
)

// route53 is a zone at Amazon Route 53.
//
// A batch is made whole or not at all, and a DELETE must say exactly what is
// there: with the CREATE behind it that is a compare-and-swap of every set that
// changes. Sets that stay as they are, or absent, are only read before.
type route53 struct {
	api       *api
	apex, id  string
	aliasZone string
}

// NewRoute53 opens a zone at Amazon Route 53.
func NewRoute53(c Route53Config) (Zone, error) {
	a, err := caller(c.URL, "https://route53.amazonaws.com")
	if err != nil {
		return nil, err
	}
	if c.Key.IsZero() || c.Secret.IsZero() {
		return nil, errors.New("key and secret: want env:NAME or file:PATH for both")
	}
	keys := aws.Credentials{AccessKeyID: c.Key.Reveal(), SecretAccessKey: c.Secret.Reveal(), SessionToken: c.Token.Reveal()}
	a.sign = func(r *http.Request, body []byte) {
		sum := sha256.Sum256(body)
		// It fails only without credentials, and then the service refuses.
		_ = v4.NewSigner().SignHTTP(r.Context(), keys, r, hex.EncodeToString(sum[:]), "route53", route53Region, time.Now())
	}
	a.why = xmlMessages
	p := &route53{api: a, id: strings.TrimPrefix(c.HostedZone, "/hostedzone/"), aliasZone: c.AliasZone}
	z, err := named(c.Zone, p)
	if err != nil {
		return nil, err
	}
	p.apex, z.whole, z.alias = z.apex, true, aliasType+"/A"
	return z, nil
}

func xmlMessages(text []byte) (string, string) {
	var e struct {
		Code     string   `xml:"Error>Code"`
		Message  string   `xml:"Error>Message"`
		Messages []string `xml:"Messages>Message"`
		XMLName  xml.Name
	}
	if xml.Unmarshal(text, &e) != nil {
		return "", ""
	}
	if e.XMLName.Local == "InvalidChangeBatch" {
		e.Code, e.Message = "InvalidChangeBatch", strings.Join(e.Messages, " ")
	}
	return e.Code, strings.Join(strings.Fields(e.Code+" "+e.Message), " ")
}

type amazonSet struct {
	Name       string        `xml:"Name"`
	Type       string        `xml:"Type"`
	Identifier string        `xml:"SetIdentifier,omitempty"`
	TTL        *uint32       `xml:"TTL,omitempty"`
	Values     *amazonValues `xml:"ResourceRecords,omitempty"`
	Alias      *amazonAlias  `xml:"AliasTarget,omitempty"`
	Check      string        `xml:"HealthCheckId,omitempty"`
	Traffic    string        `xml:"TrafficPolicyInstanceId,omitempty"`
}

type amazonValues struct {
	Values []string `xml:"ResourceRecord>Value"`
}

type amazonAlias struct {
	Zone   string `xml:"HostedZoneId"`
	Name   string `xml:"DNSName"`
	Health bool   `xml:"EvaluateTargetHealth"`
}

// zoneID finds the zone's ID by its name.
func (p *route53) zoneID(ctx context.Context) (string, error) {
	if p.id != "" {
		return p.id, nil
	}
	text, err := p.api.send(ctx, http.MethodGet, "/2013-04-01/hostedzonesbyname?dnsname="+url.QueryEscape(p.apex)+"&maxitems=10", "", nil)
	if err != nil {
		return "", fmt.Errorf("find the zone (hosted_zone = \"Z...\" needs no such right): %w", err)
	}
	var list struct {
		Zones []struct {
			ID      string `xml:"Id"`
			Name    string `xml:"Name"`
			Private bool   `xml:"Config>PrivateZone"`
		} `xml:"HostedZones>HostedZone"`
	}
	if err := xml.Unmarshal(text, &list); err != nil {
		return "", fmt.Errorf("find the zone: %w", err)
	}
	id := ""
	for _, z := range list.Zones {
		if z.Name == p.apex && !z.Private {
			if id != "" {
				return "", errors.New("there are several zones of this name: say which, hosted_zone = \"Z...\"")
			}
			id = strings.TrimPrefix(z.ID, "/hostedzone/")
		}
	}
	if id == "" {
		return "", errors.New("the account has no such zone")
	}
	return id, nil
}

func (p *route53) read(ctx context.Context, keys []key) ([]Set, error) {
	id, err := p.zoneID(ctx)
	if err != nil {
		return nil, err
	}
	var list []record
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.name] {
			continue
		}
		seen[k.name] = true
		found, err := p.list(ctx, id, k.name)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return gather(p.apex, keys, asIs, list)
}

// list asks for all sets of a name, which the listing begins with.
func (p *route53) list(ctx context.Context, id, name string) ([]record, error) {
	query := url.Values{"name": {name}, "maxitems": {"100"}}
	var list []record
	for range route53Pages {
		text, err := p.api.send(ctx, http.MethodGet, route53Path+"/"+url.PathEscape(id)+"/rrset?"+query.Encode(), "", nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Sets       []amazonSet `xml:"ResourceRecordSets>ResourceRecordSet"`
			More       bool        `xml:"IsTruncated"`
			Name       string      `xml:"NextRecordName"`
			Type       string      `xml:"NextRecordType"`
			Identifier string      `xml:"NextRecordIdentifier"`
		}
		if err := xml.Unmarshal(text, &page); err != nil {
			return nil, fmt.Errorf("list %s: %w", name, err)
		}
		for _, s := range page.Sets {
			if s.Name != name {
				continue
			}
			found, err := s.records()
			if err != nil {
				return nil, err
			}
			list = append(list, found...)
		}
		if !page.More || page.Name != name {
			return list, nil
		}
		query = url.Values{"name": {page.Name}, "type": {page.Type}, "maxitems": {"100"}}
		if page.Identifier != "" {
			query.Set("identifier", page.Identifier)
		}
	}
	return nil, fmt.Errorf("%s has too many records", name)
}

// examine tells of rights that are not needed.
func (p *route53) examine(ctx context.Context) []site.Finding {
	id, err := p.zoneID(ctx)
	if err == nil {
		_, err = p.api.send(ctx, http.MethodGet, "/2013-04-01/hostedzonecount", "", nil)
	}
	if refused(err, http.StatusForbidden) {
		return []site.Finding{{About: "credentials", OK: true, Found: "they work, and may not even count the zones of the account"}}
	}
	if err != nil {
		return []site.Finding{{About: "credentials", OK: true, Found: "they work; what else they can could not be asked: " + err.Error()}}
	}
	return []site.Finding{{
		About: "credentials", Found: "they may do more at Route 53 than change this zone",
		Mend: "set hosted_zone = \"" + id + "\" and let the key's policy allow only route53:ListResourceRecordSets and route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/" + id,
	}}
}
