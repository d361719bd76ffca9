package picture

import (
	"context"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Encoders are the paths of programs that write forms which need fewer bytes.
// The empty path means that there is none.
type Encoders struct {
	WebP string // cwebp, of libwebp
	AVIF string // avifenc, of libavif
}

// FindEncoders looks for the programs where the shell would.
func FindEncoders() Encoders {
	var e Encoders
	e.WebP, _ = exec.LookPath("cwebp")
	e.AVIF, _ = exec.LookPath("avifenc")
	return e
}

// encoderTime is for one picture of 2.5 megapixels on a busy machine: AVIF
// takes some 3 s of CPU per megapixel.
const encoderTime = 30 * time.Second

// An effort is what is asked of the programs: look as good as the JPEG does.
type effort struct {
	webp   string // quality of 100
	avif   string // quantiser, best to worst is 0 to 63
	chroma string
}

func effortFor(graphic, low bool) effort {
	switch {
	case graphic && low:
		return effort{"50", "38", "420"}
	case graphic:
		return effort{"80", "24", "444"}
	case low:
		return effort{"30", "44", "420"}
	}
	return effort{"60", "32", "420"}
}

// encode returns the forms that the programs make of the pixels, AVIF first.
// What fails is missing: the base form is always there.
func (e Encoders) encode(ctx context.Context, p *pixels, as effort, profile []byte) []Form {
	if e == (Encoders{}) {
		return nil
	}
	dir, err := os.MkdirTemp("", "buzzproof-picture-")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(dir)
	source, err := writePNG(p.image(), png.NoCompression, profile)
	if err != nil {
		return nil
	}
	in := filepath.Join(dir, "in.png")
	if err := os.WriteFile(in, source, 0o600); err != nil {
		return nil
	}
	var forms []Form
	out := filepath.Join(dir, "out.avif")
	if data := run(ctx, e.AVIF, out, "--jobs", "1", "--speed", "7", "--min", "0", "--max", "63",
		"--minalpha", "0", "--maxalpha", "63",
		"-a", "end-usage=q", "-a", "cq-level="+as.avif, "--yuv", as.chroma, in, out); data != nil {
		forms = append(forms, Form{"image/avif", data})
	}
	out = filepath.Join(dir, "out.webp")
	if data := run(ctx, e.WebP, out, "-quiet", "-q", as.webp, "-metadata", "icc", in, "-o", out); data != nil {
		forms = append(forms, Form{"image/webp", data})
	}
	return forms
}

// run returns what the program wrote to the file, or nil.
func run(ctx context.Context, program, out string, args ...string) []byte {
	if program == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, encoderTime)
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	command.WaitDelay = time.Second
	if command.Run() != nil {
		return nil
	}
	if info, err := os.Stat(out); err != nil || info.Size() > MostBytes {
		return nil
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil
	}
	return data
}
