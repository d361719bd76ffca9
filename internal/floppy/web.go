package floppy

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"buzzproof/internal/coding"
	"buzzproof/internal/resume"
)

//go:embed boot.js
var bootScript []byte

// A File is one address of the site.
type File struct {
	Path      string // from the root of the site, without the leading slash
	Type      string
	Data      []byte
	Immutable bool   // the address changes with the content
	Plain     []byte // the same without what asks for much; nil when it asks for nothing
	Asks      int64  // bytes of what it may ask for
}

// rawDisk is the type of disk images and of ROMs, which pack well.
const rawDisk = "application/x-raw-disk-image"

// Parts says where the emulator's files lie, which are other people's and are
// therefore taken from their packages and not part of this program.
type Parts struct {
	V86     string // a folder of npm's v86: libv86.js, v86.wasm, LICENSE, some in build/
	SeaBIOS string // a folder of Debian's seabios: bios.bin, vgabios-stdvga.bin
}

// ErrNoParts is returned when the emulator or its BIOS is not there.
var ErrNoParts = errors.New("not found")

// Notice is what the licences of the parts ask to be said beside them.
const notice = `The files in this folder boot the floppy of a résumé in a browser.

libv86.js, v86.wasm   v86, https://github.com/copy/v86, BSD 2-clause, see LICENSE
bios.bin, vgabios.bin SeaBIOS and SeaVGABIOS, https://www.seabios.org, LGPL 3, unchanged as packaged by
                      Debian (package seabios); sources: https://sources.debian.org/src/seabios/
floppy.img, boot.js   the résumé and its viewer
`

// Web returns the pages of the résumé: /resume/, /resume.json, and, with parts,
// the floppy and what a browser needs to boot it.
func Web(r *resume.Resume, source []byte, parts *Parts) ([]File, error) {
	files := []File{{Path: "resume.json", Type: "application/json", Data: source}}
	page := File{Path: "resume/index.html", Type: "text/html; charset=utf-8"}
	var boot *resume.Boot
	var err error
	if parts != nil {
		emulator, err := emulatorFiles(r, *parts)
		if err != nil {
			return nil, err
		}
		folder := "resume/boot-" + digest(emulator) + "/"
		if page.Asks, err = loadSize(emulator); err != nil {
			return nil, err
		}
		if page.Plain, err = r.HTML("/resume.json", nil); err != nil {
			return nil, err
		}
		for _, f := range emulator {
			f.Path, f.Immutable = folder+f.Path, true
			files = append(files, f)
		}
		boot = &resume.Boot{Folder: "/" + folder, Floppy: "/" + folder + "floppy.img", Script: "/" + folder + "boot.js", Size: fmt.Sprintf("%d KB", (page.Asks+999)/1000)}
	}
	if page.Data, err = r.HTML("/resume.json", boot); err != nil {
		return nil, err
	}
	return append(files, page), nil
}

func emulatorFiles(r *resume.Resume, parts Parts) ([]File, error) {
	image, err := Image(r)
	if err != nil {
		return nil, err
	}
	files := []File{
		{Path: "boot.js", Type: "text/javascript", Data: bootScript},
		{Path: "floppy.img", Type: rawDisk, Data: image},
		{Path: "NOTICE.txt", Type: "text/plain; charset=utf-8", Data: []byte(notice)},
	}
	for _, part := range []struct{ name, kind, folder, file string }{
		{"libv86.js", "text/javascript", parts.V86, "libv86.js"},
		{"v86.wasm", "application/wasm", parts.V86, "v86.wasm"},
		{"LICENSE", "text/plain; charset=utf-8", parts.V86, "LICENSE"},
		{"bios.bin", rawDisk, parts.SeaBIOS, "bios.bin"},
		{"vgabios.bin", rawDisk, parts.SeaBIOS, "vgabios-stdvga.bin"},
	} {
		data, err := readPart(part.folder, part.file)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Path: part.name, Type: part.kind, Data: data})
	}
	return files, nil
}

// readPart finds a file in the folder or, as npm packs it, in build/.
func readPart(folder, name string) ([]byte, error) {
	for _, below := range []string{"", "build"} {
		data, err := os.ReadFile(filepath.Join(folder, below, name))
		if err == nil {
			return data, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil, fmt.Errorf("%s in %s: %w", name, folder, ErrNoParts)
}

// digest names a folder by all that is in it.
func digest(files []File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %d\n", f.Path, len(f.Data))
		h.Write(f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// loadSize is how many bytes a click loads, in the gzip coding.
func loadSize(files []File) (int64, error) {
	total := int64(0)
	for _, f := range files {
		if f.Path == "LICENSE" || f.Path == "NOTICE.txt" {
			continue
		}
		packed, err := coding.Encode(f.Data, coding.Gzip, coding.Fast)
		if err != nil {
			return 0, fmt.Errorf("pack %s: %w", f.Path, err)
		}
		total += int64(len(packed))
	}
	return total, nil
}
