package lite

import (
	"strconv"

	"buzzproof/internal/coding"
)

// apart takes out of a text what cannot be cut: of a form its words stay and
// lead to the light page, long formulas become words.
func (p *Page) apart(text []piece) []piece {
	var out []piece
	for i := 0; i < len(text); i++ {
		part := text[i]
		if part.step == open && (part.name == "form" || part.name == "math" || part.name == "ruby") {
			end, size := i+1, 0
			for ; text[end].step != shut || text[end].name != part.name; end++ {
				size += len(text[end].name) + len(text[end].text) + 5
			}
			switch {
			case part.name == "form":
				out = append(out, p.formWords(text[i:end])...)
				i = end
				continue
			case size > postcardMost:
				for _, q := range text[i:end] {
					if q.step == chars {
						out = append(out, q)
					}
				}
				i = end
				continue
			}
		}
		part.attrs = p.short(part.attrs)
		out = append(out, part)
	}
	return out
}

// short leaves out attributes that would fill a part.
func (p *Page) short(attrs []attr) []attr {
	for i, a := range attrs {
		if len(a.value) > 1000 {
			kept := append([]attr{}, attrs[:i]...)
			if a.key == "href" {
				kept = append(kept, attr{"href", p.as("lite")})
			}
			return append(kept, p.short(attrs[i+1:])...)
		}
	}
	return attrs
}

// headings finds the headings of a text; one without an id gets one that the
// contents can link to.
func (d *deck) headings() []heading {
	var found []heading
	taken := map[string]bool{}
	for _, p := range d.text {
		for _, a := range p.attrs {
			taken[a.value] = taken[a.value] || a.key == "id"
		}
	}
	for i, p := range d.text {
		if p.step != open || len(p.name) != 2 || p.name[0] != 'h' || p.name == "hr" {
			continue
		}
		h := heading{at: i, level: int(p.name[1] - '0')}
		for _, a := range p.attrs {
			if a.key == "id" {
				h.id = a.value
			}
		}
		for n := len(found) + 1; h.id == ""; n++ {
			if id := "h" + strconv.Itoa(n); !taken[id] {
				h.id, taken[id] = id, true
				d.text[i].attrs = append(p.attrs[:len(p.attrs):len(p.attrs)], attr{"id", id})
			}
		}
		for j := i + 1; d.text[j].step != shut || d.text[j].name != p.name; j++ {
			h.text += d.text[j].text
		}
		found = append(found, h)
	}
	return found
}

// lay decides where each part ends.
func (d *deck) lay() {
	guess := map[string]int{}
	size := 0
	for _, p := range d.text {
		size += len(p.text) + 2*len(p.name)
		for _, a := range p.attrs {
			if a.key == "id" {
				guess[a.value] = 1 + size/7000
			}
		}
	}
	d.where, d.parts = guess, nil
	at, stack := cut{}, []opened(nil)
	for k := 0; ; {
		before := reopen(stack)
		next, end := d.fill(at, k, before)
		d.parts = append(d.parts, part{from: at, to: end, before: before})
		if end.at == len(d.text) {
			break
		}
		stack = advance(stack, d.text, at, end)
		at, k = end, next
	}
	d.place()
}

// place notes which part has which id.
func (d *deck) place() {
	d.where = map[string]int{}
	for i, part := range d.parts {
		last := min(part.to.at, len(d.text)-1)
		for j := part.from.at; j <= last; j++ {
			if j == last && part.to.at == j && part.to.off == 0 {
				break
			}
			for _, a := range d.text[j].attrs {
				if _, known := d.where[a.value]; a.key == "id" && !known {
					d.where[a.value] = i + 1
				}
			}
		}
	}
}

// fill finds the last cut after from that leaves a part within the budget. The
// first that may be is cuts[k]; it returns the first after the one it took.
func (d *deck) fill(from cut, k int, stack []piece) (int, cut) {
	most := k
	for most < len(d.cuts) && d.cuts[most].size-from.size <= partMost {
		most++
	}
	best := d.search(from, stack, d.cuts[k:most])
	if best >= 0 && (d.cuts[k+best].size-from.size > 1000 || k+best+1 == len(d.cuts)) {
		return k + best + 1, d.cuts[k+best]
	}
	forced := forcedCuts(d.text, from)
	if j := d.search(from, stack, forced); j >= 0 && (best < 0 || forced[j].size > d.cuts[k+best].size+1000) {
		end := forced[j]
		for k < len(d.cuts) && !end.before(d.cuts[k]) {
			k++
		}
		return k, end
	}
	best = max(best, 0)
	return k + best + 1, d.cuts[k+best]
}

// search returns the last of cuts that leaves a part within the budget, -1 if
// none does. Bytes grow nearly evenly with the text, so it guesses instead of
// halving: three tries find what halving finds in ten.
func (d *deck) search(from cut, stack []piece, cuts []cut) int {
	if len(cuts) == 0 {
		return -1
	}
	empty := d.estimate(part{from: from, to: from, before: stack})
	low, high := -1, len(cuts) // low fits, high does not
	lowSize, rate := empty, 0.4
	for tries := 0; high-low > 1; tries++ {
		start := from.size
		if low >= 0 {
			start = cuts[low].size
		}
		aim := start + int((d.budget-lowSize)/rate)
		probe := low + 1
		for probe+1 < high && cuts[probe+1].size <= aim {
			probe++
		}
		if tries > 5 {
			probe = (low + high) / 2
		}
		size := d.estimate(part{from: from, to: cuts[probe], before: stack})
		if grown := cuts[probe].size - from.size; grown > 0 {
			rate = max((size-empty)/float64(grown), 0.01)
		}
		if size > d.budget {
			high = probe
			continue
		}
		low, lowSize = probe, size
		if lowSize > 0.97*d.budget {
			break
		}
	}
	return low
}

// estimate returns about how many bytes quality 11 would make of a part.
func (d *deck) estimate(p part) float64 {
	return float64(len(packed(d.document(p, len(d.parts), 9), coding.Fast))) * d.factor
}
