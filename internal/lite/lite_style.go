package lite

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// baseStyle is for every document. System fonts, no background of our own: the
// browser's colours are readable in light and dark.
const baseStyle = ":root{color-scheme:light dark}body{font:1.1em/1.6 system-ui,sans-serif;max-width:42em;margin:auto;padding:1em;overflow-wrap:break-word}" +
	"nav a,footer a{display:inline-block;min-width:24px;margin-inline-end:1em}"

// styleOf is added where a document has such an element.
var styleOf = []struct{ name, rule string }{
	{"pre", "pre{overflow:auto}"},
	{"table", "[role=region]{overflow:auto}table{border-collapse:collapse}td,th{border:1px solid;padding:.2em .5em;text-align:start}"},
	{"figure", "figure{margin:1em 0;padding:.5em;border:1px solid}"},
	{"blockquote", "blockquote{margin:1em 0;padding-inline-start:1em;border-inline-start:3px solid}"},
	{"label", "input,textarea,select,button{font:inherit;max-width:100%;box-sizing:border-box}"},
}

// style writes the rules for what is in a text.
func (d *sheet) style(texts ...[]piece) {
	used := map[string]bool{}
	for _, text := range texts {
		for _, p := range text {
			if p.step == open {
				used[p.name] = true
			}
		}
	}
	d.WriteString("<style>" + baseStyle)
	for _, s := range styleOf {
		if used[s.name] {
			d.WriteString(s.rule)
		}
	}
	light, dark := readable(d.p.Accent, 1, "#05a"), readable(d.p.Accent, darkest, "#8cf")
	d.WriteString("a,h1{color:" + light + "}@media(prefers-color-scheme:dark){a,h1{color:" + dark + "}}</style>")
}

// darkest is the luminance of the lightest dark background among browsers:
// #2b2a33 of Firefox's reader; Chromium has #121212.
const darkest = 0.024

// contrast is what WCAG 2.2 asks of text (success criterion 1.4.3).
const contrast = 4.5

// readable moves a colour towards black or white until it can be read on a
// background of the given luminance.
func readable(colour string, background float64, otherwise string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 || colour[0] != '#' {
		return otherwise
	}
	rgb := [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}
	goal := 0.0
	if background < 0.5 {
		goal = 255
	}
	for range 20 {
		lighter, darker := max(luminance(rgb), background), min(luminance(rgb), background)
		if (lighter+0.05)/(darker+0.05) >= contrast {
			break
		}
		for i := range rgb {
			rgb[i] = math.Round(rgb[i] + (goal-rgb[i])/8)
		}
	}
	return fmt.Sprintf("#%02x%02x%02x", int(rgb[0]), int(rgb[1]), int(rgb[2]))
}

// luminance is the relative luminance of a colour (WCAG 2.2).
func luminance(rgb [3]float64) float64 {
	var linear [3]float64
	for i, c := range rgb {
		if c /= 255; c <= 0.04045 {
			linear[i] = c / 12.92
		} else {
			linear[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}
