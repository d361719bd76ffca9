package refuge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// thisProgram is the test binary, with something behind it that is never loaded.
func thisProgram(t *testing.T) (p programFile, whole []byte) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the tests are no program for Linux")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if whole, err = os.ReadFile(self); err != nil {
		t.Fatal(err)
	}
	whole = append(whole, strings.Repeat("for debuggers alone ", 1000)...)
	file := filepath.Join(t.TempDir(), "buzzproof")
	if err := os.WriteFile(file, whole, 0o755); err != nil {
		t.Fatal(err)
	}
	h := host{HostConfig: HostConfig{Program: file}}
	if p, err = h.readProgram(); err != nil {
		t.Fatal(err)
	}
	return p, whole
}

func TestWhatIsLoadedOfAProgramIsWhatIsBrought(t *testing.T) {
	p, whole := thisProgram(t)
	in, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	brought, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(brought); hex.EncodeToString(sum[:]) != p.digest || int64(len(brought)) != p.size || len(brought) >= len(whole) {
		t.Errorf("%d bytes of %d are brought, and said are %d; digest %x, said is %s", len(brought), len(whole), p.size, sum, p.digest)
	}
}

func TestAMachineCutsWhatItHasFetched(t *testing.T) {
	p, whole := thisProgram(t)
	other := append([]byte(nil), whole...)
	other[p.size/2] ^= 1
	for name, c := range map[string]struct {
		fetched []byte
		fits    bool
	}{
		"the program as it lies":        {whole, true},
		"what is loaded of it":          {append(append([]byte(nil), p.head...), whole[len(p.head):p.size]...), true},
		"what is loaded and a bit more": {whole[:p.size+7], true},
		"one that differs by a bit":     {other, false},
		"one that is cut off":           {whole[:p.size/2], false},
		"a page that says it is not so": {[]byte("<!doctype html>"), false},
		"nothing":                       {nil, false},
	} {
		for _, shell := range []string{"sh", "bash"} {
			t.Run(name+" by "+shell, func(t *testing.T) {
				if _, err := exec.LookPath(shell); err != nil {
					t.Skip(err)
				}
				file := filepath.Join(t.TempDir(), "fetched.part")
				if err := os.WriteFile(file, c.fetched, 0o644); err != nil {
					t.Fatal(err)
				}
				if out, err := exec.Command(shell, "-euc", p.cut(file)).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				got, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				sum := sha256.Sum256(got)
				if fits := hex.EncodeToString(sum[:]) == p.digest; fits != c.fits || int64(len(got)) != p.size {
					t.Errorf("%d bytes became %d, which are the program: %t, want %d and %t", len(c.fetched), len(got), fits, p.size, c.fits)
				}
				if !bytes.HasPrefix(got, p.head) {
					t.Errorf("they begin with %x", got[:len(p.head)])
				}
			})
		}
	}
}

func TestAMachineThatHasAWholeProgramGetsNoOther(t *testing.T) {
	p, lies := thisProgram(t)
	sum := sha256.Sum256(lies)
	whole, other := hex.EncodeToString(sum[:]), strings.Repeat("c", 64)
	for name, c := range map[string]struct {
		there, want string
		needs       int64
	}{
		"the file as it lies":  {"program " + whole, whole, 0},
		"what is loaded of it": {"program " + p.digest, p.digest, 0},
		"another and the file": {"program " + other + "\nprogram " + whole, whole, 0},
		"another":              {"program " + other, p.digest, p.size},
		"none":                 {"uid 0", p.digest, p.size},
	} {
		t.Run(name, func(t *testing.T) {
			there := readInventory(c.there + "\n")
			got, err := there.recognise(p)
			if err != nil {
				t.Fatal(err)
			}
			if needs := there.needs(&release{}, got); got.digest != c.want || needs != c.needs {
				t.Errorf("it is called %s and %d bytes are to come, want %s and %d", got.digest, needs, c.want, c.needs)
			}
		})
	}
}

func TestAFileThatIsNoProgramIsNotBrought(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{script: "none for Linux", script + "-none": "no such file"} {
		h := host{HostConfig: HostConfig{Program: file}}
		if _, err := h.readProgram(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("of %s it says %v, want %q", file, err, want)
		}
	}
}
