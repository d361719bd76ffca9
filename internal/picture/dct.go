package picture

// cosine transforms eight values in place by the scaled transform of Arai,
// Agui and Nakajima (1988): 5 multiplications, and each result is too large
// by a factor of its own, which the divisors of quantiser take back.
func cosine(a, b, c, d, e, f, g, h float32) (r0, r1, r2, r3, r4, r5, r6, r7 float32) {
	const (
		cos4     = 0.70710678118 // cos(4 pi/16)
		sin2     = 0.38268343236 // cos(6 pi/16)
		cos2Less = 0.54119610014 // cos(2 pi/16) - cos(6 pi/16)
		cos2More = 1.30656296488 // cos(2 pi/16) + cos(6 pi/16)
	)
	sum0, sum1, sum2, sum3 := a+h, b+g, c+f, d+e
	dif0, dif1, dif2, dif3 := a-h, b-g, c-f, d-e

	outer, inner := sum0+sum3, sum1+sum2
	slope := sum0 - sum3
	bend := (sum1 - sum2 + slope) * cos4
	r0, r4 = outer+inner, outer-inner
	r2, r6 = slope+bend, slope-bend

	low, mid, high := dif3+dif2, dif2+dif1, dif1+dif0
	turn := (low - high) * sin2
	left := low*cos2Less + turn
	right := high*cos2More + turn
	mid *= cos4
	up, down := dif0+mid, dif0-mid
	return r0, up + right, r2, down - left, r4, down + left, r6, up - right
}

// transform does the two-dimensional transform of a block, in place.
func transform(p *[64]float32) {
	for i := 0; i < 64; i += 8 {
		q := p[i : i+8 : i+8]
		q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7] = cosine(q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7])
	}
	for i := range 8 {
		p[i], p[i+8], p[i+16], p[i+24], p[i+32], p[i+40], p[i+48], p[i+56] = cosine(
			p[i], p[i+8], p[i+16], p[i+24], p[i+32], p[i+40], p[i+48], p[i+56])
	}
}

// excess is how much too large the results of cosine are, per frequency.
var excess = [8]float64{1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.541196100, 0.275899379}

// zigzag maps the order of coding to places in a block (ITU-T T.81, figure 5).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// steps are the quantisation steps of ITU-T T.81, tables K.1 (luma) and K.2
// (chroma), in rows.
var steps = [2][64]uint8{
	{
		16, 11, 10, 16, 24, 40, 51, 61,
		12, 12, 14, 19, 26, 58, 60, 55,
		14, 13, 16, 24, 40, 57, 69, 56,
		14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77,
		24, 35, 55, 64, 81, 104, 113, 92,
		49, 64, 78, 87, 103, 121, 120, 101,
		72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99,
		18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99,
		47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// A quantiser divides what transform returns.
type quantiser struct {
	table  [64]uint8   // as written to the file, in zigzag order
	factor [64]float32 // 1 / (step x excess), in zigzag order
}

// newQuantiser scales table K.1 or K.2 to a quality of 1 to 90 the way the
// Independent JPEG Group does. No step is below 2 at 90, so that no
// coefficient needs more than the ten bits that coding has for it.
func newQuantiser(table, quality int) *quantiser {
	scale := 200 - 2*quality
	if quality < 50 {
		scale = 5000 / quality
	}
	q := new(quantiser)
	for i, at := range zigzag {
		step := min(max((int(steps[table][at])*scale+50)/100, 1), 255)
		q.table[i] = uint8(step)
		q.factor[i] = float32(1 / (float64(step) * 8 * excess[at/8] * excess[at%8]))
	}
	return q
}

// quantise writes the transformed block in zigzag order, rounded.
func (q *quantiser) quantise(dst []int16, block *[64]float32) {
	dst = dst[:64]
	for i := range dst {
		// The conversion cuts towards zero: it rounds while all is positive.
		dst[i] = int16(int32(block[zigzag[i]&63]*q.factor[i]+16384.5) - 16384)
	}
}
