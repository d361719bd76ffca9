package lite

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A cut is a place between two words of a text: before the byte off of a piece.
type cut struct{ at, off, size int } // size: about the bytes before it

func (c cut) before(o cut) bool { return c.at < o.at || c.at == o.at && c.off < o.off }

var (
	// splits are elements that may go on in another part.
	splits = set("p", "blockquote", "ul", "ol", "li", "dl", "dd", "div", "details", "pre", "table", "tr", "td",
		"em", "strong", "b", "i", "span", "small", "mark", "del", "ins", "u", "s", "bdi", "q", "cite")
	// starts are elements before which a part may end.
	starts = set("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "li", "dt", "blockquote", "figure", "div",
		"pre", "details", "tr")
	// whole elements are never in two parts: half of them is not valid.
	whole = set("math", "ruby", "select", "label")
)

// findCuts finds where a text may be cut well: between blocks, rows and lines
// of code, after sentences. Headings stay with what they head.
func findCuts(text []piece) []cut {
	var cuts []cut
	var stack []string
	size, uncut, cells := 0, 0, 0 // uncut: open elements that may not be cut
	for i, p := range text {
		switch p.step {
		case open:
			if uncut == 0 && i > 0 && starts[p.name] && !p.glued && text[i-1].step != open &&
				headingLevel(text[i-1].name) == 0 && (cells == 0 || p.name == "tr") {
				cuts = append(cuts, cut{i, 0, size})
			}
			stack = append(stack, p.name)
			if !splits[p.name] && !(p.name == "code" && slices.Contains(stack, "pre")) {
				uncut++
				stack[len(stack)-1] = "!"
			}
			if p.name == "tr" {
				cells++
			}
		case shut:
			if stack[len(stack)-1] == "!" {
				uncut--
			}
			stack = stack[:len(stack)-1]
			if p.name == "tr" {
				cells--
			}
		case chars:
			if uncut == 0 && cells == 0 {
				for _, off := range ends(p.text, slices.Contains(stack, "pre")) {
					cuts = append(cuts, cut{i, off, size + off})
				}
			}
		}
		size += weight(p)
	}
	return append(cuts, cut{len(text), 0, size})
}

// weight is about how many bytes a piece has when it is written.
func weight(p piece) int {
	n := len(p.text)
	if p.name != "" {
		n += len(p.name) + 3
	}
	for _, a := range p.attrs {
		n += len(a.key) + len(a.value) + 2
	}
	return n
}

// ends returns where in a text sentences end, or lines of code.
func ends(text string, lines bool) []int {
	var offs []int
	ended := false // a sentence has ended, but for quotes and brackets
	for i, r := range text {
		switch {
		case lines:
			if r == '\n' && i+1 < len(text) {
				offs = append(offs, i+1)
			}
			continue
		case ended && unicode.IsSpace(r):
			if i+1 < len(text) {
				offs = append(offs, i+utf8.RuneLen(r))
			}
			ended = false
			continue
		case ended && strings.ContainsRune("\"')]”’»›」』）", r):
			continue
		case ended && i > 0 && wideEnd(text[:i]):
			offs = append(offs, i)
		}
		ended = strings.ContainsRune(".!?…。！？؟۔।", r)
	}
	return offs
}

// wideEnd says whether a text ends with a full stop that needs no space.
func wideEnd(text string) bool {
	text = strings.TrimRight(text, "」』）”’")
	return strings.HasSuffix(text, "。") || strings.HasSuffix(text, "！") || strings.HasSuffix(text, "？")
}

// piecewise is how many bytes without a space a forced cut leaves together.
const piecewise = 200

// forcedCuts finds where a text can be cut at all from a place on, within the
// bytes of one part: for a sentence or a line that no part could hold.
func forcedCuts(text []piece, from cut) []cut {
	var cuts []cut
	size, inside := from.size-from.off, 0
	for i := from.at; i < len(text) && size-from.size < partMost; i++ {
		p := text[i]
		if p.step == open && whole[p.name] {
			inside++
		}
		start := 0
		if i == from.at {
			start = from.off
		}
		if inside == 0 && i > from.at && p.step == chars {
			cuts = append(cuts, cut{i, 0, size})
		}
		for last := start; p.step == chars && inside == 0 && last+1 < len(p.text) && last-start < partMost; {
			end := min(len(p.text), last+piecewise)
			if space := strings.LastIndexAny(p.text[last:end], " \n"); space > 0 {
				end = last + space + 1
			}
			for end < len(p.text) && !utf8.RuneStart(p.text[end]) {
				end++
			}
			if end < len(p.text) {
				cuts = append(cuts, cut{i, end, size + end})
			}
			last = end
		}
		if p.step == shut && whole[p.name] {
			inside--
		}
		size += weight(p)
	}
	if len(text) > from.at {
		cuts = slices.DeleteFunc(cuts, func(c cut) bool { return !from.before(c) })
	}
	return cuts
}

// An opened is an element that is open at a cut.
type opened struct {
	piece
	items int // of a list: how many have begun
}

// advance returns the elements that are open at a cut, from those that were
// open at the cut before.
func advance(stack []opened, text []piece, from, to cut) []opened {
	stack = slices.Clone(stack)
	for i := from.at; i < to.at; i++ {
		switch p := text[i]; p.step {
		case open:
			if p.name == "li" && len(stack) > 0 {
				stack[len(stack)-1].items++
			}
			stack = append(stack, opened{piece: p})
		case shut:
			stack = stack[:len(stack)-1]
		}
	}
	return stack
}

// reopen returns the start tags that bring a part to where the one before
// ended. Ids stay where their elements began.
func reopen(stack []opened) []piece {
	var out []piece
	for i, o := range stack {
		p := piece{step: open, name: o.name}
		for _, a := range o.attrs {
			if a.key != "id" && a.key != "value" && a.key != "start" && a.key != "open" {
				p.attrs = append(p.attrs, a)
			}
		}
		switch o.name {
		case "details": // its summary is in another part
			p.name = "div"
		case "summary":
			p.name = "p"
		case "dd":
			out = append(out, piece{step: open, name: "dt"}, piece{step: shut, name: "dt"})
		case "ol":
			next := o.start() + o.items
			if i+1 < len(stack) { // the item goes on
				next--
			}
			if !has(p.attrs, "reversed") {
				p.attrs = append(p.attrs, attr{"start", strconv.Itoa(next)})
			}
		}
		out = append(out, p)
	}
	return out
}

func (o opened) start() int {
	for _, a := range o.attrs {
		if a.key == "start" {
			n, _ := strconv.Atoi(a.value)
			return n
		}
	}
	return 1
}
