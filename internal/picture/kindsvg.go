package picture

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
)

// mostProlog is how far the root element of an SVG may be from its start.
const mostProlog = 64 << 10

func isSVG(data []byte) bool {
	start := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), " \t\r\n")
	if len(start) == 0 || start[0] != '<' {
		return false
	}
	_, found := rootOfSVG(data)
	return found
}

func rootOfSVG(data []byte) (xml.StartElement, bool) {
	d := xml.NewDecoder(bytes.NewReader(data[:min(len(data), mostProlog)]))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		t, err := d.RawToken()
		if err != nil {
			return xml.StartElement{}, false
		}
		if root, ok := t.(xml.StartElement); ok {
			return root, root.Name.Local == "svg"
		}
	}
}

// readSVG follows CSS 2.2, 10.3.2: what is missing comes from the ratio of the
// viewBox; without any of them it is 300 x 150.
func readSVG(data []byte, h *header) bool {
	root, _ := rootOfSVG(data)
	var w, high, boxW, boxH float64
	for _, a := range root.Attr {
		switch a.Name.Local {
		case "width":
			w = cssPixels(a.Value)
		case "height":
			high = cssPixels(a.Value)
		case "viewBox":
			f := strings.FieldsFunc(a.Value, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
			if len(f) == 4 {
				boxW, boxH = cssPixels(f[2]), cssPixels(f[3])
			}
		}
	}
	if boxW == 0 || boxH == 0 {
		boxW, boxH = 300, 150
		if w == 0 && high == 0 {
			w = boxW
		}
	}
	switch {
	case w == 0 && high == 0:
		w, high = boxW, boxH
	case w == 0:
		w = high * boxW / boxH
	case high == 0:
		high = w * boxH / boxW
	}
	h.Alpha = true
	h.Width, h.Height = wholePixels(w), wholePixels(high)
	return true
}

func wholePixels(v float64) int { return int(max(1, math.Round(min(v, 1e6)))) }

// cssPixels reads a length; 0 for percentages and what is no length. Lengths
// that depend on the font count as 16 pixels each.
func cssPixels(s string) float64 {
	s = strings.TrimSpace(s)
	end := strings.LastIndexAny(s, "0123456789.") + 1
	v, err := strconv.ParseFloat(s[:end], 64)
	perUnit, known := map[string]float64{
		"": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "pt": 96. / 72, "pc": 16, "em": 16, "rem": 16,
	}[strings.ToLower(s[end:])]
	if err != nil || !known || !(v > 0 && v < 1e9) {
		return 0
	}
	return v * perUnit
}
