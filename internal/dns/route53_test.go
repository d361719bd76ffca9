package dns_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
	"buzzproof/internal/secret"
)

func openRoute53(address string, ok bool) (dns.Zone, error) {
	return dns.NewRoute53(dns.Route53Config{
		Common: dns.Common{Zone: dnstest.Apex}, Key: secret.Of("AKIDEXAMPLE"), Secret: credentials(ok), URL: "http://" + address,
	})
}

func route53Peer(t testing.TB) (dnstest.Peer, *store) {
	s := newStore(asIs)
	p := s.peer(s.serve(t, s.route53), openRoute53)
	p.Compares = true
	return p, s
}

func TestNamesAreMovedAtRoute53(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { p, _ := route53Peer(t); return p })
}

// signed recomputes the signature of a request over the headers that it names.
func signed(r *http.Request, body []byte) bool {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return false
	}
	again.Header = http.Header{}
	for _, name := range strings.Split(names, ";") {
		if name != "host" && name != "content-length" {
			again.Header.Set(name, r.Header.Get(name))
		}
	}
	when, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(when).Abs() > 5*time.Minute || !strings.Contains(";"+names+";", ";host;") {
		return false
	}
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: planted}
	if v4.NewSigner().SignHTTP(r.Context(), keys, again, hex.EncodeToString(sum[:]), "route53", "us-east-1", when) != nil {
		return false
	}
	return again.Header.Get("Authorization") == r.Header.Get("Authorization")
}

type awsAlias struct {
	HostedZoneId         string //nolint:revive // as the API has it
	DNSName              string
	EvaluateTargetHealth bool
}

type awsSet struct {
	Name          string
	Type          string
	SetIdentifier string    `xml:",omitempty"`
	TTL           *uint32   `xml:",omitempty"`
	Values        []string  `xml:"ResourceRecords>ResourceRecord>Value,omitempty"`
	AliasTarget   *awsAlias `xml:",omitempty"`
}

func awsError(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code, message)
}

