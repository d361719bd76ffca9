package picture

import "image/color"

// resize returns the pixels in another size as JPEG holds photographs: with
// chroma of half the width and height, which eyes see worse than luma.
func (p *pixels) resize(w, h int) *pixels {
	made := &pixels{make([]plane, len(p.planes))}
	for i := range p.planes {
		if i > 0 {
			made.planes[i] = p.planes[i].scale((w+1)/2, (h+1)/2)
			continue
		}
		made.planes[i] = p.planes[i].scale(w, h)
	}
	clampAlpha(&made.planes[0])
	return made
}

// clampAlpha keeps colours at most as strong as their alpha, which the filter
// can overshoot at edges.
func clampAlpha(p *plane) {
	if p.depth != 4 {
		return
	}
	for i := 0; i+3 < len(p.pix); i += 4 {
		if a := p.pix[i+3]; a != 255 {
			p.pix[i], p.pix[i+1], p.pix[i+2] = min(p.pix[i], a), min(p.pix[i+1], a), min(p.pix[i+2], a)
		}
	}
}

// photo turns pixels into what a JPEG holds. What shines through is white.
// Sharp edges of colour need chroma in full; photographs do not.
func (p *pixels) photo(sharp bool) *photo {
	if !p.rgba() {
		return &photo{p.planes}
	}
	from := &p.planes[0]
	luma := newPlane(from.w, from.h, 1)
	grey := true
	for y := range from.h {
		row, out := from.row(y), luma.row(y)
		for x := range out {
			r, g, b := onWhite(row[4*x : 4*x+4])
			out[x], _, _ = color.RGBToYCbCr(r, g, b)
			grey = grey && r == g && g == b
		}
	}
	if grey {
		return &photo{[]plane{luma}}
	}
	if !sharp {
		half := from.halve()
		from = &half
	}
	blue, red := newPlane(from.w, from.h, 1), newPlane(from.w, from.h, 1)
	for y := range from.h {
		row, outBlue, outRed := from.row(y), blue.row(y), red.row(y)
		for x := range outBlue {
			r, g, b := onWhite(row[4*x : 4*x+4])
			_, outBlue[x], outRed[x] = color.RGBToYCbCr(r, g, b)
		}
	}
	return &photo{[]plane{luma, blue, red}}
}

func onWhite(p []byte) (r, g, b byte) {
	rest := 255 - p[3]
	return p[0] + rest, p[1] + rest, p[2] + rest
}

// graphic tells drawings and screenshots from photographs, where neighbours
// are hardly ever the same: here at least half of them are.
func (p *pixels) graphic() bool {
	if !p.rgba() {
		return false
	}
	from := &p.planes[0]
	same, all := 0, 0
	for y := 0; y < from.h; y += 4 { // a quarter of the rows is enough
		row := from.row(y)
		for i := 4; i+3 < len(row); i += 4 {
			if [4]byte(row[i:]) == [4]byte(row[i-4:]) {
				same++
			}
			all++
		}
	}
	return same*2 >= all
}
