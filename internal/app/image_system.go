package app

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"buzzproof/internal/image"
	"buzzproof/internal/pid1"
)

// memoryFor is how many MB a machine needs for a system, with its memory disk
// packed, and that site, in steps of 16. System and server fill 128, and 32 more
// with a kernel of many drivers; the site is there twice while the disk is
// unpacked, the second time in whole pages, and of each file and folder the
// kernel keeps 1 KB: its inode and its name.
func memoryFor(s *image.System, pinned bool, initrd []byte, site []image.File) int {
	size := 0
	for _, f := range site {
		size += len(f.Data) + f.Pages() + 1024
	}
	need := 128e6 + size
	if !pinned {
		need += 32e6
	}
	if s.Arch == "arm64" {
		need = max(160e6+len(s.Kernel)+size, memoryToStart(s, initrd))
	} else {
		need = max(need, memoryToUnpack(s, pinned, initrd)*1e6)
	}
	return (need/1e6 + 15) / 16 * 16
}

// memoryToUnpack is in how many MB a kernel for x86 starts: beyond the least to
// unpack its disk the pinned one takes 19 for itself, and Debian's 29.
func memoryToUnpack(s *image.System, pinned bool, initrd []byte) int {
	own := 19
	if !pinned {
		own = 29
	}
	return s.Least(len(initrd)) + own
}

// memoryToStart is how many bytes UEFI and the stub need on arm64, at most: the one
// file of the disk four times, and its kernel, which is not packed, once more.
// Measured in steps of 16 MB with files of 40, 60, 80, 71 and 91 MB, of which the
// kernel was 27 in the first three and 59 in the others: 176, 256, 352, 336, 368.
func memoryToStart(s *image.System, initrd []byte) int {
	return 4*(len(s.Kernel)+len(initrd)) + len(s.Kernel)
}

// mode of a disk: keys on it are for its owner alone.
func (o *imageOptions) mode() fs.FileMode {
	if o.tls != "" || o.watch != "" {
		return 0o600
	}
	return 0o644
}

// settings are the files that tell the system of the site in dir what it is.
func (o *imageOptions) settings(dir string, source []byte) ([]image.File, error) {
	s, state, err := o.system(dir)
	if err != nil {
		return nil, err
	}
	files := []image.File{
		{Name: "etc", Mode: fs.ModeDir | 0o755},
		{Name: "srv", Mode: fs.ModeDir | 0o755},
		{Name: "srv/state", Mode: fs.ModeDir | 0o700},
	}
	files = append(files, state...)
	if o.tls != "" {
		keys, err := o.keys()
		if err != nil {
			return nil, err
		}
		files = append(files, keys...)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	files = append(files, image.File{Name: strings.TrimPrefix(pid1.SettingsFile, "/"), Mode: 0o444, Data: raw})
	if source != nil {
		files = append(files, image.File{Name: "etc/resume.json", Mode: 0o444, Data: source})
	}
	return files, nil
}

// system is what process 1 is told, with the files of the state that goes along.
func (o *imageOptions) system(dir string) (s pid1.Settings, state []image.File, err error) {
	addresses, gateways, err := o.network()
	if err != nil {
		return s, nil, err
	}
	s = pid1.Settings{Addresses: addresses, Gateways: gateways, Secure: o.tls != "", Listen: []string{":80"}}
	s.Command = []string{"up", "/site", "--listen", pid1.Port(0), "--uplink", o.uplink, "--lighten=false", "--state", "/state", "--history=false"}
	if o.tls != "" {
		s.Listen = []string{":443", ":80"}
		s.Command = append(s.Command, "--redirect-http", pid1.Port(1), "--tls", "/tls/cert.pem,/tls/key.pem")
	}
	watch, state, err := o.watching(dir, len(s.Listen))
	if err != nil {
		return s, nil, err
	}
	s.Command = append(s.Command, watch...)
	if o.watch != "" {
		s.Listen = append(s.Listen, ":"+watchPort)
	}
	return s, state, nil
}

// keys are the certificate and its key.
func (o *imageOptions) keys() ([]image.File, error) {
	cert, key, _ := strings.Cut(o.tls, ",")
	// A machine without a console that anybody watches is the wrong place to learn it.
	if _, err := tls.LoadX509KeyPair(cert, key); err != nil {
		return nil, fmt.Errorf("--tls %s: %w", o.tls, err)
	}
	files := []image.File{{Name: "srv/tls", Mode: fs.ModeDir | 0o755}}
	for _, f := range []struct{ name, from string }{{"cert", cert}, {"key", key}} {
		data, err := os.ReadFile(f.from)
		if err != nil {
			return nil, fmt.Errorf("--tls: %w", err)
		}
		files = append(files, image.File{Name: "srv/tls/" + f.name + ".pem", Mode: 0o444, Data: data})
	}
	return files, nil
}
