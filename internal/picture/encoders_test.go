package picture

import (
	"bytes"
	"context"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestEncodersAddLighterForms(t *testing.T) {
	e := FindEncoders()
	if e.WebP == "" || e.AVIF == "" {
		t.Skip("cwebp or avifenc is not installed")
	}
	for name, data := range map[string][]byte{
		"photograph": asJPEG(t, photograph(400, 300), 90),
		"glow":       asPNG(t, glow(400, 300)),
	} {
		made, err := Variants(context.Background(), data, e)
		if err != nil {
			t.Fatal(err)
		}
		forms := made[0].Forms
		if len(forms) != 3 || forms[0].Type != "image/avif" || forms[1].Type != "image/webp" {
			t.Fatalf("%s: %d forms, %d bytes", name, len(forms), len(last(made[0]).Data))
		}
		for _, f := range forms {
			info, err := Inspect(f.Data)
			if err != nil || info.Width != 400 || info.Height != 300 || info.Alpha != (name == "glow") {
				t.Errorf("%s: %+v, %v", name, info, err)
			}
		}
		checkVariants(t, made, len(data))
	}
}

func TestAnEncoderThatFailsCostsItsFormOnly(t *testing.T) {
	fails := filepath.Join(t.TempDir(), "fails")
	if err := os.WriteFile(fails, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	for _, e := range []Encoders{{fails, fails}, {"/nowhere", ""}} {
		made, err := Variants(context.Background(), asJPEG(t, photograph(400, 300), 90), e)
		if err != nil || len(made) == 0 || len(made[0].Forms) != 1 {
			t.Errorf("%s, %v", names(made), err)
		}
	}
	if rest, _ := os.ReadDir(os.Getenv("TMPDIR")); len(rest) > 0 {
		t.Errorf("%d folders are left", len(rest))
	}
}

// encodeWebP makes a WebP by the real program.
func encodeWebP(t *testing.T, img image.Image, args ...string) []byte {
	t.Helper()
	program := FindEncoders().WebP
	if program == "" {
		t.Skip("cwebp is not installed")
	}
	command := exec.Command(program, append(args, "-quiet", "-o", "-", "--", "-")...)
	command.Stdin = bytes.NewReader(asPNG(t, img))
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
