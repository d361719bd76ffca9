package style

import (
	"regexp"
	"strings"
)

// families are the lower-case names of faces that were left out.
type families map[string]bool

// lasting returns the value of a declaration that names only families that
// were left out, with a kind of font for them to fall back to. What follows in
// a longer list is what their author chose.
func (f families) lasting(property string, value []token) []token {
	custom := strings.HasPrefix(property, "--")
	if len(f) == 0 || property != "font-family" && property != "font" && !custom {
		return value
	}
	end := len(value)
	for i, t := range value {
		if t.kind == delim && t.text == "!" {
			end = i
		}
	}
	name := ""
	parts := split(trim(value[:end]))
	for _, part := range parts {
		part = trim(part)
		if property == "font" && len(parts) == 1 { // the family is the last string behind sizes and weights
			part = part[max(len(part)-1, 0):]
		}
		name = strings.ToLower(strings.Trim(write(part), `"'`))
		if !f[name] {
			return value
		}
	}
	out := append([]token(nil), trim(value[:end])...)
	out = append(out, token{',', ","}, token{ident, kindOf(name)})
	return append(out, value[end:]...)
}

var (
	monoName  = regexp.MustCompile(`mono|code|courier|consol|typewriter`)
	serifName = regexp.MustCompile(`serif|merriweather|lora|playfair|garamond|georgia|times|crimson|baskerville|caslon|bitter|slab|` +
		`spectral|cormorant|newsreader|literata|bodoni|didot|cardo|vollkorn|alegreya|domine|arvo|rokkitt|gelasio|charter`)
)

// kindOf guesses the kind of a font from its name.
func kindOf(name string) string {
	switch {
	case monoName.MatchString(name):
		return "monospace"
	case serifName.MatchString(name) && !strings.Contains(name, "sans"):
		return "serif"
	}
	return "sans-serif"
}
