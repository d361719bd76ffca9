package style

import "strings"

// words are the names that scripts hold, with the usual names of states once
// there is a script at all.
type words struct {
	all    map[string]bool
	create bool // some script can make elements
}

// readWords cuts the texts of scripts into names. A single letter counts only
// behind a quote or "<": the variables of packed scripts are single letters.
func readWords(scripts []string) words {
	w := words{all: map[string]bool{}}
	for _, s := range scripts {
		from := -1
		for i := 0; i <= len(s); i++ {
			inside := i < len(s) && isName(s[i])
			if inside && from < 0 {
				from = i
			} else if !inside && from >= 0 {
				if i-from > 1 || from > 0 && strings.IndexByte("\"'`<", s[from-1]) >= 0 {
					w.all[s[from:i]] = true
				}
				from = -1
			}
		}
	}
	for _, name := range []string{"createElement", "createElementNS", "innerHTML", "outerHTML", "insertAdjacentHTML"} {
		w.create = w.create || w.all[name]
	}
	return w
}

// states are names that themes give to elements as they change, and that
// scripts put together from parts.
var states = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(`active open opened close closed show shown hide hidden visible invisible
		collapsed expanded collapsing toggled toggled-on selected current checked disabled loading loaded sticky
		fixed scrolled js no-js dark light aria-expanded aria-hidden aria-selected aria-current aria-pressed inert`) {
		m[name] = true
	}
	return m
}()

// may tells whether a script could give the name to an element.
func (w words) may(name string) bool {
	if len(w.all) == 0 {
		return false
	}
	if w.all[name] || states[strings.ToLower(name)] || strings.HasPrefix(name, "data-") && w.all[camel(name[len("data-"):])] ||
		strings.HasPrefix(name, "aria-") && w.all[camel(name)] { // WAI-ARIA 1.2, 10.2: ariaBusy is aria-busy
		return true
	}
	for i := range min(len(name), maxName) { // a script may put "has-" and a word together, or a word and "-open"
		if name[i] == '-' && i > 0 && i < len(name)-1 && (w.all[name[:i+1]] || w.all[name[i:]]) {
			return true
		}
	}
	return w.pieces(name)
}

// pieces tells whether scripts hold all of a name such as md:w-1/2 or gap@s,
// which they hold in the pieces between its signs.
func (w words) pieces(name string) bool {
	long, from := 0, 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && isName(name[i]) {
			continue
		}
		if i-from > 1 { // a single one says nothing
			if long++; !w.all[name[from:i]] {
				return false
			}
		}
		from = i + 1
	}
	return long > 0
}

// maxName is how many bytes of a name are looked at for its parts.
const maxName = 100

// makes tells whether a script could make such an element. A table gets its
// tbody from the parser.
func (w words) makes(tag string) bool {
	return w.create && (w.all[tag] || w.all[strings.ToUpper(tag)] || tag == "tbody" && (w.makes("table") || w.makes("tr")))
}

// mention tells whether a name in a script holds the part.
func (w words) mention(part string) bool {
	for name := range w.all {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// camel spells the rest of a data attribute as scripts do: some-name is
// someName.
func camel(s string) string {
	parts := strings.Split(s, "-")
	for i, p := range parts[1:] {
		if p != "" {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}
