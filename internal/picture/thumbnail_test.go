package picture

import (
	"context"
	"errors"
	"image"
	"testing"
)

func TestThumbnailsFit(t *testing.T) {
	tests := []struct {
		name  string
		data  []byte
		least int // pixels wide
	}{
		{"a photograph", asJPEG(t, photograph(900, 600), 90), 200},
		{"a drawing", asPNG(t, drawing(1200, 800)), 200},
		{"a glow", asPNG(t, glow(600, 800)), 200},
		{"noise", asJPEG(t, noise(800, 600, image.YCbCrSubsampleRatio420), 90), 8},
		{"a tower", asJPEG(t, photograph(100, 3000), 90), 8},
		{"a wall", asJPEG(t, photograph(3000, 20), 90), 400},
		{"a pixel", asPNG(t, drawing(1, 1)), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			made, err := Thumbnail(context.Background(), test.data, 5000)
			if err != nil {
				t.Fatal(err)
			}
			info, err := Inspect(made)
			if err != nil || len(made) > 5000 || info.Width < test.least || info.Format != "jpeg" {
				t.Errorf("%+v in %d bytes, %v", info, len(made), err)
			}
		})
	}
	if _, err := Thumbnail(context.Background(), tests[0].data, 10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("in 10 bytes: %v", err)
	}
	if _, err := Thumbnail(context.Background(), []byte("<svg/>"), 5000); !errors.Is(err, ErrNoPixels) {
		t.Errorf("of an SVG: %v", err)
	}
}
