package picture

import (
	"context"
	"fmt"
	"math"
)

// Link previews show pictures about 1.91 times as wide as high.
const (
	thumbnailWidth  = 400
	thumbnailPixels = 400 * 210
	thumbnailLeast  = 200 // wide: what chat programs take at least
)

// Thumbnail makes a JPEG of at most so many bytes for link previews: about
// 400 x 210 pixels in the picture's own shape, at least 200 wide if the
// picture is. What shines through is white; of an animation it is the first
// frame. Quality goes down until it fits, then the size.
//
// Errors are those of Variants, ErrNoPixels for what cannot be decoded, and
// ErrTooLarge if not even a few pixels fit.
func Thumbnail(ctx context.Context, data []byte, most int) ([]byte, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	m, err := newMaker(ctx, data, &h)
	if err != nil {
		return nil, err
	}
	own, high := float64(h.Width), float64(h.Height)
	width := min(thumbnailWidth, math.Sqrt(thumbnailPixels*own/high))
	width = min(max(width, thumbnailLeast), own)
	// Nothing this tall could fit: the work is bounded instead.
	width = min(width, math.Sqrt(4*thumbnailPixels*own/high))
	for {
		w := max(1, int(width))
		p := m.pixels.near(w, m.pixels.planes[0].w)
		small := p.resize(w, max(1, int(math.Round(high*width/own)))).photo(false)
		for _, quality := range qualities(w) {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("make thumbnail of %s: %w", h.Format, err)
			}
			if made := encodeJPEG(small, quality, nil); len(made) <= most {
				return made, nil
			}
		}
		next := width * 0.8
		if width > thumbnailLeast {
			next = max(next, thumbnailLeast)
		}
		if width = next; width < 8 {
			return nil, fmt.Errorf("make thumbnail of %d bytes: %w", most, ErrTooLarge)
		}
	}
}

// qualities to try in turn: what is still wide enough becomes smaller before
// it becomes ugly.
func qualities(width int) []int {
	if width > thumbnailLeast {
		return []int{75, 65, 55, 45, 35}
	}
	return []int{75, 60, 45, 30, 20, 12}
}
