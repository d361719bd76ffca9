package rehearse

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"time"
)

// A Panel is one crowd in a picture.
type Panel struct {
	Title  string
	Result *Result
}

// Sizes in pixels. Both scales of a panel are linear in the root of time, so
// that two seconds and thirty are both to be seen.
const (
	panelWidth, panelHeight = 460, 280
	pictureTop, pictureLeft = 56, 52
	panelGap                = 40
)

var rungColours = map[string]string{"full": "#1b7f3b", "slim": "#5aa02c", "lite": "#2166ac", "postcard": "#8c6bb1"}

// Picture draws crowds side by side as SVG: a dot for each visitor, to the
// right by when he came, upwards by how long he waited for the text; a cross on
// top for each who never got it.
func Picture(title string, patience time.Duration, panels ...Panel) []byte {
	var b bytes.Buffer
	width := pictureLeft + len(panels)*(panelWidth+panelGap)
	height := pictureTop + panelHeight + 64
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="13" fill="#222">`,
		width, height, width, height)
	fmt.Fprintf(&b, "\n<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="16" font-weight="bold">%s</text>`+"\n", pictureLeft, html.EscapeString(title))
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", pictureLeft+i*(panelWidth+panelGap), pictureTop)
		p.draw(&b, patience)
		b.WriteString("</g>\n")
	}
	legend(&b, pictureTop+panelHeight+48)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// heightOf is where a wait stands in a panel, from the top.
func heightOf(wait, patience time.Duration) float64 {
	return panelHeight * (1 - math.Sqrt(min(1, wait.Seconds()/patience.Seconds())))
}

func (p Panel) draw(b *bytes.Buffer, patience time.Duration) {
	f := p.Result.Figures(0, math.MaxInt64)
	fmt.Fprintf(b, `<text y="-10"><tspan font-weight="bold">%s</tspan>: %.1f %% had the text within 2 s</text>`+"\n",
		html.EscapeString(p.Title), 100*f.TextUnder2s)
	fmt.Fprintf(b, `<rect width="%d" height="%d" fill="#fafafa" stroke="#ccc"/>`+"\n", panelWidth, panelHeight)
	for _, mark := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, patience} {
		y := heightOf(mark, patience)
		colour := "#ddd"
		if mark == 2*time.Second {
			colour = "#c0392b"
		}
		fmt.Fprintf(b, `<path d="M0 %.1fh%d" stroke="%s"/><text x="-6" y="%.1f" text-anchor="end">%.0f s</text>`+"\n", y, panelWidth, colour, y+4, mark.Seconds())
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%.0f s later</text>`+"\n", panelWidth, panelHeight+18, p.Result.Length.Seconds())
	for _, v := range p.Result.Visits {
		x := panelWidth * v.At.Seconds() / p.Result.Length.Seconds()
		if v.Text == 0 {
			fmt.Fprintf(b, `<path d="M%.1f 4l6 6m0-6l-6 6" stroke="#c0392b"/>`, x-3)
			continue
		}
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s" fill-opacity=".7"/>`, x, heightOf(v.Text, patience), rungColours[v.Rung])
	}
	b.WriteByte('\n')
}

func legend(b *bytes.Buffer, y int) {
	x := pictureLeft
	for _, rung := range []string{"full", "slim", "lite", "postcard"} {
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="4" fill="%s"/><text x="%d" y="%d">%s</text>`, x+4, y-4, rungColours[rung], x+14, y, rung)
		x += 84
	}
	fmt.Fprintf(b, `<path d="M%d %dl6 6m0-6l-6 6" stroke="#c0392b"/><text x="%d" y="%d">never got it</text>`+"\n", x, y-7, x+14, y)
}
