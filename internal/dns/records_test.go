package dns

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	wire "github.com/miekg/dns"
)

func TestANameHasOneSpelling(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"as it should be", "www.example.org.", "www.example.org."},
		{"without the dot at its end", "www.example.org", "www.example.org."},
		{"in upper case", "WWW.Example.ORG", "www.example.org."},
		{"in another script", "bücher.example.org", "xn--bcher-kva.example.org."},
		{"in upper case of another script", "BÜCHER.example.org", "xn--bcher-kva.example.org."},
		{"with a sharp s, which is one today", "straße.example.org", "xn--strae-oqa.example.org."},
		{"with the dot of another script", "www。example。org", "www.example.org."},
		{"a service", "_buzzproof-probe.example.org", "_buzzproof-probe.example.org."},
		{"a wildcard", "*.example.org", "*.example.org."},
		{"nothing", "", ""},
		{"a dot", ".", ""},
		{"an empty label", "www..org", ""},
		{"a label that is too long", strings.Repeat("a", 64) + ".org", ""},
	} {
		if got, err := Name(c.text); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestDataHasOneSpelling(t *testing.T) {
	for _, c := range []struct{ name, kind, text, want string }{
		{"an address", "A", "192.0.2.1", "192.0.2.1"},
		{"an address in full", "AAAA", "2001:0db8:0:0:0:0:0:1", "2001:db8::1"},
		{"a name in upper case", "CNAME", "Blog.Example.ORG.", "blog.example.org."},
		{"a name within the zone", "CNAME", "www", "www.example.org."},
		{"a service without quotes", "HTTPS", "1 . alpn=h2,h3", `1 . alpn="h2,h3"`},
		{"a text", "TXT", `"v=spf1 -all; x"`, `"v=spf1 -all; x"`},
		{"an alias", "ALIAS", "Bucket.example.net", "bucket.example.net."},
		{"no address", "A", "192.0.2.256", ""},
		{"two lines", "A", "192.0.2.1\n@ IN A 192.0.2.2", ""},
		{"two records", "A", "192.0.2.1 192.0.2.2", ""},
		{"a comment", "A", "192.0.2.1 ; home", ""},
		{"a type that does not exist", "NOPE", "1", ""},
	} {
		if got, err := spelled("example.org.", c.kind, c.text); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestAChangeNamesTheSameSetsOnBothSides(t *testing.T) {
	a := Set{Name: "example.org.", Type: "A", TTL: 60, Data: []string{"192.0.2.1"}}
	b := Set{Name: "www.example.org.", Type: "A"}
	for _, c := range []struct {
		name string
		Change
		ok bool
	}{
		{"it does", Change{[]Set{a, b}, []Set{a, b}}, true},
		{"one is missing", Change{[]Set{a, b}, []Set{a}}, false},
		{"another order", Change{[]Set{a, b}, []Set{b, a}}, false},
		{"one is there twice", Change{[]Set{a, a}, []Set{a, a}}, false},
		{"one is not in the zone", Change{[]Set{{Name: "example.net.", Type: "A"}}, []Set{{Name: "example.net.", Type: "A"}}}, false},
	} {
		if _, err := c.clean("example.org."); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestWhatComesComesBeforeWhatGoes(t *testing.T) {
	set := func(name, kind string, data ...string) Set { return Set{Name: name, Type: kind, Data: data} }
	for _, c := range []struct {
		name          string
		before, after []Set
		want          []int
	}{
		{"an address of another family", []Set{set("a", "A", "1"), set("a", "AAAA")}, []Set{set("a", "A"), set("a", "AAAA", "2")}, []int{1, 0}},
		{"what stays is not touched", []Set{set("a", "A", "1"), set("b", "A", "1")}, []Set{set("a", "A", "1"), set("b", "A", "2")}, []int{1}},
		{"a CNAME makes room first", []Set{set("w", "A"), set("w", "CNAME", "a")}, []Set{set("w", "A", "1"), set("w", "CNAME")}, []int{1, 0}},
		{
			"each name makes room by itself",
			[]Set{set("v", "A", "1"), set("w", "A", "1"), set("v", "CNAME"), set("w", "CNAME")},
			[]Set{set("v", "A"), set("w", "A"), set("v", "CNAME", "x"), set("w", "CNAME", "x")},
			[]int{0, 2, 1, 3},
		},
	} {
		if got := steps(Change{c.before, c.after}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestASignatureThatIsRefusedIsExplained(t *testing.T) {
	u := &updater{server: "ns.example.org:53", key: "k.", algorithm: wire.HmacSHA256}
	for code, want := range map[uint16]string{
		wire.RcodeBadKey: "does not know the key", wire.RcodeBadSig: "another secret", wire.RcodeBadTime: "timedatectl", wire.RcodeBadTrunc: "BADTRUNC",
	} {
		m := new(wire.Msg)
		m.SetTsig("k.", wire.HmacSHA256, 300, 0)
		m.IsTsig().Error = code
		if err := u.refusal(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v, want %q", code, err, want)
		}
	}
}

func TestProvidersSayWhatIsWrongInManyWays(t *testing.T) {
	for _, c := range []struct{ text, code, why string }{
		{`{"success":false,"errors":[{"code":81044,"message":"Record does not exist."}]}`, "81044", "Record does not exist."},
		{`{"error":{"code":"not_found","message":"rrset not found"}}`, "not_found", "rrset not found"},
		{`{"error":"Conflicts with pre-existing RRset"}`, "", "Conflicts with pre-existing RRset"},
		{`{"message":"Invalid signature"}`, "", "Invalid signature"},
		{`<html>`, "", ""},
	} {
		if code, why := messages([]byte(c.text)); code != c.code || why != c.why {
			t.Errorf("%s: %q, %q", c.text, code, why)
		}
	}
}

func TestWhereAnAPICannotBeIsRefused(t *testing.T) {
	for _, base := range []string{"api.example.org", "ftp://api.example.org", "https://user:secret@api.example.org", "https://api.example.org/?a=b"} {
		if _, err := caller(base, "https://usual.example.org"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestARefusalSaysWhatItMeans(t *testing.T) {
	for status, want := range map[int]string{http.StatusUnauthorized: "does not take the credentials", http.StatusForbidden: "do not allow it", 422: "answers 422"} {
		if err := (&refusal{status: status}); !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func FuzzData(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "1 . alpn=h2", "blog.example.org.", `"v=spf1"`, "1 \x00", "(", "\\# 4 c0000201"} {
		for _, kind := range []string{"A", "HTTPS", "CNAME", "TXT"} {
			f.Add(kind, seed)
		}
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		if !leads(kind) && kind != "TXT" {
			t.Skip()
		}
		data, err := spelled("example.org.", kind, text)
		if err != nil {
			return
		}
		again, err := spelled("example.org.", kind, data)
		if err != nil || again != data || strings.ContainsAny(data, "\n\r") {
			t.Errorf("%q, then %q, %v", data, again, err)
		}
	})
}

func FuzzName(f *testing.F) {
	f.Add("bücher.example.org")
	f.Add("*.Example.org.")
	f.Fuzz(func(t *testing.T, text string) {
		name, err := Name(text)
		if err != nil {
			return
		}
		if again, err := Name(name); err != nil || again != name || name != strings.ToLower(name) {
			t.Errorf("%q, then %q, %v", name, again, err)
		}
	})
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"errors":[{"code":1,"message":"x"}]}`))
	f.Add([]byte(`<ErrorResponse><Error><Code>x</Code></Error></ErrorResponse>`))
	f.Add([]byte(`<InvalidChangeBatch><Messages><Message>x</Message></Messages></InvalidChangeBatch>`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		messages(text)
		xmlMessages(text)
	})
}

// What a provider keeps beside a record survives being taken apart and put
// together again.
func FuzzExtra(f *testing.F) {
	f.Add("192.0.2.1", `{"proxied":true,"tags":["a"]}`, uint32(60))
	f.Add("192.0.2.1", `{"ttl":5,"text":"192.0.2.1"}`, uint32(60))
	f.Add("192.0.2.1", `null`, uint32(1))
	f.Fuzz(func(t *testing.T, data, extra string, ttl uint32) {
		s := Set{Name: "example.org.", Type: "A", TTL: ttl, Data: []string{data}, Extra: map[string]string{data: extra}}
		list := s.records()
		list[0].text = list[0].spelling(asIs)
		sets, err := gather("example.org.", []key{s.key()}, asIs, list)
		if err != nil || len(sets) != 1 {
			return
		}
		again := sets[0].records()
		if again[0].ttl != list[0].ttl || again[0].spelling(asIs) != list[0].text || more(again[0]) != more(list[0]) {
			t.Errorf("%+v, then %+v", list, again)
		}
	})
}
