package picture

import "math"

// A plane is a rectangle of pixels with 1 or 4 bytes each.
type plane struct {
	pix    []byte
	stride int // bytes from row to row
	w, h   int // pixels
	depth  int // bytes per pixel
}

func newPlane(w, h, depth int) plane {
	return plane{make([]byte, w*h*depth), w * depth, w, h, depth}
}

func (p *plane) row(y int) []byte {
	return p.pix[y*p.stride:][:p.w*p.depth]
}

// halve joins squares of four pixels into one. An odd last row or column
// counts twice.
func (p *plane) halve() plane {
	half := newPlane((p.w+1)/2, (p.h+1)/2, p.depth)
	d := p.depth
	for y := range half.h {
		above, below := p.row(2*y), p.row(min(2*y+1, p.h-1))
		out := half.row(y)
		for x := range p.w / 2 {
			for k := range d {
				i := 2*x*d + k
				sum := int(above[i]) + int(above[i+d]) + int(below[i]) + int(below[i+d])
				out[x*d+k] = byte((sum + 2) >> 2)
			}
		}
		if p.w%2 == 1 {
			for k := range d {
				i := (p.w-1)*d + k
				out[len(out)-d+k] = byte((int(above[i]) + int(below[i]) + 1) >> 1)
			}
		}
	}
	return half
}

// turn gives the pixels the place that the orientation of EXIF (2.3, tag
// 0x0112) asks for.
func (p *plane) turn(orientation int) plane {
	if orientation <= 1 || orientation > 8 {
		return *p
	}
	d := p.depth
	start, right, down := 0, d, p.stride // in the source, per step in the result
	flipX := orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	flipY := orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
	if flipX {
		start, right = start+(p.w-1)*d, -d
	}
	if flipY {
		start, down = start+(p.h-1)*p.stride, -p.stride
	}
	w, h := p.w, p.h
	if orientation >= 5 {
		w, h, right, down = h, w, down, right
	}
	turned := newPlane(w, h, d)
	for y := range h {
		from := start + y*down
		out := turned.row(y)
		for x := 0; x < len(out); x += d {
			copy(out[x:x+d], p.pix[from:from+d])
			from += right
		}
	}
	return turned
}

// weights say how much of which source pixels are in each pixel of a result.
type weights struct {
	taps  int
	first []int   // source pixel of the first tap
	parts []int32 // taps per result, in 1/16384; their sum is 1
}

const one = 1 << 14 // of weights

// newWeights is the cubic filter of Catmull and Rom, as wide as the scale
// asks for, so that nothing is skipped when shrinking.
func newWeights(from, to int) weights {
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	taps := min(int(math.Ceil(4*wide))+1, from)
	w := weights{taps, make([]int, to), make([]int32, to*taps)}
	exact := make([]float64, taps)
	for i := range to {
		centre := (float64(i)+0.5)*scale - 0.5
		first := min(max(int(math.Ceil(centre-2*wide)), 0), from-taps)
		w.first[i] = first
		sum := 0.0
		for t := range exact {
			exact[t] = catmullRom((float64(first+t) - centre) / wide)
			sum += exact[t]
		}
		left, most := int32(one), 0
		parts := w.parts[i*taps:][:taps]
		for t := range exact {
			parts[t] = int32(math.Round(exact[t] / sum * one))
			left -= parts[t]
			if parts[t] > parts[most] {
				most = t
			}
		}
		parts[most] += left // what rounding lost
	}
	return w
}

func catmullRom(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// scale returns the plane in another size. The work is proportional to the
// pixels of the source, whatever the size of the result.
func (p *plane) scale(w, h int) plane {
	if w == p.w && h == p.h {
		return *p
	}
	scaled := newPlane(w, h, p.depth)
	across, down := newWeights(p.w, w), newWeights(p.h, h)
	sums := make([]int32, p.w*p.depth)
	for y := range h {
		clear(sums)
		parts := down.parts[y*down.taps:][:down.taps]
		row := down.first[y]
		for ; len(parts) >= 2; parts, row = parts[2:], row+2 {
			addRows(sums, p.row(row), p.row(row+1), parts[0], parts[1])
		}
		if len(parts) > 0 {
			addRows(sums, p.row(row), p.row(row), parts[0], 0)
		}
		across.apply(scaled.row(y), sums, p.depth)
	}
	return scaled
}

// addRows takes two rows at a time: sums are read and written half as often.
func addRows(sums []int32, one, two []byte, partOne, partTwo int32) {
	sums, two = sums[:len(one)], two[:len(one)]
	for i, v := range one {
		sums[i] += partOne*int32(v) + partTwo*int32(two[i])
	}
}

// apply makes a row of the result from sums in 1/16384. They keep 6 bits of
// fraction: 255 x 64 x 16384, and a quarter for overshoot, fit 31 bits.
func (w *weights) apply(out []byte, sums []int32, depth int) {
	for i := range sums {
		sums[i] = (sums[i] + 128) >> 8
	}
	for x, first := range w.first {
		parts := w.parts[x*w.taps:][:w.taps]
		from := sums[first*depth:][:w.taps*depth]
		if depth == 1 {
			sum := int32(0)
			for t, part := range parts {
				sum += part * from[t]
			}
			out[x] = pixel(sum)
			continue
		}
		var r, g, b, a int32
		for _, part := range parts {
			r, g, b, a = r+part*from[0], g+part*from[1], b+part*from[2], a+part*from[3]
			from = from[4:]
		}
		out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = pixel(r), pixel(g), pixel(b), pixel(a)
	}
}

// pixel rounds a sum of 14 + 6 bits of fraction.
func pixel(sum int32) byte {
	return byte(min(max((sum+1<<19)>>20, 0), 255))
}
