package slim

import (
	"bytes"
	"fmt"
	"strings"

	"buzzproof/internal/site"
)

// A shot is a picture that the page will ask for, in a size that is chosen
// when all are known.
type shot struct {
	file     site.File
	variants []Variant
	chosen   int
	number   int // in the order of the page
}

// maxShots is for how many pictures of a page a size is chosen. Those behind
// come as light as they can.
const maxShots = 500

// shot returns the picture for a file, shown at so many CSS pixels.
func (s *slimmer) shot(f site.File, wish int) *shot {
	if known := s.byURL[f.URL]; known != nil {
		known.chosen = min(known.chosen, known.fits(wish))
		return known
	}
	variants, err := s.pictures.Variants(f)
	if err != nil { // one that nobody can decode is sent as it is
		variants = nil
	}
	one := &shot{file: f, variants: variants, number: len(s.shots)}
	one.chosen = one.fits(wish)
	if one.number >= maxShots {
		one.chosen = max(len(variants)-1, 0)
	}
	s.byURL[f.URL] = one
	s.shots = append(s.shots, one)
	return one
}

// fits returns the first variant that is as narrow as can be while it is not
// narrower than the wish.
func (o *shot) fits(wish int) int {
	best := 0
	for i, v := range o.variants {
		if v.Width >= wish && v.Width < o.variants[best].Width {
			best = i
		}
	}
	return best
}

// address is what the page asks for. Which variant is filled in when all are
// known.
func (o *shot) address() string {
	if len(o.variants) == 0 {
		return o.file.URL
	}
	return o.file.URL + o.mark("name")
}

func (o *shot) mark(of string) string { return fmt.Sprintf("buzzproof-%s-%d-", of, o.number) }

// asIs tells whether the file itself is the lightest way to show it so well.
func (o *shot) asIs() bool {
	return len(o.variants) == 0 || o.variants[o.chosen].Bytes >= o.file.Size
}

func (o *shot) bytes() int64 {
	if o.asIs() {
		return o.file.Size
	}
	return o.variants[o.chosen].Bytes
}

// query asks for the chosen variant.
func (o *shot) query() string {
	switch {
	case o.asIs():
		return ""
	case strings.Contains(o.file.URL, "?"):
		return "&slim=" + o.variants[o.chosen].Name
	}
	return "?slim=" + o.variants[o.chosen].Name
}

// width is that of the picture that is sent, in pixels.
func (o *shot) width() int {
	v := o.variants[o.chosen]
	if o.asIs() {
		v = o.variants[0]
	}
	return max(v.Width, 1)
}

// fit chooses the sizes of the pictures so that all fits, and writes them into
// the page.
func (s *slimmer) fit(text []byte) []byte {
	limit := int64(slimBytes)
	if s.p.Weight > 0 {
		limit = min(limit, s.p.Weight/2)
	}
	room := limit - s.weight - slimSent(text)
	for _, o := range s.shots {
		room -= o.bytes()
	}
	for room < 0 {
		o := s.heaviest()
		if o == nil {
			if used := limit - room; used > slimBytes {
				s.p.notice(fmt.Sprintf("the slim page weighs %d KB with its smallest pictures", used/1000))
			}
			break
		}
		room += o.bytes()
		o.chosen++
		room -= o.bytes()
	}
	for _, o := range s.shots {
		s.p.PictureBytes += o.bytes()
	}
	s.p.OtherBytes = s.weight
	return s.named(text)
}

// heaviest returns the picture that is made lighter next. The first ones, which
// everybody sees, count a quarter.
func (s *slimmer) heaviest() *shot {
	var best *shot
	var most int64
	for _, o := range s.shots[:min(len(s.shots), maxShots)] {
		weight := o.bytes()
		if o.number < firstScreen {
			weight /= 4
		}
		if o.chosen+1 < len(o.variants) && weight >= most {
			best, most = o, weight
		}
	}
	return best
}

// named fills in the names and widths of the chosen variants.
func (s *slimmer) named(text []byte) []byte {
	var pairs []string
	for _, o := range s.shots {
		if len(o.variants) > 0 {
			pairs = append(pairs, o.mark("name"), o.query(), o.mark("width"), fmt.Sprint(o.width()))
		}
	}
	var b bytes.Buffer
	_, _ = strings.NewReplacer(pairs...).WriteString(&b, string(text)) // a buffer takes everything
	return b.Bytes()
}
