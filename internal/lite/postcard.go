package lite

import (
	"strconv"
	"strings"

	"buzzproof/internal/article"
	"buzzproof/internal/words"
)

const (
	// postcardMost is the bytes of one part after brotli: with its headers it
	// fits the 10 segments of 1,460 bytes that a server may send at once (RFC
	// 6928) more than four times over.
	postcardMost = 3 << 10
	// partMost bounds a part before brotli, for texts that repeat themselves.
	partMost = 64 << 10
	// mostContents is how many headings the contents name: at about 25 bytes
	// each they take a third of a part.
	mostContents = 40
)

// A deck is a text on its way to postcards.
type deck struct {
	p      *Page
	sheet  *sheet
	text   []piece
	cuts   []cut          // where a part may end, in order; the last is the end
	parts  []part         // as laid out
	where  map[string]int // id -> part, from 1
	titles []heading
	factor float64 // what quality 11 makes of a byte of the estimate
	budget float64
}

// A part is the text between two cuts.
type part struct {
	from, to cut
	before   []piece // the elements that are open where it begins
}

type heading struct {
	at, level int
	id, text  string
}

// Postcards returns the text in parts, each at most postcardMost bytes after
// brotli; nil if the text is not known.
func (p *Page) Postcards() ([][]byte, error) {
	if p.Said.Kind == article.Unsure {
		return nil, nil
	}
	text, _ := p.text()
	d := &deck{p: p, sheet: p.sheet(), text: p.apart(text), factor: 0.88, budget: postcardMost}
	d.titles = d.headings()
	d.cuts = findCuts(d.text)
	for d.budget > postcardMost/4 {
		d.lay()
		made, most := make([][]byte, len(d.parts)), 0
		for i := range d.parts {
			made[i] = d.document(d.parts[i], i, len(d.parts))
			size := len(made[i])
			if size > postcardMost {
				size = len(p.Pack(made[i]))
			}
			most = max(most, size)
		}
		if most <= postcardMost {
			return made, nil
		}
		d.budget -= max(float64(most-postcardMost+16), d.budget/32)
	}
	p.notice("no postcard: what every part would repeat, such as the title, leaves no room for text on a postcard")
	return nil, nil
}

// document returns the document of part i, of which there are all.
func (d *deck) document(p part, i, all int) []byte {
	s := &sheet{p: d.p, links: d.sheet.links, head: d.sheet.head}
	text := d.slice(p, i+1)
	last := p.to.at == len(d.text)
	one := i == 0 && last
	number := ""
	if !one {
		number = " (" + strconv.Itoa(i+1) + "/" + strconv.Itoa(all) + ")"
	}
	s.top(d.p.name(), number)
	s.style(text)
	s.WriteString("<header" + s.tongue() + "><p>")
	s.full()
	s.WriteString("</header><main><h1>")
	writeText(&s.Builder, d.p.name())
	s.WriteString("</h1>")
	if i == 0 {
		s.byline(d.text)
		if !one {
			d.contents(s)
		}
	}
	render(&s.Builder, text)
	s.WriteString("</main>")
	if n := len(d.p.Said.Comments); last && n > 0 || !one {
		s.WriteString("<footer" + s.tongue() + ">")
		d.steps(s, i+1, all, last)
		s.WriteString("</footer>")
	}
	return []byte(s.String())
}

// steps writes the links between parts.
func (d *deck) steps(s *sheet, n, all int, last bool) {
	if !last {
		s.link(d.p.as("postcard="+strconv.Itoa(n+1)), d.p.Words.ReadOn)
		s.WriteByte(' ')
	} else if count := len(d.p.Said.Comments); count > 0 {
		s.link(d.p.as("full")+"#comments", d.p.Words.Count(count))
		s.WriteByte(' ')
	}
	if n > 1 {
		s.link(d.p.as("postcard="+strconv.Itoa(n-1)), d.p.Words.Back)
		s.WriteByte(' ')
	}
	if n > 1 || !last {
		writeText(&s.Builder, words.Fill(d.p.Words.Part, "n", strconv.Itoa(n), "all", strconv.Itoa(all)))
	}
}

// contents writes the headings of the whole text: as many levels as fit.
func (d *deck) contents(s *sheet) {
	for level := 6; level > 1; level-- {
		var shown []heading
		for _, h := range d.titles {
			if h.level <= level {
				shown = append(shown, h)
			}
		}
		if len(shown) == 0 || len(shown) > mostContents && level > 2 {
			continue
		}
		s.WriteString("<nav aria-label=")
		s.WriteString(`"` + attrEscaper.Replace(d.p.Words.Contents) + `"><ul>`)
		every := (len(shown) + mostContents - 1) / mostContents // of more, some all along the text
		for i := 0; i < len(shown); i += every {
			h := shown[i]
			s.WriteString("<li>")
			s.link(d.reach(h.id, 1), brief(h.text, 80))
		}
		s.WriteString("</ul></nav>")
		return
	}
}

// reach returns the reference to an id from a part.
func (d *deck) reach(id string, from int) string {
	if part := d.where[id]; part > 0 && part != from {
		return d.p.as("postcard="+strconv.Itoa(part)) + "#" + id
	}
	return "#" + id
}

// slice returns the pieces of a part: what was open before is opened again,
// what stays open is shut, links to other parts lead there.
func (d *deck) slice(p part, number int) []piece {
	out := append([]piece{}, p.before...)
	for i := p.from.at; i < len(d.text) && (i < p.to.at || i == p.to.at && p.to.off > 0); i++ {
		q := d.text[i]
		if i == p.to.at && p.to.off > 0 {
			q.text = q.text[:p.to.off]
		}
		if i == p.from.at {
			q.text = q.text[min(len(q.text), p.from.off):]
		}
		out = append(out, q)
	}
	level := []int(nil)
	var names []string // open elements, as they are called in this part
	for i := range out {
		q := &out[i]
		switch {
		case q.step == open:
			if l := headingLevel(q.name); l > 0 {
				level = nest(level, l)
				q.name = headings[min(len(level), len(headings))-1]
			}
			q.attrs = d.lead(q.attrs, number)
			names = append(names, q.name)
		case q.step == shut:
			q.name = names[len(names)-1]
			names = names[:len(names)-1]
		}
	}
	for i := len(names) - 1; i >= 0; i-- {
		out = append(out, piece{step: shut, name: names[i]})
	}
	return out
}

// lead turns a link within the page into one to the part that has its end.
func (d *deck) lead(attrs []attr, number int) []attr {
	for i, a := range attrs {
		id, within := strings.CutPrefix(a.value, "#")
		if a.key != "href" || !within {
			continue
		}
		if to := d.reach(id, number); to != a.value {
			attrs = append([]attr{}, attrs...)
			attrs[i].value = to
		}
	}
	return attrs
}

func headingLevel(name string) int {
	if len(name) == 2 && name[0] == 'h' && name[1] >= '2' && name[1] <= '6' {
		return int(name[1] - '0')
	}
	return 0
}
