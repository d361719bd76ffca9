package sample

import (
	"image"
	"image/color"
	"math"
)

// photographs are the pictures of the posts: motifs in their own colours.
// One has a name beyond ASCII, as pictures out of a telephone often do.
var photographs = map[string]motif{
	"dawn":    ridges(3, false, 0xf6b48f, 0xfde9c9, 0xe0a2a0, 0x4a3a5e, 0xfff3d6),
	"harbour": ridges(8, false, 0x2f4a7c, 0xf4b8a0, 0x9a86a8, 0x16233f, 0xffe2b8),
	"screen":  coarse(ridges(8, false, 0x2f4a7c, 0xf4b8a0, 0x9a86a8, 0x16233f, 0xffe2b8)),
	"night":   ridges(5, true, 0x0b1026, 0x2b3f74, 0x28386a, 0x070b18, 0xf4f1de),
	"lagoon":  paper(4, 0xe8f6f3, 0x8fd3cf, 0x2a9d8f, 0x1d5c7a, 0x12324f),
	"meadow":  paper(9, 0xf4f6e4, 0xc9dfa3, 0x8bbf75, 0x4f8a5b, 0x234d3c),
	"dunes":   paper(2, 0xfff1dc, 0xf7d7a5, 0xe9a96a, 0xc46d43, 0x6f3325),
	"café":    paper(6, 0xfaf3ea, 0xe3cdb2, 0xbf9673, 0x82583c, 0x3f2a20),
	"tiles":   tiles(7, 0xf3efe4, 0x1f4e5f, 0xd9704f),
	"orbit":   orbit(1, 0x141a33, 0x39315c, 0xe9c46a, 0x7fb7be),
}

