package dns

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A record is one as a provider keeps it: with a text in the provider's
// spelling and with more than the DNS knows.
type record struct {
	id         string // the provider's, if it has any
	name, kind string // in our spelling
	ttl        uint32
	text       string         // the data, as the provider spells it
	data       string         // the same as a zone file has it
	more       map[string]any // what else must be as it was
}

// The members of a record's extra that every provider has.
const (
	extraText = "text" // its data, where it is spelled in another way than ours
	extraTTL  = "ttl"  // its TTL, where it is not that of the set
)

// A usage is how a provider spells data of a type.
type usage func(kind, data string) string

// asIs is the usage of those who spell data as a zone file does.
func asIs(_, data string) string { return data }

// gather makes sets of the records of these keys and of those that lead
// visitors, in the spelling of this package.
func gather(apex string, keys []key, usual usage, list []record) ([]Set, error) {
	names := map[string]bool{}
	for _, k := range keys {
		names[k.name] = true
	}
	groups := map[key][]record{}
	for _, r := range list {
		k := key{r.name, r.kind}
		if names[r.name] && (leads(r.kind) || slices.Contains(keys, k)) {
			groups[k] = append(groups[k], r)
		}
	}
	var sets []Set
	for k, group := range groups {
		s := Set{Name: k.name, Type: k.kind, TTL: group[0].ttl}
		for _, r := range group {
			s.TTL = min(s.TTL, r.ttl)
		}
		for _, r := range group {
			data, err := spelled(apex, r.kind, r.data)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", r.name, r.kind, err)
			}
			if slices.Contains(s.Data, data) {
				return nil, fmt.Errorf("%s %s %s is there twice: remove one of them", r.name, r.kind, data)
			}
			r.data = data
			if err := s.add(r, usual(r.kind, data)); err != nil {
				return nil, err
			}
		}
		slices.Sort(s.Data)
		sets = append(sets, s)
	}
	return sets, nil
}

// add puts a record into a set, with what else is known of it.
func (s *Set) add(r record, usual string) error {
	s.Data = append(s.Data, r.data)
	more := map[string]any{}
	for name, value := range r.more {
		more[name] = value
	}
	if r.text != usual {
		more[extraText] = r.text
	}
	if r.ttl != s.TTL {
		more[extraTTL] = r.ttl
	}
	if len(more) == 0 {
		return nil
	}
	text, err := json.Marshal(more)
	if err != nil {
		return err
	}
	if s.Extra == nil {
		s.Extra = map[string]string{}
	}
	s.Extra[r.data] = string(text)
	return nil
}

// records takes a set apart again. What is in Extra comes back as it was.
func (s Set) records() []record {
	list := make([]record, len(s.Data))
	for i, data := range s.Data {
		r := record{name: s.Name, kind: s.Type, ttl: s.TTL, data: data}
		if extra, ok := s.Extra[data]; ok && json.Unmarshal([]byte(extra), &r.more) == nil {
			if text, ok := r.more[extraText].(string); ok {
				r.text = text
			}
			if ttl, ok := r.more[extraTTL].(float64); ok && ttl >= 0 && ttl <= 1<<31 {
				r.ttl = uint32(ttl)
			}
			delete(r.more, extraText)
			delete(r.more, extraTTL)
		}
		list[i] = r
	}
	return list
}

// spelling is the text that a record had, or the usual one.
func (r record) spelling(usual usage) string {
	if r.text != "" {
		return r.text
	}
	return usual(r.kind, r.data)
}

func keysOf(sets []Set) []key {
	keys := make([]key, len(sets))
	for i, s := range sets {
		keys[i] = s.key()
	}
	return keys
}
