package dns

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	wire "github.com/miekg/dns"
	"golang.org/x/net/idna"
)

// aliasType begins the types of records that no standard knows: the provider
// answers with the addresses of another name. Who has one for each family of
// addresses writes it behind: "ALIAS/A".
const aliasType = "ALIAS"

// leading are the types that send visitors somewhere.
var leading = []string{"A", "AAAA", "CNAME", "HTTPS", "SVCB"}

func leads(kind string) bool {
	return slices.Contains(leading, kind) || strings.HasPrefix(kind, aliasType)
}

// Name is the one spelling of a name: fully qualified, in lower case, what is
// not ASCII as IDNA has it (RFC 5891), with the dot at its end.
func Name(text string) (string, error) {
	text = strings.TrimSuffix(text, ".")
	name, err := labels.ToASCII(text)
	if err != nil || name == "" {
		return "", fmt.Errorf("%q is no name: %w", text, errors.Join(err, errNoName))
	}
	name = strings.ToLower(name)
	if again, err := labels.ToASCII(name); err != nil || again != name {
		return "", fmt.Errorf("%q is no name: %w", text, errNoName)
	}
	name += "."
	if _, ok := wire.IsDomainName(name); !ok {
		return "", fmt.Errorf("%q is no name: %w", text, errNoName)
	}
	return name, nil
}

var errNoName = errors.New("want one such as www.example.org")

// labels maps upper case and compatible forms, and lets the underscore be, with
// which service names begin.
var labels = idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.Transitional(false))

// within reports whether a name belongs to a zone.
func within(name, apex string) bool { return name == apex || strings.HasSuffix(name, "."+apex) }

// relative is a name as most providers write it: without the zone behind it.
func relative(name, apex string) string {
	if name == apex {
		return ""
	}
	return strings.TrimSuffix(name, "."+apex)
}

// at is the same with a sign for the zone itself.
func at(name, apex string) string {
	if name == apex {
		return "@"
	}
	return relative(name, apex)
}

// under is the name of what a provider wrote without the zone behind it.
func under(text, apex string) string {
	if text == "" || text == "@" {
		return apex
	}
	return strings.ToLower(text) + "." + apex
}

// A key names a set.
type key struct{ name, kind string }

func (s Set) key() key { return key{s.Name, s.Type} }

// parse reads the data of a record as a zone file has it. What is relative
// belongs to the zone.
func parse(apex, kind, data string) (wire.RR, error) {
	if strings.ContainsAny(data, "\n\r") || kind != "TXT" && strings.Contains(data, ";") {
		return nil, fmt.Errorf("%q is no data of a record", data)
	}
	z := wire.NewZoneParser(strings.NewReader(". 0 IN "+kind+" "+data+"\n"), apex, "")
	rr, ok := z.Next()
	if err := z.Err(); err != nil || !ok {
		return nil, fmt.Errorf("%q is no data of a record of type %s", data, kind)
	}
	return rr, nil
}

// spelled is the one spelling of the data of a record.
func spelled(apex, kind, data string) (string, error) {
	if strings.HasPrefix(kind, aliasType) {
		return Name(data)
	}
	rr, err := parse(apex, kind, data)
	if err != nil {
		return "", err
	}
	text := dataOf(rr)
	if text == "" {
		return "", fmt.Errorf("a record of type %s without data", kind)
	}
	return text, nil
}

// dataOf is the data of a record as a zone file has it; names that visitors are
// led to are in lower case, for names are compared so (RFC 4343).
func dataOf(rr wire.RR) string {
	switch rr := rr.(type) {
	case *wire.CNAME:
		rr.Target = strings.ToLower(rr.Target)
	case *wire.HTTPS:
		rr.Target = strings.ToLower(rr.Target)
	case *wire.SVCB:
		rr.Target = strings.ToLower(rr.Target)
	}
	return strings.TrimPrefix(rr.String(), rr.Header().String())
}

// clean is a set in the spelling of this package.
func (s Set) clean(apex string) (Set, error) {
	name, err := Name(s.Name)
	if err != nil {
		return s, err
	}
	if !within(name, apex) {
		return s, fmt.Errorf("%s is not in the zone %s", name, apex)
	}
	c := Set{Name: name, Type: strings.ToUpper(s.Type)}
	if len(s.Data) == 0 {
		return c, nil
	}
	c.TTL, c.Extra = s.TTL, s.Extra
	for _, data := range s.Data {
		text, err := spelled(apex, c.Type, data)
		if err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
		c.Data = append(c.Data, text)
	}
	slices.Sort(c.Data)
	c.Data = slices.Compact(c.Data)
	return c, nil
}

// clean is a change in the spelling of this package, if it is one.
func (c Change) clean(apex string) (Change, error) {
	if len(c.Before) != len(c.After) {
		return c, errors.New("a change whose sides are not the same sets")
	}
	var clean Change
	seen := map[key]bool{}
	for i := range c.Before {
		before, err := c.Before[i].clean(apex)
		if err != nil {
			return c, err
		}
		after, err := c.After[i].clean(apex)
		if err != nil {
			return c, err
		}
		if before.key() != after.key() || seen[before.key()] {
			return c, fmt.Errorf("a change whose sides are not the same sets: %s %s", before.Name, before.Type)
		}
		seen[before.key()] = true
		clean.Before, clean.After = append(clean.Before, before), append(clean.After, after)
	}
	return clean, nil
}

// same reports whether nothing differs, for visitors and for the provider.
func (s Set) same(o Set) bool {
	if len(s.Data) == 0 || len(o.Data) == 0 {
		return len(s.Data) == len(o.Data)
	}
	return s.TTL == o.TTL && slices.Equal(s.Data, o.Data) && maps.Equal(s.Extra, o.Extra)
}

// holds reports whether what was found is what a side of a change says.
func holds(found map[key]Set, side []Set) bool {
	for _, s := range side {
		if !s.same(found[s.key()]) {
			return false
		}
	}
	return true
}

// byKey gives sets by their names.
func byKey(sets []Set) map[key]Set {
	m := make(map[key]Set, len(sets))
	for _, s := range sets {
		m[s.key()] = s
	}
	return m
}

// sorted brings sets into one order.
func sorted(sets []Set) []Set {
	slices.SortFunc(sets, func(a, b Set) int { return strings.Compare(a.Name+" "+a.Type, b.Name+" "+b.Type) })
	return sets
}
