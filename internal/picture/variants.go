package picture

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"math"
	"strconv"
)

// widths of variants in pixels, from the best to the lightest: the text column
// of themes on large and small screens, and telephones.
var widths = [...]int{960, 640, 480, 320}

const (
	// mostVariantPixels bounds the work on tall pictures: 960 x 2604.
	mostVariantPixels = 2_500_000
	// tinyAnimation is what is sent as it is, in bytes: its still would hardly
	// be smaller.
	tinyAnimation = 20_000
)

// Variants makes a picture smaller, from the best to the lightest: each next
// one has fewer bytes in its last form, the one for every browser. Names are
// widths; the lightest is of low quality, such as "320-low". Of an animation
// they are stills of the first frame, such as "640-still": who shows one
// links to the original.
//
// There are none for what is best sent as it is: SVG, icons, tiny animations,
// and AVIF and HEIF, which cannot be decoded here; nor if none is lighter than
// the original. Metadata is dropped, except small colour profiles, without
// which the colours would be others.
//
// An encoder that fails costs its form only. Errors are ErrUnknown, ErrTooLarge,
// those of decoders for broken pictures, and that of the context.
func Variants(ctx context.Context, data []byte, e Encoders) ([]Variant, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	if h.perPixel == 0 || h.Animated && len(data) < tinyAnimation {
		return nil, nil
	}
	m, err := newMaker(ctx, data, &h)
	if err != nil {
		return nil, err
	}
	m.encoders = e
	for _, size := range m.sizes() {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("make variants of %s: %w", h.Format, err)
		}
		if err := m.add(ctx, size); err != nil {
			return nil, fmt.Errorf("make variant %s of %s: %w", size.name, h.Format, err)
		}
	}
	return m.made, nil
}

// A maker makes the variants of one picture.
type maker struct {
	header   *header
	pixels   *pixels // not much larger than the next variant
	alpha    bool
	graphic  bool
	profile  []byte
	original Form // without metadata; no data if it cannot be a variant
	whole    int  // bytes of the original, whatever it is
	encoders Encoders
	made     []Variant
}

func newMaker(ctx context.Context, data []byte, h *header) (*maker, error) {
	if err := h.check(data); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("decode %s: %w", h.Format, err)
	}
	p, err := decode(data, h)
	if err != nil {
		return nil, err
	}
	grey := len(p.planes) == 1 && !p.rgba()
	m := &maker{
		header: h, pixels: p, alpha: !p.opaque(), graphic: p.graphic(),
		profile: usefulProfile(h.profile, grey), whole: len(data),
	}
	if !h.Animated && h.orientation == 1 {
		m.original = bareOriginal(data, h.Format, m.profile != nil)
	}
	return m, nil
}

// bareOriginal is the picture without metadata, if browsers show its format:
// with its colour profile if asked.
func bareOriginal(data []byte, format string, profile bool) Form {
	f := Form{Type: "image/" + format}
	switch format {
	case "jpeg":
		f.Data = bareJPEG(data, profile)
	case "png":
		f.Data = barePNG(data, profile)
	case "webp":
		f.Data = bareWebP(data)
	case "gif":
		f.Data = data
	}
	return f
}

// A size is a variant to be made.
type size struct {
	name          string
	width, height int
	low           bool
}

// sizes are the widths that are smaller than the picture, and its own if it is
// not larger than all of them. A width within a tenth of it adds nothing.
func (m *maker) sizes() []size {
	var sizes []size
	still := ""
	if m.header.Animated {
		still = "-still"
	}
	own := m.header.Width
	add := func(width int, low string) {
		height := max(1, int(math.Round(float64(m.header.Height)*float64(width)/float64(own))))
		if width*height <= mostVariantPixels && height < 1<<16 {
			sizes = append(sizes, size{strconv.Itoa(width) + still + low, width, height, low != ""})
		}
	}
	if own <= widths[0] {
		add(own, "")
	}
	for _, w := range widths {
		if own > widths[0] || w*10 <= own*9 {
			add(w, "")
		}
	}
	add(min(own, widths[len(widths)-1]), "-low")
	return sizes
}

