package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"buzzproof/internal/image"
)

// formatOf is the form of a disk whose file is named so.
func formatOf(name string) string {
	if ending := strings.TrimPrefix(filepath.Ext(name), "."); slices.Contains(image.Formats, ending) {
		return ending
	}
	return "raw"
}

// checkOutputs looks at the files that will be written before anything is made.
func (o *imageOptions) checkOutputs(args []string) error {
	cert, key, _ := strings.Cut(o.tls, ",")
	inputs := []string{o.resume, o.kernel, o.stub, o.program, cert, key}
	if o.floppy != "" {
		if err := checkOutput(o.floppy, inputs); err != nil {
			return err
		}
	}
	if len(args) == 0 {
		return nil
	}
	if o.floppy != "" && filepath.Clean(o.floppy) == filepath.Clean(o.out) {
		return fmt.Errorf("%s cannot be both the disk and the floppy", o.out)
	}
	return checkOutput(o.out, inputs)
}

// checkOutput refuses what a file of that name would replace and should not: a
// device above all, which would be a file from then on.
func checkOutput(name string, inputs []string) error {
	folder, err := os.Stat(filepath.Dir(name))
	if err != nil || !folder.IsDir() {
		return fmt.Errorf("there is no folder %s for %s", filepath.Dir(name), filepath.Base(name))
	}
	there, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	switch {
	case err != nil:
		return err
	case there.IsDir():
		return fmt.Errorf("%s is a folder; name a file in it", name)
	case !there.Mode().IsRegular():
		return fmt.Errorf("%s is no file; make the disk as a file, then copy it: cp FILE %s", name, name)
	}
	for _, input := range inputs {
		if other, err := os.Stat(input); err == nil && os.SameFile(there, other) {
			return fmt.Errorf("%s is read from, and would be replaced by what is made", name)
		}
	}
	return nil
}
