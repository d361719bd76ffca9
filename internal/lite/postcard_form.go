package lite

import "strings"

// mostChoices is how many choices of a list are told: one of all the countries
// would fill a postcard.
const mostChoices = 12

// formWords says what a form asks, without its fields, and where they are.
func (p *Page) formWords(form []piece) []piece {
	var out []piece
	var send string
	choices := 0
	for i := 1; i < len(form); i++ {
		part := form[i]
		switch part.name {
		case "label", "input", "textarea":
		case "select":
			choices = 0
		case "option":
			if part.step == open {
				choices++
			}
			if part.step == open && choices > 1 && choices <= mostChoices {
				out = append(out, piece{text: " "})
			}
		case "button":
			if part.step == open && i+1 < len(form) && form[i+1].step == chars && form[i+1].text != p.Words.Send {
				send = form[i+1].text + ": "
			}
		case "":
			if form[i-1].name != "button" && (form[i-1].name != "option" || choices <= mostChoices) {
				out = append(out, piece{text: besideField(form, i)})
			}
		default:
			part.attrs = p.short(part.attrs)
			out = append(out, part)
		}
	}
	return append(withoutEmpty(out),
		piece{step: open, name: "p"}, piece{text: send}, piece{step: open, name: "a", attrs: []attr{{"href", p.as("lite")}}},
		piece{text: p.Words.Form}, piece{step: shut, name: "a"}, piece{step: shut, name: "p"})
}

// besideField returns a text without the space to the field next to it. Where
// nobody gave the field a label, its name is its label: that is said only where
// there is a field to see.
func besideField(form []piece, i int) string {
	text := form[i].text
	for _, next := range []int{i - 1, i + 1} {
		if next >= len(form) || form[next].name != "input" && form[next].name != "textarea" && form[next].name != "select" {
			continue
		}
		text = strings.TrimSpace(text)
		for _, a := range form[next].attrs {
			if a.key == "name" && a.value == text {
				return ""
			}
		}
	}
	if i+1 < len(form) && form[i+1].name == "select" && text != "" {
		text += " "
	}
	return text
}

// withoutEmpty takes out paragraphs of which nothing is left.
func withoutEmpty(text []piece) []piece {
	var out []piece
	for _, part := range text {
		last := len(out) - 1
		if part.step == chars && part.text == "" {
			continue
		}
		if part.step == shut && part.name == "p" && last >= 0 && out[last].step == open && out[last].name == "p" {
			out = out[:last]
			continue
		}
		out = append(out, part)
	}
	return out
}
