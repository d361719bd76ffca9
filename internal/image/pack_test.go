package image

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestASmallMemoryDiskIsTheSameUnpacked(t *testing.T) {
	xz, err := exec.LookPath("xz")
	if err != nil && os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
		t.Fatal("xz is not installed: .ci/install brings it")
	}
	if err != nil {
		t.Skip("xz is not installed")
	}
	program, _ := self(t)
	program = program[:min(len(program), 1<<20)] // enough to tell, and soon done
	for _, arch := range []string{"amd64", "arm64"} {
		s := &System{Files: []File{{Name: "init", Mode: 0o555, Data: program}}, Arch: arch}
		fast, err := s.Initrd()
		if err != nil {
			t.Fatal(err)
		}
		s.Small = true
		small, err := s.Initrd()
		if err != nil {
			t.Fatal(err)
		}
		// Options of the user's own must not change the bytes.
		t.Setenv("XZ_OPT", "-0")
		if again, err := s.Initrd(); err != nil || !bytes.Equal(again, small) {
			t.Errorf("%s: the same system gives other bytes: %v", arch, err)
		}
		cmd := exec.Command(xz, "-dc")
		cmd.Stdin = bytes.NewReader(small)
		if unpacked, err := cmd.Output(); err != nil || !bytes.Contains(unpacked, program) {
			t.Errorf("%s: the program does not come out as it went in: %v", arch, err)
		}
		if len(small) > len(fast)*9/10 {
			t.Errorf("%s: small is %d bytes, the other %d", arch, len(small), len(fast))
		}
	}
}

func TestWithoutXZASmallDiskIsRefused(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (&System{Small: true}).Initrd(); !errors.Is(err, ErrNoXZ) {
		t.Errorf("got %v", err)
	}
}

func TestAnXZThatFailsIsHeard(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "xz"), []byte("#!/bin/sh\necho no memory >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if _, err := (&System{Small: true}).Initrd(); err == nil || !bytes.Contains([]byte(err.Error()), []byte("no memory")) {
		t.Errorf("got %v", err)
	}
}
