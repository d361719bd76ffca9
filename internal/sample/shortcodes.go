package sample

import (
	"fmt"
	"regexp"
	"strings"
)

// shortcodes are what the body of an entry may place, by name, as in
// {{figure "dawn" "What it shows" "What stands below it"}}.
var shortcodes = map[string]func(name, alt, caption string) string{"figure": figure, "lazy": lazy}

var shortcode = regexp.MustCompile(`^\{\{([a-z]+)((?: "[^"]*")*)\}\}`)

// expand replaces each shortcode of a body by its markup.
func expand(body string) (string, error) {
	var out strings.Builder
	for {
		text, _, more := strings.Cut(body, "{{")
		out.WriteString(text)
		if !more {
			return out.String(), nil
		}
		body = body[len(text):]
		found := shortcode.FindStringSubmatch(body)
		if found == nil {
			return "", fmt.Errorf(`want {{name "text" ...}}, found %.40q`, body)
		}
		markup, err := place(found[1], found[2])
		if err != nil {
			return "", err
		}
		out.WriteString(markup)
		body = body[len(found[0]):]
	}
}

// place runs one shortcode with its quoted texts.
func place(name, quoted string) (string, error) {
	draw, known := shortcodes[name]
	if !known {
		return "", fmt.Errorf("unknown shortcode %q", name)
	}
	texts := strings.Split(quoted, `"`) // those between marks are at 1, 3 and 5
	if len(texts) != 7 {
		return "", fmt.Errorf("shortcode %q has %d texts, want a name, an alt and a caption", name, len(texts)/2)
	}
	return draw(texts[1], texts[3], texts[5]), nil
}
