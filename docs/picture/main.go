// Command picture draws the picture of the README: what buzzproof does, at a
// glance. It is a program so that the picture can be mended in words:
//
//	go run ./docs/picture > docs/buzzproof.svg
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if _, err := io.WriteString(os.Stdout, draw()); err != nil {
		fmt.Fprintln(os.Stderr, "write the picture:", err)
		os.Exit(1)
	}
}

// The picture reads from left to right, as a visit goes: crowd, line,
// buzzproof, origin. Lengths are in the units of a 960 by 380 view box.
const (
	width, height = 960, 380
	middle        = 200 // the axis along which everything stands
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">
<title id="title">How buzzproof works</title>
<desc id="desc">A crowd comes through a narrow home line to buzzproof, which serves a frozen copy of the site and keeps the line from filling. Behind it the living CMS renders each page once, when it is frozen, and then has its peace.</desc>
<style>
svg { --paper: #fbfaf6; --card: #ffffff; --ink: #22283a; --soft: #5d6478; --rule: #d5d1c2; --good: #17805a; --mint: #dff5ea; --warm: #c2502f }
@media (prefers-color-scheme: dark) {
svg { --paper: #12172a; --card: #1c2440; --ink: #eceadf; --soft: #a9afc3; --rule: #3a4468; --good: #7de2b0; --mint: #1c3a3a; --warm: #f2a07f }
}
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-size: 15px; fill: var(--ink); text-anchor: middle }
.name { font-size: 21px; font-weight: 650 }
.soft { fill: var(--soft); font-size: 14px }
.verb { fill: var(--good); font-size: 17px; font-weight: 650 }
.mono { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; fill: var(--soft) }
.card { fill: var(--card); stroke: var(--rule); stroke-width: 1.5 }
.heart { fill: var(--mint); stroke: var(--good); stroke-width: 2.5 }
.way { fill: none; stroke: var(--soft); stroke-width: 2 }
.good { fill: none; stroke: var(--good); stroke-width: 2.5 }
.tip { fill: var(--soft) }
.goodtip { fill: var(--good) }
</style>
<rect width="%[1]d" height="%[2]d" rx="14" fill="var(--paper)"/>
`

func draw() string {
	var out strings.Builder
	fmt.Fprintf(&out, head, width, height)
	label(&out, "name", 110, 62, "the crowd")
	label(&out, "name", 322, 62, "your line")
	label(&out, "name", 570, 62, "buzzproof")
	label(&out, "name", 846, 62, "your CMS")
	crowd(&out)
	line(&out)
	house(&out)
	origin(&out)
	label(&out, "soft", 110, 332, "13 visits a second,")
	label(&out, "soft", 110, 352, "all on one evening")
	label(&out, "soft", 322, 332, "1 Mbit/s up:")
	label(&out, "soft", 322, 352, "narrow, but never full")
	label(&out, "soft", 570, 332, "answers everyone from the copy,")
	label(&out, "soft", 570, 352, "and weighs what the line can bear")
	label(&out, "soft", 846, 332, "renders each page once,")
	label(&out, "soft", 846, 352, "then has its peace")
	out.WriteString("</svg>\n")
	return out.String()
}

func label(out *strings.Builder, class string, x, y int, text string) {
	fmt.Fprintf(out, "<text class=%q x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, text)
}

// crowd draws people in rows, the last ones fainter: there are always more.
func crowd(out *strings.Builder) {
	for row := range 5 {
		for seat := range 5 - row%2 {
			x := 46 + seat*32 + row%2*16
			y := 104 + row*42
			colour := "var(--soft)"
			if (row*3+seat)%4 == 1 {
				colour = "var(--warm)"
			}
			fmt.Fprintf(out, `<g fill="%s" opacity="%.2f"><circle cx="%d" cy="%d" r="7"/><path d="M%d %da11 11 0 0 1 22 0z"/></g>`+"\n",
				colour, 0.55+0.1*float64(seat), x, y, x-11, y+21)
		}
	}
}

// line draws the uplink as a funnel that ends in a thin pipe. The parcels in
// it keep their distance: that is the whole trick.
func line(out *strings.Builder) {
	fmt.Fprintf(out, `<path class="card" d="M214 104C262 130 262 %d 300 %d H440 V%d H300 C262 %d 262 270 214 296z"/>`+"\n",
		middle-24, middle-24, middle+24, middle+24)
	for i := range 4 {
		fmt.Fprintf(out, `<rect x="%d" y="%d" width="22" height="20" rx="4" fill="var(--good)" opacity="%.2f"/>`+"\n",
			306+i*34, middle-10, 0.55+0.15*float64(i))
	}
}

// house draws buzzproof: it freezes at the back and serves at the front.
func house(out *strings.Builder) {
	out.WriteString(`<rect class="heart" x="440" y="96" width="260" height="208" rx="14"/>` + "\n")
	pages(out, 458, 138)
	label(out, "mono", 570, 284, "snapshot 3f9a…c2")
	label(out, "verb", 492, 180, "serve")
	label(out, "verb", 654, 180, "freeze")
	arrow(out, "good", 520, middle, 460)
	arrow(out, "good", 688, middle, 622)
}

// pages draws the snapshot in the middle of the house: sheets with a snow
// crystal, six arms of which three lines are enough.
func pages(out *strings.Builder, left, top int) {
	for i := range 3 {
		fmt.Fprintf(out, `<rect class="card" x="%d" y="%d" width="62" height="84" rx="6"/>`+"\n", left+70+i*9, top+8+i*9)
	}
	fmt.Fprintf(out, `<g stroke="var(--good)" stroke-width="4" stroke-linecap="round" transform="translate(%d %d)">`, left+119, top+68)
	for turn := 0; turn < 360; turn += 60 {
		fmt.Fprintf(out, `<path transform="rotate(%d)" fill="none" d="M0 0V-24M-6 -20L0 -14L6 -20"/>`, turn)
	}
	out.WriteString("</g>\n")
}

// origin draws the CMS behind, reached by one dashed way.
func origin(out *strings.Builder) {
	out.WriteString(`<rect class="card" x="770" y="120" width="152" height="160" rx="12"/>` + "\n")
	for i, row := range []string{"WordPress", "Ghost", "Joomla", "anything", "over HTTP"} {
		label(out, "mono", 846, 156+i*26, row)
	}
	fmt.Fprintf(out, `<path class="way" stroke-dasharray="6 6" d="M770 %d H712"/><path class="tip" d="M702 %[1]d l12 -7v14z"/>`+"\n", middle)
}

// arrow draws an arrow to the left.
func arrow(out *strings.Builder, class string, from, y, to int) {
	fmt.Fprintf(out, `<path class="%s" d="M%d %d H%d"/><path class="%[1]stip" d="M%[5]d %[3]d l12 -7v14z"/>`+"\n", class, from, y, to+10, to)
}
