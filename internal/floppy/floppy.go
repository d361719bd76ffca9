// Package floppy makes a résumé into a 1.44 MB disk that boots, and into a web
// page where that disk boots in the visitor's browser.
//
// The program on the disk is one boot sector, because a page lies on the disk
// as the graphics card wants it: whoever shows it reads eight sectors and
// copies them. All layout is done here, where it can be tested.
package floppy

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"buzzproof/internal/resume"
)

// The viewer, made from viewer.asm by nasm.
//
//go:embed viewer.bin
var viewer []byte

// Sizes in bytes. A 3.5-inch disk of high density has 80 cylinders of 2 heads
// and 18 sectors: 2,880 sectors.
const (
	Size       = 2880 * sector
	sector     = 512
	pageSize   = 8 * sector // 80 x 25 cells of 2 bytes, rounded up to sectors
	columns    = 80
	rows       = 25
	pagesField = 508 // where the viewer keeps the number of pages
)

// MaxPages is how many pages a disk has room for beside the viewer:
// 2,879 / 8 = 359.
const MaxPages = (Size - sector) / pageSize

// Screen is what a page may fill: two lines above and one below are ours.
var Screen = resume.Screen{Columns: columns, Rows: rows - 3, Charset: resume.PC}

// Colours as the graphics card knows them: background in the upper four bits.
var colours = map[resume.Style]byte{
	resume.Plain:   0x07, // grey on black
	resume.Name:    0x0f, // white
	resume.Heading: 0x0e, // yellow
	resume.Strong:  0x0f,
	resume.Faint:   0x0b, // light cyan
}

const bar = 0x1f // white on blue

// Image returns the disk.
func Image(r *resume.Resume) ([]byte, error) {
	pages := r.Pages(Screen)
	if len(pages) > MaxPages {
		return nil, fmt.Errorf("make floppy: the résumé has %d pages, a disk holds %d; leave something out", len(pages), MaxPages)
	}
	disk := make([]byte, Size)
	copy(disk, viewer)
	binary.LittleEndian.PutUint16(disk[pagesField:], uint16(len(pages)))
	for i, p := range pages {
		draw(disk[sector+i*pageSize:], r, p, i, len(pages))
	}
	return disk, nil
}

// draw writes the cells of one page.
func draw(cells []byte, r *resume.Resume, p resume.Page, page, pages int) {
	for i := range columns * rows {
		cells[2*i], cells[2*i+1] = ' ', colours[resume.Plain]
	}
	title := r.Title()
	if r.Basics.Label != "" {
		title += ", " + strings.Join(strings.Fields(r.Basics.Label), " ")
	}
	write(cells, 0, " "+resume.PC.Text(title, columns-2), bar, true)
	for i, line := range p {
		write(cells, i+2, line.Text, colours[line.Style], false)
	}
	write(cells, rows-1, " "+resume.Keys(page+1, pages), bar, true)
}

// write puts a line of text, whose letters the code page has, into a row.
func write(cells []byte, row int, text string, colour byte, whole bool) {
	at := cells[row*columns*2 : (row+1)*columns*2]
	column := 0
	for _, c := range text {
		if column == columns {
			break
		}
		if b, ok := charmap.CodePage437.EncodeRune(c); ok {
			at[2*column], at[2*column+1] = b, colour
			column++
		}
	}
	for ; whole && column < columns; column++ {
		at[2*column+1] = colour
	}
}