// route53 speaks the part of the API that is needed, with the answers that its
// reference shows.
func (s *store) route53(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	const zone = "/2013-04-01/hostedzone/Z123/rrset"
	switch {
	case !signed(r, body):
		awsError(w, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	case r.Method == http.MethodGet && r.URL.Path == "/2013-04-01/hostedzonesbyname":
		fmt.Fprintf(w, `<?xml version="1.0"?><ListHostedZonesByNameResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HostedZones>`+
			`<HostedZone><Id>/hostedzone/Z999</Id><Name>%[1]s</Name><Config><PrivateZone>true</PrivateZone></Config></HostedZone>`+
			`<HostedZone><Id>/hostedzone/Z123</Id><Name>%[1]s</Name><Config><PrivateZone>false</PrivateZone></Config></HostedZone>`+
			`<HostedZone><Id>/hostedzone/Z124</Id><Name>zebra.example.</Name><Config><PrivateZone>false</PrivateZone></Config></HostedZone>`+
			`</HostedZones><IsTruncated>false</IsTruncated></ListHostedZonesByNameResponse>`, dnstest.Apex)
	case r.Method == http.MethodGet && r.URL.Path == "/2013-04-01/hostedzonecount" && s.others > 0:
		fmt.Fprintf(w, `<?xml version="1.0"?><GetHostedZoneCountResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><HostedZoneCount>%d</HostedZoneCount></GetHostedZoneCountResponse>`, 1+s.others)
	case r.Method == http.MethodGet && r.URL.Path == "/2013-04-01/hostedzonecount":
		awsError(w, 403, "AccessDenied", "User: arn:aws:iam::123456789012:user/buzzproof is not authorized to perform: route53:GetHostedZoneCount")
	case r.Method == http.MethodGet && r.URL.Path == zone:
		s.route53List(w, r)
	case r.Method == http.MethodPost && r.URL.Path == zone:
		s.route53Change(w, body)
	default:
		awsError(w, 404, "NoSuchHostedZone", "No hosted zone found.")
	}
}

// sets are those of the store, in the order of the API: by labels reversed.
func (s *store) sets() []awsSet {
	var list []awsSet
	for _, r := range s.rows {
		i := slices.IndexFunc(list, func(a awsSet) bool { return a.Name == r.name && a.Type == r.kind })
		switch {
		case r.more["alias"] != nil:
			list = append(list, awsSet{Name: r.name, Type: r.kind, AliasTarget: &awsAlias{r.more["alias"].(string), r.data, r.more["health"].(bool)}})
		case i >= 0:
			list[i].Values = append(list[i].Values, r.data)
		default:
			id, _ := r.more["identifier"].(string)
			list = append(list, awsSet{Name: r.name, Type: r.kind, SetIdentifier: id, TTL: &r.ttl, Values: []string{r.data}})
		}
	}
	slices.SortFunc(list, func(a, b awsSet) int { return strings.Compare(ordered(a.Name)+a.Type, ordered(b.Name)+b.Type) })
	return list
}

func ordered(name string) string {
	labels := strings.Split(name, ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// route53List gives one set a page, which is stricter than the service is.
func (s *store) route53List(w http.ResponseWriter, r *http.Request) {
	from := ordered(r.URL.Query().Get("name")) + r.URL.Query().Get("type")
	all := s.sets()
	i := slices.IndexFunc(all, func(a awsSet) bool { return ordered(a.Name)+a.Type >= from })
	page := struct {
		XMLName        xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ListResourceRecordSetsResponse"`
		Sets           []awsSet `xml:"ResourceRecordSets>ResourceRecordSet"`
		IsTruncated    bool
		NextRecordName string `xml:",omitempty"`
		NextRecordType string `xml:",omitempty"`
	}{}
	if i >= 0 {
		page.Sets = all[i : i+1]
		if i+1 < len(all) {
			page.IsTruncated, page.NextRecordName, page.NextRecordType = true, all[i+1].Name, all[i+1].Type
		}
	}
	_ = xml.NewEncoder(w).Encode(page)
}

func (s *store) route53Change(w http.ResponseWriter, body []byte) {
	var batch struct {
		XMLName xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ChangeResourceRecordSetsRequest"`
		Changes []struct {
			Action string
			Set    awsSet `xml:"ResourceRecordSet"`
		} `xml:"ChangeBatch>Changes>Change"`
	}
	if err := xml.Unmarshal(body, &batch); err != nil || len(batch.Changes) == 0 {
		awsError(w, 400, "InvalidInput", fmt.Sprint(err))
		return
	}
	why := s.try(func(rows []row) ([]row, string) {
		for _, c := range batch.Changes {
			here := func(r row) bool { return r.name == c.Set.Name && r.kind == c.Set.Type }
			switch c.Action {
			case "DELETE":
				i := slices.IndexFunc(s.sets(), func(a awsSet) bool { return a.Name == c.Set.Name && a.Type == c.Set.Type })
				if i < 0 {
					return nil, "Tried to delete resource record set [name='" + c.Set.Name + "'] but it was not found"
				}
				if !equalSets(s.sets()[i], c.Set) {
					return nil, "Tried to delete resource record set [name='" + c.Set.Name + "'] but the values provided do not match the current values"
				}
				rows = slices.DeleteFunc(rows, here)
			case "CREATE":
				if slices.ContainsFunc(rows, here) {
					return nil, "Tried to create resource record set [name='" + c.Set.Name + "'] but it already exists"
				}
				rows = append(rows, rowsOf(c.Set)...)
			default:
				return nil, "unknown action " + c.Action
			}
		}
		return rows, ""
	})
	if why != "" {
		w.WriteHeader(400)
		fmt.Fprintf(w, `<?xml version="1.0"?><InvalidChangeBatch xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Messages><Message>%s</Message></Messages></InvalidChangeBatch>`, why)
		return
	}
	fmt.Fprint(w, `<?xml version="1.0"?><ChangeResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status></ChangeInfo></ChangeResourceRecordSetsResponse>`)
}

func rowsOf(a awsSet) []row {
	if a.AliasTarget != nil {
		return []row{{name: a.Name, kind: a.Type, data: a.AliasTarget.DNSName, more: map[string]any{"alias": a.AliasTarget.HostedZoneId, "health": a.AliasTarget.EvaluateTargetHealth}}}
	}
	var rows []row
	for _, v := range a.Values {
		rows = append(rows, row{name: a.Name, kind: a.Type, data: v, ttl: *a.TTL})
	}
	return rows
}

func equalSets(a, b awsSet) bool {
	if (a.AliasTarget == nil) != (b.AliasTarget == nil) || (a.TTL == nil) != (b.TTL == nil) {
		return false
	}
	slices.Sort(a.Values)
	slices.Sort(b.Values)
	return slices.Equal(a.Values, b.Values) &&
		(a.AliasTarget == nil || *a.AliasTarget == *b.AliasTarget) && (a.TTL == nil || *a.TTL == *b.TTL)
}

func TestAnAliasAtRoute53IsKeptExactly(t *testing.T) {
	p, s := route53Peer(t)
	s.meddle(dns.Set{Name: dnstest.Apex, Type: "A"})
	s.rows = append(s.rows, row{name: dnstest.Apex, kind: "A", data: "dualstack.lb.eu-west-1.elb.amazonaws.com.", more: map[string]any{"alias": "Z32O12XQLNTSW2", "health": true}})
	before, z := s.dump(), p.Open(p.Address, true)
	found, err := z.Sets(t.Context(), []string{dnstest.Apex})
	i := slices.IndexFunc(found, func(f dns.Set) bool { return f.Type == "ALIAS/A" })
	if err != nil || i < 0 || found[i].Direct() {
		t.Fatalf("%v, %v", found, err)
	}
	front := dns.Set{Name: dnstest.Apex, Type: "ALIAS/A", TTL: 60, Data: []string{"d111111abcdef8.cloudfront.net."}}
	there := dns.Change{Before: []dns.Set{found[i]}, After: []dns.Set{front}}
	for range 2 {
		if err := z.Apply(t.Context(), there); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(s.dump(), `d111111abcdef8.cloudfront.net. {"alias":"Z2FDTNDATAQYW2","health":false}`) {
		t.Errorf("there is no alias in\n%s", s.dump())
	}
	if err := z.Apply(t.Context(), there.Undo()); err != nil {
		t.Fatal(err)
	}
	if after := s.dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
	there.After[0].Data = []string{"other.example.net."}
	if err := z.Apply(t.Context(), there); err == nil || !strings.Contains(err.Error(), "alias_zone") {
		t.Errorf("an alias into an unknown zone: %v", err)
	}
}

func TestRoutingPoliciesAreLeftAlone(t *testing.T) {
	p, s := route53Peer(t)
	s.rows[0].more = map[string]any{"identifier": "Paris"}
	if _, err := p.Open(p.Address, true).Sets(t.Context(), []string{dnstest.Apex}); err == nil || !strings.Contains(err.Error(), "routing policy") {
		t.Errorf("%v", err)
	}
}

func TestWhatAKeyOfRoute53CanIsTold(t *testing.T) {
	for _, others := range []int{0, 2} {
		p, s := route53Peer(t)
		s.others = others
		expectWidth(t, p, map[bool]string{true: "credentials: they may do more at Route 53"}[others > 0])
	}
}
