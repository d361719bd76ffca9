package sample

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
)

// The typeface of the headings is built from theme/letters.txt: each # becomes
// a square of 100 units, seven of them make a capital, a thousand the em.
const (
	square  = 100
	advance = 6 * square
	rise    = 8 * square
	fall    = 2 * square
)

// A letter is one glyph: its character and, from the top, its seven rows.
type letter struct {
	char rune
	rows []string
}

// letters reads the drawings, which stand eight side by side.
func letters() []letter {
	text, err := files.ReadFile("theme/letters.txt")
	if err != nil {
		panic(err) // it is embedded
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	all := []letter{{0, nil}, {' ', nil}} // glyph 0 stands for what the typeface lacks
	for band := range slices.Chunk(lines, 8) {
		for i, char := range band[0] {
			l := letter{char: char}
			for _, row := range band[1:] {
				l.rows = append(l.rows, row[i*6:i*6+5])
			}
			all = append(all, l)
		}
	}
	return all
}

// big appends numbers as a font holds them: big-endian, 16 bits each.
func big(out []byte, numbers ...int) []byte {
	for _, n := range numbers {
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	return out
}

// outline draws each run of squares as one rectangle, clockwise.
func (l letter) outline() []byte {
	var ends, flags, xs, ys []byte
	points, x, y := 0, 0, 0
	corner := func(toX, toY int) {
		flags = append(flags, 1) // on the curve, both steps in 16 bits
		xs, ys = big(xs, toX-x), big(ys, toY-y)
		x, y = toX, toY
		points++
	}
	for i, row := range l.rows {
		bottom := (len(l.rows) - 1 - i) * square
		for from := 0; from < len(row); from++ {
			if row[from] != '#' {
				continue
			}
			to := from
			for to < len(row) && row[to] == '#' {
				to++
			}
			corner(from*square, bottom)
			corner(from*square, bottom+square)
			corner(to*square, bottom+square)
			corner(to*square, bottom)
			ends = big(ends, points-1)
			from = to
		}
	}
	if points == 0 {
		return nil
	}
	out := big(nil, len(ends)/2, 0, 0, 5*square, 7*square)
	out = append(append(out, ends...), 0, 0) // no instructions
	out = slices.Concat(out, flags, xs, ys)
	return append(out, make([]byte, -len(out)&3)...)
}

// charmap tells which glyph shows which character. Small letters look like
// capitals, so each has two segments of one character.
func charmap(all []letter) []byte {
	type pair struct{ char, glyph int }
	var pairs []pair
	for glyph, l := range all[1:] {
		pairs = append(pairs, pair{int(l.char), glyph + 1})
		if small := unicode.ToLower(l.char); small != l.char {
			pairs = append(pairs, pair{int(small), glyph + 1})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.char, b.char) })
	pairs = append(pairs, pair{0xFFFF, 0})
	n := len(pairs)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	out := big(nil, 0, 1, 3, 1, 0, 12) // one table: Windows, Unicode, 12 bytes on
	out = big(out, 4, 16+8*n, 0, 2*n, 2*power, log, 2*(n-power))
	for _, p := range pairs {
		out = big(out, p.char)
	}
	out = big(out, 0)
	for _, p := range pairs {
		out = big(out, p.char)
	}
	for _, p := range pairs {
		out = big(out, p.glyph-p.char)
	}
	return append(out, make([]byte, 2*n)...)
}

// typeface puts the tables of a TrueType font together.
func typeface() []byte {
	all := letters()
	var outlines, places, metrics []byte
	for _, l := range all {
		places = big(places, len(outlines)/2)
		metrics = big(metrics, advance, 0)
		outlines = append(outlines, l.outline()...)
	}
	places = big(places, len(outlines)/2)
	n := len(all)
	return assemble(map[string][]byte{
		"OS/2": description(),
		"cmap": charmap(all),
		"glyf": outlines,
		"head": header(),
		"hhea": big(nil, 1, 0, rise, -fall, 0, advance, 0, square, 5*square, 1, 0, 0, 0, 0, 0, 0, 0, n),
		"hmtx": metrics,
		"loca": places,
		"maxp": big(nil, 1, 0, n, 200, 60, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
		"name": names("Ink Square", "Regular", "Ink Square Regular", "InkSquare-Regular"),
		"post": big(nil, 3, 0, 0, 0, -square, square/2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
	})
}

// header is the head table; its checksum is left out, which every renderer
// forgives. The dates are zero: the year 1904.
func header() []byte {
	out := big(nil, 1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 3, 1000)
	out = append(out, make([]byte, 16)...)
	return big(out, 0, 0, 5*square, 7*square, 0, 8, 2, 0, 0)
}

// description is version 4 of the OS/2 table.
func description() []byte {
	out := big(nil, 4, advance, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, square/2, 3*square, 0)
	out = append(out, 2, 0, 5, 9, 0, 0, 0, 0, 0, 0) // panose: a sans serif of one width
	out = append(out, 0, 0, 0, 1)                   // covers Basic Latin
	out = append(out, make([]byte, 12)...)          // and nothing else
	out = append(out, "NONE"...)                    // no vendor
	out = big(out, 0x40, ' ', 'z', rise, -fall, 0, rise, fall)
	return big(out, 0, 1, 0, 0, 7*square, 7*square, 0, ' ', 1)
}

// names is the naming table: family, style, full name and PostScript name.
func names(family, style, full, postscript string) []byte {
	texts := map[int]string{1: family, 2: style, 4: full, 6: postscript}
	out := big(nil, 0, len(texts), 6+12*len(texts))
	var store []byte
	for _, id := range []int{1, 2, 4, 6} {
		out = big(out, 3, 1, 0x409, id, 2*len(texts[id]), len(store))
		for _, char := range texts[id] {
			store = big(store, int(char))
		}
	}
	return append(out, store...)
}

// assemble writes the directory of tables, in alphabetical order, and then
// the tables, each starting at a multiple of four.
func assemble(tables map[string][]byte) []byte {
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	// 128 is 16 times the greatest power of two in ten tables, 3 its exponent.
	directory := big(nil, 1, 0, len(tables), 128, 3, 16*len(tables)-128)
	var body bytes.Buffer
	for _, name := range names {
		table := tables[name]
		start := 12 + 16*len(tables) + body.Len()
		length := len(table)
		table = append(table, make([]byte, -length&3)...)
		directory = append(directory, name...)
		for _, n := range []uint32{checksum(table), uint32(start), uint32(length)} {
			directory = binary.BigEndian.AppendUint32(directory, n)
		}
		body.Write(table)
	}
	return append(directory, body.Bytes()...)
}

func checksum(table []byte) (sum uint32) {
	for word := range slices.Chunk(table, 4) {
		sum += binary.BigEndian.Uint32(word)
	}
	return sum
}
