package picture

// A photo is a picture as JPEG holds it: luma alone, or luma and two planes
// of chroma, which have the same size or half of it, rounded up.
type photo struct {
	planes []plane
}

func (p *photo) size() (width, height int) { return p.planes[0].w, p.planes[0].h }

// A component is a plane on its way into a JPEG.
type component struct {
	sampling  int // blocks of it per side of a unit: 1, or 2 for luma over halved chroma
	w, h      int // blocks with pixels, which scans of one component send
	wide      int // blocks per row in values: whole units, which scans of all send
	values    []int16
	quantiser *quantiser
}

func (c *component) block(x, y int) []int16 {
	at := (y*c.wide + x) * 64
	return c.values[at : at+64 : at+64]
}

// encodeJPEG writes a progressive JPEG (ITU-T T.81) in the quality of 1 to 90
// that the Independent JPEG Group's programs would call so. The Huffman codes
// are made for each scan. The profile may be nil.
func encodeJPEG(p *photo, quality int, profile []byte) []byte {
	parts := components(p, quality)
	many, few := manyScans, fewScans
	if len(parts) == 1 {
		many, few = manyGreyScans, fewGreyScans
	}
	head := jpegHead(p, parts, profile)
	best := appendScans(head, parts, many)
	// Ten tables of codes are some 400 bytes: a tenth of a small picture.
	const small = 32 << 10
	if len(best) < small {
		if other := appendScans(head[:len(head):len(head)], parts, few); len(other) < len(best) {
			best = other
		}
	}
	return best
}

func components(p *photo, quality int) []component {
	parts := make([]component, len(p.planes))
	w, h := p.size()
	halved := len(p.planes) == 3 && p.planes[1].w == (w+1)/2 && p.planes[1].h == (h+1)/2 && (w > 1 || h > 1)
	unit := 1
	if halved {
		unit = 2
	}
	unitsWide := (w + 8*unit - 1) / (8 * unit)
	unitsHigh := (h + 8*unit - 1) / (8 * unit)
	for i := range parts {
		c, of := &parts[i], &p.planes[i]
		c.sampling = 1
		if i == 0 {
			c.sampling = unit
		}
		c.w, c.h = (of.w+7)/8, (of.h+7)/8
		c.wide = unitsWide * c.sampling
		c.values = make([]int16, 64*c.wide*unitsHigh*c.sampling)
		c.quantiser = newQuantiser(min(i, 1), quality)
		c.fill(of)
		c.pad(unitsHigh * c.sampling)
	}
	return parts
}

// fill transforms and quantises the pixels. Blocks over the edge repeat its
// pixels, which costs the fewest bytes.
func (c *component) fill(of *plane) {
	var block [64]float32
	for y := range c.h {
		for x := range c.w {
			if x*8+8 <= of.w && y*8+8 <= of.h {
				for i := range 8 {
					row := of.pix[(y*8+i)*of.stride+x*8:][:8]
					for j, v := range row {
						block[i*8+j] = float32(v) - 128
					}
				}
			} else {
				for i := range 64 {
					px, py := min(x*8+i%8, of.w-1), min(y*8+i/8, of.h-1)
					block[i] = float32(of.pix[py*of.stride+px]) - 128
				}
			}
			transform(&block)
			c.quantiser.quantise(c.block(x, y), &block)
		}
	}
}

// pad gives blocks without pixels the mean of a neighbour: a difference of 0.
func (c *component) pad(high int) {
	for y := range high {
		for x := range c.wide {
			if x >= c.w || y >= c.h {
				c.block(x, y)[0] = c.block(min(x, c.w-1), min(y, c.h-1))[0]
			}
		}
	}
}

// appendSegment adds a marker segment: its length counts itself.
func appendSegment(out []byte, marker byte, content ...[]byte) []byte {
	length := 2
	for _, c := range content {
		length += len(c)
	}
	out = append(out, 0xFF, marker, byte(length>>8), byte(length))
	for _, c := range content {
		out = append(out, c...)
	}
	return out
}

func jpegHead(p *photo, parts []component, profile []byte) []byte {
	// JFIF 1.01, pixels of no known size, no thumbnail: it says that three
	// components are YCbCr.
	out := appendSegment([]byte{0xFF, 0xD8}, 0xE0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	if profile != nil {
		out = appendSegment(out, 0xE2, []byte(profileMark), []byte{1, 1}, profile) // part 1 of 1
	}
	for i := range min(len(parts), 2) {
		out = appendSegment(out, 0xDB, []byte{byte(i)}, parts[i].quantiser.table[:])
	}
	w, h := p.size()
	frame := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(parts))}
	for i := range parts {
		s := byte(parts[i].sampling)
		frame = append(frame, byte(i+1), s<<4|s, byte(min(i, 1)))
	}
	return appendSegment(out, 0xC2, frame) // progressive, Huffman
}

func appendScans(out []byte, parts []component, scans []scan) []byte {
	var c coded
	for i := range scans {
		c.gather(parts, &scans[i])
		out = c.append(out, &scans[i])
	}
	return append(out, 0xFF, 0xD9)
}

// gather turns the coefficients of a scan into tokens.
func (c *coded) gather(parts []component, s *scan) {
	c.tokens, c.often, c.table = c.tokens[:0], [2][256]int32{}, 0
	if s.to == 0 {
		c.gatherMeans(parts, s)
		return
	}
	part := &parts[s.of[0]]
	for y := range part.h {
		for x := range part.w {
			band := part.block(x, y)[s.from : s.to+1]
			if s.before == 0 {
				c.band(band, s.bit)
			} else {
				c.refine(band, s.bit)
			}
		}
	}
	c.endBlocks()
}

// gatherMeans goes through the units: of every component the blocks that
// cover the same pixels.
func (c *coded) gatherMeans(parts []component, s *scan) {
	var last [3]int
	units := parts[0].wide / parts[0].sampling
	for unit := range len(parts[0].values) / 64 / (parts[0].sampling * parts[0].sampling) {
		for i := range parts {
			part := &parts[i]
			c.table = secondTable * token(min(i, 1))
			for b := range part.sampling * part.sampling {
				x := unit%units*part.sampling + b%part.sampling
				y := unit/units*part.sampling + b/part.sampling
				value := int(part.values[(y*part.wide+x)*64]) >> s.bit
				if s.before != 0 {
					c.plain([]byte{byte(value & 1)})
					continue
				}
				c.mean(value, last[i])
				last[i] = value
			}
		}
	}
}

// append writes the tables and the data of a scan.
func (c *coded) append(out []byte, s *scan) []byte {
	var codes [2]*huffman
	class := byte(0)
	if s.to > 0 {
		class = 0x10
	}
	for i := range codes {
		if c.often[i] != [256]int32{} {
			codes[i] = newHuffman(&c.often[i])
			out = appendSegment(out, 0xC4, []byte{class | byte(i)}, codes[i].counts[1:], codes[i].order)
		}
	}
	head := []byte{byte(len(s.of))}
	for _, i := range s.of {
		table := byte(0)
		if s.to == 0 {
			table = byte(min(i, 1)) << 4
		}
		head = append(head, byte(i+1), table)
	}
	head = append(head, byte(s.from), byte(s.to), byte(s.before<<4|s.bit))
	b := bitWriter{out: appendSegment(out, 0xDA, head)}
	for _, t := range c.tokens {
		if t&withSymbol != 0 {
			code := codes[t&secondTable/secondTable]
			b.write(uint32(code.code[t>>24]), uint(code.size[t>>24]))
		}
		b.write(uint32(t&0xFFFF), uint(t>>16&31))
	}
	b.end()
	return b.out
}
