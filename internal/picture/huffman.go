package picture

// A huffman is an optimal code for the symbols of one scan.
type huffman struct {
	counts [17]uint8 // codes per length, 1 to 16 bits
	order  []uint8   // symbols from the shortest code to the longest
	code   [256]uint16
	size   [256]uint8 // bits
}

// newHuffman makes the code for symbols that occur so often (ITU-T T.81,
// K.2). Symbol 256 stands for the code of all ones, which nothing may have.
func newHuffman(often *[256]int32) *huffman {
	var freq [257]int64
	for i, n := range often {
		freq[i] = int64(n)
	}
	freq[256] = 1
	lengths := codeLengths(&freq)

	// A code of n bits needs as many symbols as the n-th Fibonacci number says:
	// 64 bits would take 10^13.
	var perLength [64]int
	longest := 0
	for _, n := range lengths {
		if n > 0 {
			perLength[n]++
			longest = max(longest, n)
		}
	}
	shorten(&perLength, longest)
	h := new(huffman)
	for n := 1; n <= 16; n++ {
		h.counts[n] = uint8(perLength[n])
	}
	for n := 1; n <= longest; n++ {
		for s := range 256 {
			if lengths[s] == n {
				h.order = append(h.order, uint8(s))
			}
		}
	}
	h.assign()
	return h
}

// codeLengths joins the two rarest groups until one is left (figure K.1). Of
// equally rare ones the highest symbol goes first, so 256 has a longest code.
func codeLengths(freq *[257]int64) [257]int {
	var lengths, next [257]int
	for i := range next {
		next[i] = -1
	}
	for {
		first, second := rarest(freq, -1), -1
		if first >= 0 {
			second = rarest(freq, first)
		}
		if second < 0 {
			return lengths
		}
		freq[first] += freq[second]
		freq[second] = 0
		last := first
		for ; next[last] >= 0; last = next[last] {
			lengths[last]++
		}
		lengths[last]++
		next[last] = second
		for i := second; i >= 0; i = next[i] {
			lengths[i]++
		}
	}
}

// rarest returns the symbol that occurs least, but at all, or -1.
func rarest(freq *[257]int64, except int) int {
	found := -1
	for i, n := range freq {
		if n > 0 && i != except && (found < 0 || n <= freq[found]) {
			found = i
		}
	}
	return found
}

// shorten brings all codes to 16 bits (figure K.3): a pair of too long codes
// becomes one shorter code, and the other takes a place next to a short one.
// Then the longest code goes, which is the one of symbol 256.
func shorten(perLength *[64]int, longest int) {
	for n := longest; n > 16; n-- {
		for perLength[n] > 0 {
			short := n - 2
			for perLength[short] == 0 {
				short--
			}
			perLength[n] -= 2
			perLength[n-1]++
			perLength[short+1] += 2
			perLength[short]--
		}
	}
	for n := min(longest, 16); n > 0; n-- {
		if perLength[n] > 0 {
			perLength[n]--
			return
		}
	}
}

// assign gives out the codes in order (annex C).
func (h *huffman) assign() {
	code, at := uint16(0), 0
	for n := 1; n <= 16; n++ {
		for range h.counts[n] {
			s := h.order[at]
			h.code[s], h.size[s] = code, uint8(n)
			code++
			at++
		}
		code <<= 1
	}
}

// bitWriter writes codes into entropy-coded data. A byte 0xFF is followed by 0.
type bitWriter struct {
	out  []byte
	held uint64 // the lowest n bits wait
	n    uint
}

func (b *bitWriter) write(value uint32, count uint) {
	b.held = b.held<<count | uint64(value)&(1<<count-1)
	b.n += count
	for b.n >= 8 {
		b.n -= 8
		c := byte(b.held >> b.n)
		b.out = append(b.out, c)
		if c == 0xFF {
			b.out = append(b.out, 0)
		}
	}
}

// end fills the last byte with ones.
func (b *bitWriter) end() {
	if b.n > 0 {
		b.write(0x7F, 8-b.n)
	}
}