// length is that of a line; math.Hypot would be safe from overflow and slow.
func length(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

// edge is 1 inside a shape and 0 outside, soft over a few thousandths.
func edge(inside float64) float64 { return min(max(inside*300+0.5, 0), 1) }

// hill is the height of layer i above x: three waves of falling size.
func hill(x float64, i, seed int) float64 {
	p := chance(i, 0, seed) * 7
	return 0.5*math.Sin(x*(1.3+0.3*float64(i))+p) + 0.28*math.Sin(x*(3.1+0.4*float64(i))+2*p) + 0.1*math.Sin(x*9+3*p)
}

// ridges are mountains behind mountains under a sun, or under a moon and stars.
func ridges(seed int, stars bool, top, low, far, near, sun uint32) motif {
	const layers = 6
	sunX, sunY, radius := 0.4+1.2*chance(1, 1, seed), 0.3+0.12*chance(2, 1, seed), 0.075
	return func(x float64) func(float64) tint {
		var heights [layers]float64
		for i := range heights {
			heights[i] = 0.5 + 0.085*float64(i) - hill(x, i, seed)*(0.11-0.006*float64(i))
		}
		return func(y float64) tint {
			c := mix(colour(top), colour(low), y*1.7)
			if stars {
				c = mix(c, colour(sun), star(x, y, seed))
			}
			distance := length(x-sunX, y-sunY)
			c = mix(c, colour(sun), 0.45/(1+30*distance*distance))
			c = mix(c, colour(sun), edge(radius-distance))
			for i, h := range heights {
				depth := float64(i) / (layers - 1)
				shade := mix(mix(colour(far), colour(near), depth), colour(low), 0.22*(1-depth)*(y-h)*4)
				c = mix(c, shade, edge(y-h))
			}
			return c
		}
	}
}

// coarse shows a motif as an old screen would: eighty dots in each row, and
// four shades of red, green and blue.
func coarse(m motif) motif {
	const dots, step = 40, 255.0 / 3
	return func(x float64) func(float64) tint {
		column := m((math.Floor(x*dots) + 0.5) / dots)
		return func(y float64) tint {
			c := column((math.Floor(y*dots) + 0.5) / dots)
			// Every other dot is rounded up, which mixes shades for the eye.
			bias := 0.42 + 0.16*float64((int(x*dots)+int(y*dots))%2)
			for i := range c {
				c[i] = min(math.Floor(c[i]/step+bias), 3) * step
			}
			return c
		}
	}
}

// star is how bright the night is at a point: one square in nine has a star
// of its own size somewhere inside.
func star(x, y float64, seed int) float64 {
	const size = 0.045
	i, j := int(x/size), int(y/size)
	if chance(i, j, seed) > 0.11 {
		return 0
	}
	dx := x/size - float64(i) - 0.2 - 0.6*chance(i, j, seed+1)
	dy := y/size - float64(j) - 0.2 - 0.6*chance(i, j, seed+2)
	return (0.3 + chance(i, j, seed+3)) * edge((0.03+0.04*chance(i, j, seed+4)-length(dx, dy))*0.06)
}

// paper is a stack of cut sheets, each throwing a shadow on the one behind.
func paper(seed int, colours ...uint32) motif {
	const layers = 9
	var sheets [layers]tint
	for i := range sheets {
		sheets[i] = sheetTint(colours, float64(i+1)/layers)
	}
	return func(x float64) func(float64) tint {
		var heights [layers]float64
		for i := range heights {
			heights[i] = 0.1 + 0.105*float64(i) - hill(x, i, seed)*0.09
		}
		return func(y float64) tint {
			c := mix(colour(colours[0]), colour(colours[1]), y*0.6)
			for i, h := range heights {
				if y < h {
					c = mix(c, tint{}, 0.3/(1+60*(h-y)))
				}
				c = mix(c, sheets[i], edge(y-h))
			}
			return c
		}
	}
}

// sheetTint is the colour at t, from 0 to 1, along a row of colours.
func sheetTint(colours []uint32, t float64) tint {
	at := t * float64(len(colours)-1)
	i := min(int(at), len(colours)-2)
	return mix(colour(colours[i]), colour(colours[i+1]), at-float64(i))
}

// tiles are square tiles with two quarter circles each, laid at random: the
// arcs always meet and wander over the wall.
func tiles(seed int, ground, line, accent uint32) motif {
	const size = 0.125
	return func(x float64) func(float64) tint {
		return func(y float64) tint {
			i, j := int(x/size), int(y/size)
			u, v := x/size-float64(i), y/size-float64(j)
			if chance(i, j, seed) > 0.5 {
				u = 1 - u
			}
			near := min(math.Abs(length(u, v)-0.5), math.Abs(length(1-u, 1-v)-0.5))
			c := mix(colour(ground), colour(accent), 0.10+0.12*chance(i, j, seed+1))
			c = mix(c, colour(line), edge((0.16-near)*size))
			return mix(c, colour(accent), edge((0.05-near)*size))
		}
	}
}

// orbit is a small solar system seen from above.
func orbit(seed int, dark, glow, sun, planet uint32) motif {
	type body struct {
		radius, x, y, size float64
		shade              tint
	}
	var bodies [7]body
	for i := range bodies {
		k := i + 1
		radius, angle := 0.07+0.115*float64(k), 7*chance(k, 0, seed)
		bodies[i] = body{
			radius, 0.9 + radius*math.Cos(angle), 0.52 + radius*math.Sin(angle), 0.012 + 0.02*chance(k, 2, seed),
			sheetTint([]uint32{planet, sun, 0xe76f51}, chance(k, 1, seed)),
		}
	}
	return func(x float64) func(float64) tint {
		return func(y float64) tint {
			distance := length(x-0.9, y-0.52)
			c := mix(colour(dark), colour(glow), 1.1-1.1*distance)
			c = mix(c, colour(sun), 0.5*star(x, y, seed)+0.35/(1+90*distance*distance))
			c = mix(c, colour(sun), edge(0.07-distance))
			for i := range bodies {
				b := &bodies[i]
				c = mix(c, colour(planet), 0.5*edge(0.0016-math.Abs(distance-b.radius)))
				c = mix(c, b.shade, edge(b.size-length(x-b.x, y-b.y)))
			}
			return c
		}
	}
}

// drop is the mark of the site, an ink drop with a prompt, as an icon.
func drop(x float64) func(float64) tint {
	return func(y float64) tint {
		// Above its widest point the outline narrows to the tip.
		half := 0.27
		if y < 0.6 {
			half *= math.Sqrt(max((y-0.12)/0.48, 0)) * (0.55 + 0.45*y/0.6)
		} else {
			half = math.Sqrt(max(0.27*0.27-(y-0.6)*(y-0.6), 0))
		}
		c := mix(colour(0x141b2d), colour(0x2c3a63), y)
		c = mix(c, colour(0x7de2b0), edge(half-math.Abs(x-0.5))*edge(0.87-y))
		prompt := x > 0.4 && x < 0.46 && y > 0.56 && y < 0.7 || x > 0.5 && x < 0.62 && y > 0.65 && y < 0.7
		if prompt {
			return colour(0x141b2d)
		}
		return c
	}
}

// portrait is the author as she would draw herself: a hat before a harbour.
func portrait(x float64) func(float64) tint {
	background := ridges(8, false, 0x8ecae6, 0xfdf0d5, 0x7fb7be, 0x2a6f7f, 0xffb703)(x + 0.5)
	return func(y float64) tint {
		c := background(y)
		c = mix(c, colour(0xb5523b), edge(0.36-length((x-0.5)*0.9, y-1.08)))
		c = mix(c, colour(0x3a2a2f), edge(0.235-length(x-0.5, (y-0.5)*0.85)))
		c = mix(c, colour(0xf0c6a4), edge(0.19-length(x-0.5, (y-0.53)*0.9)))
		brim := edge(0.03-math.Abs(y-0.4)) * edge(0.32-math.Abs(x-0.5))
		crown := edge(0.2-length(x-0.5, (y-0.4)*1.1)) * edge(0.4-y)
		return mix(c, colour(0x223a5e), max(brim, crown))
	}
}

// pattern is the dots behind the page, faint enough for dark and light.
func pattern(size int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for x := range size {
		for y := range size {
			u, v := (x*12/size)%12, (y*12/size)%12
			if u == v && u%6 == 0 {
				img.SetNRGBA(x, y, color.NRGBA{128, 128, 140, 40})
			}
		}
	}
	return img
}