// add makes a variant and keeps it if it is lighter than the one before.
func (m *maker) add(ctx context.Context, s size) error {
	w, _ := m.pixels.size()
	m.pixels = m.pixels.near(s.width, w)
	small := m.pixels.resize(s.width, s.height)
	base, err := m.base(small, s)
	if err != nil {
		return err
	}
	if m.originalIsBetter(len(base.Data), s) {
		small, base = m.pixels, m.original
	}
	if len(base.Data) >= m.lightest() {
		return nil
	}
	v := Variant{Name: s.name}
	v.Width, v.Height = small.size()
	if m.original.Type == "image/webp" && v.Width == m.header.Width && !s.low {
		v.Forms = appendLighter(v.Forms, m.original, base)
	}
	if v.Width*v.Height <= mostVariantPixels {
		for _, f := range m.encoders.encode(ctx, small, effortFor(m.graphic, s.low), m.profile) {
			v.Forms = appendLighter(v.Forms, f, base)
		}
	}
	v.Forms = append(v.Forms, base)
	if len(v.Forms) == 1 && len(base.Data) == m.whole {
		return nil // the picture as it is: nothing was gained
	}
	m.made = append(m.made, v)
	return nil
}

// lightest is how many bytes the next variant must stay under.
func (m *maker) lightest() int {
	if len(m.made) == 0 {
		return m.whole + 1 // without its metadata it may be no smaller
	}
	forms := m.made[len(m.made)-1].Forms
	return len(forms[len(forms)-1].Data)
}

// originalIsBetter is true if no byte is saved by making it smaller. A browser
// still has to decode it: one more than twice as wide would be slow. Up to
// there the pixels have not been halved.
func (m *maker) originalIsBetter(bytes int, s size) bool {
	every := m.original.Type != "image/webp"
	return every && len(m.original.Data) > 0 && len(m.original.Data) <= bytes && m.header.Width <= 2*s.width
}

func appendLighter(forms []Form, f, base Form) []Form {
	if len(f.Data) > 0 && len(f.Data) < len(base.Data) {
		forms = append(forms, f)
	}
	return forms
}

// Qualities of JPEG. Drawings need more: the eye finds every smear at an edge.
const (
	goodPhoto, smallPhoto, lowPhoto = 60, 55, 35
	goodGraphic, lowGraphic         = 80, 50
	lowColours                      = 32 // of the low variant of drawings
)

// base is the form that every browser understands: JPEG, or PNG for what has
// alpha and for drawings that are smaller so.
func (m *maker) base(small *pixels, s size) (Form, error) {
	var drawing Form
	if m.alpha || m.graphic {
		data, err := m.png(small, s)
		if err != nil {
			return Form{}, err
		}
		drawing = Form{"image/png", data}
		if m.alpha {
			return drawing, nil
		}
	}
	p := small.photo(m.graphic)
	profile := m.profile
	if small.rgba() && len(p.planes) == 1 {
		profile = nil // it is for colours, and there are none
	}
	photo := Form{"image/jpeg", encodeJPEG(p, m.quality(s), profile)}
	if len(drawing.Data) > 0 && len(drawing.Data) <= len(photo.Data) {
		return drawing, nil
	}
	return photo, nil
}

// png is nil for drawings that have too many colours: they are paintings.
func (m *maker) png(small *pixels, s size) ([]byte, error) {
	var img *image.Paletted
	if s.low {
		img = nearly(&small.planes[0], lowColours)
	} else {
		img = indexed(&small.planes[0])
	}
	switch {
	case img != nil:
		return writePNG(img, png.BestCompression, m.profile)
	case m.alpha:
		return writePNG(small.image(), png.DefaultCompression, m.profile)
	}
	return nil, nil
}

func (m *maker) quality(s size) int {
	switch {
	case m.graphic && s.low:
		return lowGraphic
	case m.graphic:
		return goodGraphic
	case s.low:
		return lowPhoto
	case s.width < widths[2]:
		return smallPhoto
	}
	return goodPhoto
}
