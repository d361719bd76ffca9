// Package picture makes pictures lighter: smaller, in fewer bytes, in a form
// that the visitor's browser understands.
//
// One idea keeps it simple: a picture is a few planes of bytes. One scaler
// works on any plane, so a photograph goes from its JPEG to smaller JPEGs as
// luma and chroma, without ever being turned into red, green and blue.
package picture

import (
	"errors"
	"fmt"
)

// What a picture may be at most. One picture needs at most MostMemory beside
// its own bytes; Cost is more exact, and what lies about as garbage comes on
// top. Whoever has 300 MB makes at a time what costs 128 MB together, and sets
// the runtime's memory limit.
const (
	MostBytes  = 64 << 20   // of a file: cameras write up to 40 MB
	MostPixels = 50_000_000 // 50 megapixels: the largest of common cameras
	MostMemory = 128 << 20  // bytes; 24 MP as RGBA are 96 MB, as 4:2:0 JPEG 36 MB
)

var (
	// ErrUnknown says that data is no picture of a kind known here, or one
	// whose header is broken.
	ErrUnknown = errors.New("not a picture of a known kind")
	// ErrTooLarge says that making a picture would need more than the limits.
	ErrTooLarge = errors.New("picture too large")
	// ErrNoPixels says that the kind of picture cannot be decoded here: SVG,
	// AVIF, HEIF and ICO.
	ErrNoPixels = errors.New("pixels of this kind of picture cannot be read")
)

// An Info is what the header of a picture says.
type Info struct {
	Format        string // "jpeg", "png", "gif", "webp", "avif", "heif", "svg", "bmp" or "ico"
	Width, Height int    // pixels as displayed, so after the orientation of EXIF
	Animated      bool
	Alpha         bool // some pixels may be transparent
}

// A Variant is a picture at one size.
type Variant struct {
	Name          string // such as "640", "320-low" or "640-still": [a-z0-9-]
	Width, Height int    // pixels
	Forms         []Form // from the one with most conditions to the one that every browser understands
}

// A Form is a variant in one format.
type Form struct {
	Type string // image/avif, image/webp, image/jpeg, image/png or image/gif
	Data []byte
}

// header is what is known of a picture before its pixels are decoded.
type header struct {
	Info
	stored      [2]int  // width and height before orientation
	orientation int     // 1 to 8 as in EXIF 2.3, tag 0x0112
	perPixel    float64 // bytes of memory per pixel while decoding
	profile     []byte  // ICC profile, nil if none
}

// Inspect reads the header of a picture without decoding its pixels. The
// error is ErrUnknown when the data is no picture or the header is broken.
func Inspect(data []byte) (Info, error) {
	h, err := readHeader(data)
	return h.Info, err
}

func readHeader(data []byte) (header, error) {
	for _, kind := range kinds {
		if !kind.is(data) {
			continue
		}
		h := header{orientation: 1}
		h.Format = kind.name
		if !kind.read(data, &h) || h.Width <= 0 || h.Height <= 0 {
			return header{}, fmt.Errorf("read header of %s: %w", kind.name, ErrUnknown)
		}
		h.stored = [2]int{h.Width, h.Height}
		if h.orientation >= 5 { // turned by a quarter
			h.Width, h.Height = h.Height, h.Width
		}
		return h, nil
	}
	return header{}, ErrUnknown
}

// Cost estimates the bytes of memory that Variants or Thumbnail need at their
// peak, without data itself. It is 0 for what they do not decode.
func Cost(data []byte) int64 {
	h, err := readHeader(data)
	if err != nil {
		return 0
	}
	return h.cost()
}

// cost is decoding plus the work on the largest variant. Of that one there
// are 4 bytes of RGBA and 3 of YCbCr, 2 per coefficient (6 in 4:4:4) and the
// coded symbols: 16 bytes per pixel are rarely reached.
func (h *header) cost() int64 {
	if h.perPixel == 0 {
		return 0
	}
	w, high := float64(h.Width), float64(h.Height)
	shrink := min(1, float64(widths[0])/w)
	return int64(w*high*h.perPixel + 16*min(w*high*shrink*shrink, mostVariantPixels))
}

// check refuses what would need too much before anything is decoded.
func (h *header) check(data []byte) error {
	switch {
	case h.perPixel == 0:
		return fmt.Errorf("%s: %w", h.Format, ErrNoPixels)
	case len(data) > MostBytes:
		return fmt.Errorf("%s of %d bytes: %w", h.Format, len(data), ErrTooLarge)
	case float64(h.Width)*float64(h.Height) > MostPixels || h.cost() > MostMemory:
		return fmt.Errorf("%s of %d x %d pixels: %w", h.Format, h.Width, h.Height, ErrTooLarge)
	}
	return nil
}
