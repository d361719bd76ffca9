package refuge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A hostFile is one file of a release.
type hostFile struct {
	name   string // in the release, slash-separated
	from   string // where it is here
	link   string // what it points to, of a symbolic link
	digest string
	size   int64
	mode   int64
}

// release lists what a release consists of and names it by its content: the
// site, the program that serves it, and its certificate.
func (h *host) release(t Tree, machine string) (id string, files []hostFile, err error) {
	if files, err = storeFiles(t); err != nil {
		return "", nil, fmt.Errorf("list the snapshot in %s: %w", t.Dir, err)
	}
	program, err := h.program(machine)
	if err != nil {
		return "", nil, err
	}
	files = append(files, hostFile{name: "buzzproof", from: program, mode: 0o755})
	if h.Cert != "" {
		files = append(files, hostFile{name: "tls/cert.pem", from: h.Cert, mode: 0o600}, hostFile{name: "tls/key.pem", from: h.CertKey, mode: 0o600})
	}
	sum := sha256.New()
	for i := range files {
		f := &files[i]
		if f.link == "" {
			if f.digest, f.size, err = digestOf(f.from); err != nil {
				return "", nil, err
			}
		}
		fmt.Fprintf(sum, "%s\x00%s%s\x00", f.name, f.digest, f.link)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], files, nil
}

// storeFiles lists the current snapshot of a store with its renditions, or a
// plain folder without what is hidden.
func storeFiles(t Tree) (files []hostFile, err error) {
	current, linked := os.Readlink(filepath.Join(t.Dir, "current"))
	roots := []string{"."}
	if linked == nil {
		files = append(files, hostFile{name: "site/current", link: filepath.ToSlash(current)})
		roots = []string{filepath.Dir(current), "renditions"}
	}
	for _, root := range roots {
		more, err := folderFiles(t.Dir, root, linked == nil)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	slices.SortFunc(files, func(a, b hostFile) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

func folderFiles(dir, root string, store bool) (files []hostFile, err error) {
	origin := filepath.Join(dir, root, "origin")
	err = filepath.WalkDir(filepath.Join(dir, root), func(path string, d fs.DirEntry, err error) error {
		hidden := !store && strings.HasPrefix(filepath.Base(path), ".") && filepath.Base(path) != ".well-known" && path != dir
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == filepath.Join(dir, root):
			return nil // nothing was rendered yet
		case err != nil:
			return err
		case d.IsDir() && (hidden || store && path == origin):
			return fs.SkipDir
		case !d.Type().IsRegular() || hidden:
			return nil
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, hostFile{name: "site/" + filepath.ToSlash(name), from: path, mode: 0o644})
		return err
	})
	return files, err
}

// program is a buzzproof that runs on such a machine, as uname -m calls it.
func (h *host) program(machine string) (string, error) {
	fits := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64"}
	switch {
	case h.Program != "":
		return h.Program, nil
	case runtime.GOOS == "linux" && fits[runtime.GOARCH] == machine:
		path, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find our own program: %w", err)
		}
		return path, nil
	}
	return "", fmt.Errorf("%s is a %s, for which this program is not made: set program", h.Address, machine)
}

func digestOf(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, fmt.Errorf("read a file of the release: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), n, nil
}
