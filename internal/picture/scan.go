package picture

import "math/bits"

// A scan is one of the passes in which a progressive JPEG sends coefficients
// (ITU-T T.81, annex G): of some components a band of frequencies, first
// without the lowest bits, later one more bit at a time.
type scan struct {
	of          []int // components
	from, to    int   // band; 0, 0 is the mean of each block
	before, bit uint  // lowest bit sent before this scan (0: none was), and by it
}

// The first gives a rough picture early and ends smallest for most pictures;
// the others have fewer tables, which counts when there are few bytes.
var (
	manyScans = []scan{
		{[]int{0, 1, 2}, 0, 0, 0, 1},
		{[]int{0}, 1, 5, 0, 2},
		{[]int{2}, 1, 63, 0, 1},
		{[]int{1}, 1, 63, 0, 1},
		{[]int{0}, 6, 63, 0, 2},
		{[]int{0}, 1, 63, 2, 1},
		{[]int{0, 1, 2}, 0, 0, 1, 0},
		{[]int{2}, 1, 63, 1, 0},
		{[]int{1}, 1, 63, 1, 0},
		{[]int{0}, 1, 63, 1, 0},
	}
	fewScans = []scan{
		{[]int{0, 1, 2}, 0, 0, 0, 0},
		{[]int{0}, 1, 63, 0, 0},
		{[]int{1}, 1, 63, 0, 0},
		{[]int{2}, 1, 63, 0, 0},
	}
	manyGreyScans = []scan{
		{[]int{0}, 0, 0, 0, 1},
		{[]int{0}, 1, 5, 0, 2},
		{[]int{0}, 6, 63, 0, 2},
		{[]int{0}, 1, 63, 2, 1},
		{[]int{0}, 0, 0, 1, 0},
		{[]int{0}, 1, 63, 1, 0},
	}
	fewGreyScans = []scan{
		{[]int{0}, 0, 0, 0, 0},
		{[]int{0}, 1, 63, 0, 0},
	}
)

// A token is a symbol and the plain bits behind it, or plain bits alone.
type token uint32

const (
	withSymbol  token = 1 << 21
	secondTable token = 1 << 22
)

// coded gathers the tokens of one scan, so that the code can be made for how
// often each symbol occurs before the first is written.
type coded struct {
	tokens []token
	often  [2][256]int32
	table  token // secondTable while chroma is coded

	run    int    // blocks that have ended and were not yet told
	waits  []byte // bits of known coefficients in those blocks
	inside []byte // the same of the block under way
}

func (c *coded) symbol(s uint8, value uint32, count int) {
	c.often[c.table/secondTable][s]++
	c.tokens = append(c.tokens, token(s)<<24|c.table|withSymbol|token(count)<<16|token(value)&(1<<count-1))
}

func (c *coded) plain(each []byte) {
	for _, b := range each {
		c.tokens = append(c.tokens, 1<<16|token(b))
	}
}

// endBlocks tells how many blocks have nothing more (G.1.2.2).
func (c *coded) endBlocks() {
	if c.run == 0 {
		return
	}
	n := bits.Len(uint(c.run)) - 1
	c.symbol(uint8(n<<4), uint32(c.run), n)
	c.run = 0
	c.plain(c.waits)
	c.waits = c.waits[:0]
}

// mean codes the first coefficient as the difference to the block before.
func (c *coded) mean(value, before int) {
	diff := value - before
	n := bits.Len(uint(max(diff, -diff)))
	if diff < 0 {
		diff-- // negative values are sent less one (F.1.2.1)
	}
	c.symbol(uint8(n), uint32(diff), n)
}

// band codes coefficients that no scan has told of (G.1.2.2).
func (c *coded) band(block []int16, shift uint) {
	zeros := 0
	for _, v := range block {
		size := int(v)
		if size < 0 {
			size = -size
		}
		size >>= shift
		if size == 0 {
			zeros++
			continue
		}
		c.endBlocks()
		for ; zeros > 15; zeros -= 16 {
			c.symbol(0xF0, 0, 0)
		}
		n := bits.Len(uint(size))
		value := uint32(size)
		if v < 0 {
			value = ^value
		}
		c.symbol(uint8(zeros<<4|n), value, n)
		zeros = 0
	}
	if zeros > 0 {
		c.run++
		if c.run == 0x7FFF {
			c.endBlocks()
		}
	}
}

// refine codes one more bit of the band (G.1.2.3): plain for coefficients
// known to be there, with a symbol for those that appear with this bit.
func (c *coded) refine(block []int16, shift uint) {
	var sizes [63]int
	last := -1 // coefficient that appears
	for i, v := range block {
		sizes[i] = int(max(v, -v)) >> shift
		if sizes[i] == 1 {
			last = i
		}
	}
	if c.refineUpTo(block, &sizes, last) == 0 && len(c.inside) == 0 {
		return
	}
	c.run++
	c.waits = append(c.waits, c.inside...)
	c.inside = c.inside[:0]
	// The bits that wait are bounded, as decoders and memory like it.
	if c.run == 0x7FFF || len(c.waits) > 900 {
		c.endBlocks()
	}
}

// refineUpTo returns how many zeros are left at the end.
func (c *coded) refineUpTo(block []int16, sizes *[63]int, last int) (zeros int) {
	for i, v := range block {
		size := sizes[i]
		if size == 0 {
			zeros++
			continue
		}
		for zeros > 15 && i <= last {
			c.insideSymbol(0xF0, 0, 0)
			zeros -= 16
		}
		if size > 1 {
			c.inside = append(c.inside, byte(size&1))
			continue
		}
		sign := uint32(1)
		if v < 0 {
			sign = 0
		}
		c.insideSymbol(uint8(zeros<<4|1), sign, 1)
		zeros = 0
	}
	return zeros
}

// insideSymbol is a symbol followed by the bits of the coefficients passed.
func (c *coded) insideSymbol(s uint8, value uint32, count int) {
	c.endBlocks()
	c.symbol(s, value, count)
	c.plain(c.inside)
	c.inside = c.inside[:0]
}
