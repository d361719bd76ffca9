package app

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"buzzproof/internal/image"
	"buzzproof/internal/program"
)

// armStub is where Debian keeps the EFI stub for arm64.
const armStub = "/usr/lib/systemd/boot/efi/linuxaa64.efi.stub"

// readProgram reads what is loaded of a program and tells for which processor
// it is. It must need nothing beside itself: there is nothing else on the disk.
// A small one does without lines of source.
func readProgram(name string, small bool) (binary []byte, arch string, err error) {
	f, err := program.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	arch, known := archs[f.ELF.Machine]
	switch {
	case !f.Static():
		return nil, "", fmt.Errorf("program %s needs libraries, and the disk has none\nbuild it with CGO_ENABLED=0, or name another with --program", name)
	case !known:
		return nil, "", fmt.Errorf("program %s: no disk is made for %s", name, f.ELF.Machine)
	}
	if binary, err = io.ReadAll(f.Loaded()); err != nil {
		return nil, "", fmt.Errorf("read program: %w", err)
	}
	if small {
		if binary, err = image.WithoutLines(binary, f.ELF); err != nil {
			return nil, "", fmt.Errorf("program %s: --small: %w\nmake the disk without --small", name, err)
		}
	}
	return binary, arch, nil
}

// archs are the processors that a disk can be made for, as Go names them.
var archs = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}

// writeFile writes under another name first: half a disk must not look whole.
func writeFile(name string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// runImage boots the disk in qemu until ctx ends, with the memory that it
// wants and no less than 256 MB. Emulation alone: it runs everywhere.
func (p *Program) runImage(ctx context.Context, o *imageOptions, memory int) error {
	qemu, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		return errors.New("--run needs qemu, which is not installed\ninstall it: apt-get install qemu-system-x86; the disk is made all the same")
	}
	ports, addresses, err := o.forwarded()
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "booting, some 20 s: %s\nCtrl-C switches it off\n", strings.Join(addresses, " and "))
	kind := "format=" + o.format
	if o.format == "iso" {
		kind = "media=cdrom,format=raw"
	}
	drive := kind + ",file=" + strings.ReplaceAll(o.out, ",", ",,") // as qemu wants commas in a name
	cmd := exec.CommandContext(ctx, qemu, "-accel", "tcg", "-m", strconv.Itoa(max(256, memory)), "-no-reboot", "-snapshot",
		"-drive", drive, "-nic", "user,model=virtio-net-pci"+ports, "-device", "virtio-rng-pci",
		"-display", "none", "-monitor", "none", "-serial", "stdio")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, p.Stdout, p.Stderr
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run qemu: %w", err)
	}
	return nil
}

// An insidePort is one of the machine that is reached from here.
type insidePort struct{ number, scheme, note string }

// forwarded are the machine's ports as qemu wants to be told of them, each
// behind one here that is free now, and where they are reached.
func (o *imageOptions) forwarded() (ports string, addresses []string, err error) {
	inside := []insidePort{{number: "80", scheme: "http"}}
	if o.tls != "" { // port 80 would send visitors to a port 443 that is another's here
		inside = []insidePort{{number: "443", scheme: "https"}}
	}
	if o.watch != "" {
		inside = append(inside, insidePort{watchPort, "http", " (to watch)"})
	}
	var held []net.Listener
	for _, in := range inside {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, fmt.Errorf("find a port: %w", err)
		}
		held = append(held, l)
		ports += ",hostfwd=tcp:" + l.Addr().String() + "-:" + in.number
		addresses = append(addresses, in.scheme+"://"+l.Addr().String()+in.note)
	}
	for _, l := range held { // all at once: each gets another one
		if err := l.Close(); err != nil {
			return "", nil, fmt.Errorf("find a port: %w", err)
		}
	}
	return ports, addresses, nil
}
