package style

import "strings"

// pseudo reads a pseudo-class or a pseudo-element. Only those that are lists of
// selectors, and the root, narrow what could match.
func (p *selectorParser) pseudo(c *compound, s *selector) bool {
	for p.pos < len(p.toks) && p.toks[p.pos].kind == ':' {
		p.pos++
	}
	if p.pos == len(p.toks) {
		return false
	}
	t := p.toks[p.pos]
	switch t.kind {
	case ident:
		name := strings.ToLower(unescape(t.text))
		s.sure = s.sure && everywhere[name]
		if name == "root" && c.tag == "" {
			c.tag = "html"
		}
		p.pos++
		if ofElement[name] && p.pos < len(p.toks) && p.toks[p.pos].kind != ':' {
			s.sure = false // nothing else may follow
		}
	case function:
		name := strings.ToLower(unescape(strings.TrimSuffix(t.text, "(")))
		p.function(name, c, s)
	default:
		return false
	}
	return true
}

func (p *selectorParser) function(name string, c *compound, s *selector) {
	in := p.inside()
	s.sure = s.sure && everywhere[name]
	if p.depth >= maxNesting || name != "is" && name != "where" && name != "not" {
		return
	}
	list, ok := selectors(in, p.depth+1)
	if name == "not" {
		for _, inner := range list {
			s.sure = s.sure && inner.sure
		}
		s.sure = s.sure && ok
		return
	}
	if ok {
		c.anyOf = append(c.anyOf, list)
	}
}

// everywhere are the pseudo-classes and pseudo-elements that every browser of
// the last years knows.
var everywhere = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`hover focus focus-visible focus-within active visited link any-link target
		checked disabled enabled first-child last-child only-child first-of-type last-of-type only-of-type nth-child
		nth-last-child nth-of-type nth-last-of-type not is where root empty lang required optional valid invalid
		read-only read-write placeholder-shown indeterminate default in-range out-of-range before after first-line
		first-letter placeholder selection`) {
		m[name] = true
	}
	return m
}()

// ofElement are the pseudo-elements of everywhere.
var ofElement = map[string]bool{
	"before": true, "after": true, "first-line": true, "first-letter": true, "placeholder": true, "selection": true,
}
