package image

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A NoKernelError says of each kernel of a machine why it does not serve.
type NoKernelError struct{ Reasons []error }

func (e *NoKernelError) Error() string {
	text := "/boot and /lib/modules have no kernel with its drivers"
	for _, reason := range e.Reasons {
		text += "\n" + reason.Error()
	}
	return text
}

// Unwrap returns the reasons.
func (e *NoKernelError) Unwrap() []error { return e.Reasons }

// Installed returns the kernel for arch that a machine with its files below root
// has: the one that runs, or else the newest. It must be one that can be read,
// with its drivers as modules, and able to unpack the memory disk. A machine
// without one gives a *NoKernelError.
func Installed(root, arch string, small bool) (*Kernel, error) {
	release, _ := os.ReadFile(filepath.Join(root, "proc/sys/kernel/osrelease")) // none runs in a test, or on other systems
	running := strings.TrimSpace(string(release))
	var best *Kernel
	var none NoKernelError
	for _, file := range kernelFiles(root, running) {
		k, err := ReadKernel(file, arch)
		if err == nil {
			err = k.serves(root, small)
		}
		switch {
		case err != nil:
			none.Reasons = append(none.Reasons, err)
		case best == nil || preferred(k.Version, best.Version, running) < 0:
			best = k
		}
	}
	if best == nil {
		return nil, &none
	}
	return best, nil
}

// serves says why a disk cannot do with the kernel of the machine at root.
func (k *Kernel) serves(root string, small bool) error {
	if !k.Unpacks(small) {
		return fmt.Errorf("kernel %s is older than Linux %s", k.File, firstWithZstd)
	}
	if k.folder(ModuleFolders(root)) == "" {
		return fmt.Errorf("kernel %s has no drivers in %s", k.File, filepath.Join(root, "lib/modules", k.Version))
	}
	return nil
}

// ModuleFolders are where a machine with its files below root has the drivers of
// its kernels, in a folder for each version.
func ModuleFolders(root string) []string {
	return []string{filepath.Join(root, "lib/modules"), filepath.Join(root, "usr/lib/modules")}
}

// kernelFiles are the files that may be kernels of the machine, each by its own
// name and not that of a link. The first is the one to be named when none can be
// read: what runs, or what has the newest name.
func kernelFiles(root, running string) []string {
	var files []string
	for _, pattern := range []string{"boot/vmlinuz*", "lib/modules/*/vmlinuz", "usr/lib/modules/*/vmlinuz"} {
		found, _ := filepath.Glob(filepath.Join(root, pattern)) // the pattern is well formed
		for _, name := range found {
			file, err := filepath.EvalSymlinks(name)
			if err == nil && !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	version := func(file string) string {
		name := strings.TrimPrefix(filepath.Base(file), "vmlinuz")
		if name == "" {
			name = filepath.Base(filepath.Dir(file))
		}
		return strings.TrimPrefix(name, "-")
	}
	slices.SortStableFunc(files, func(a, b string) int { return preferred(version(a), version(b), running) })
	return files
}

// preferred orders versions: the one that runs, then newer before older.
func preferred(a, b, running string) int {
	switch {
	case a == b:
		return 0
	case a == running:
		return -1
	case b == running:
		return 1
	}
	return compareVersions(b, a)
}

// compareVersions orders versions of kernels as Debian does (deb-version(7)):
// words and numbers in turn, numbers by their value. What is on trial (-rc) comes
// before what it is a trial of.
func compareVersions(a, b string) int {
	a, b = strings.ReplaceAll(a, "-rc", "~rc"), strings.ReplaceAll(b, "-rc", "~rc")
	for a != "" || b != "" {
		var wordA, wordB, numberA, numberB string
		wordA, numberA, a = cutNumber(a)
		wordB, numberB, b = cutNumber(b)
		order := cmp.Or(slices.Compare(weights(wordA), weights(wordB)),
			cmp.Compare(len(numberA), len(numberB)), strings.Compare(numberA, numberB))
		if order != 0 {
			return order
		}
	}
	return 0
}

// cutNumber cuts a version behind its first number, which is without zeros in front.
func cutNumber(version string) (word, number, rest string) {
	begin := strings.IndexAny(version, "0123456789")
	if begin < 0 {
		return version, "", ""
	}
	word, number = version[:begin], version[begin:]
	rest = strings.TrimLeft(number, "0123456789")
	return word, strings.TrimLeft(strings.TrimSuffix(number, rest), "0"), rest
}

// weights are those of the letters of a word and of its end: a tilde is less
// than the end, and letters are less than the rest.
func weights(word string) []int {
	var all []int
	for _, c := range []byte(word) {
		switch {
		case c == '~':
			all = append(all, -1)
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			all = append(all, int(c))
		default:
			all = append(all, int(c)+0x100)
		}
	}
	return append(all, 0)
}
