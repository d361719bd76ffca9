// Package image packs a program, a site and a résumé into a disk that boots
// into them and nothing else.
//
// The disk holds one file, which UEFI firmware starts by its name: a unified
// kernel image with kernel, memory disk and command line as sections. BIOSes
// get a loader of four sectors that reads the same file by where it lies. The
// system runs from memory and mounts no disk: a power cut finds nothing half
// written. Kernel and EFI stub are other people's and are handed in.
package image

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
)

// The BIOS loader, made from loader.asm by nasm.
//
//go:embed loader.bin
var loader []byte

// Where the loader keeps what it is told, in bytes; see table in loader.asm.
const (
	tableAt   = 512
	cmdlineAt = tableAt + 16
	cmdlineOf = 256
	partition = 2048 // first sector of the partition: 1 MB, as all tools align
)

// Cmdline is what the kernel is told. The last console is the one /init gets;
// panic reboots after ten seconds; the memory disk may take more than the half
// of memory that is usual, since there is nothing else.
const Cmdline = "console=ttyS0,115200 console=tty0 quiet loglevel=3 panic=10 initramfs_options=size=90% rdinit=/init"

// A System is what goes onto the disk.
type System struct {
	Kernel []byte // a bzImage, or an arm64 Image
	Stub   []byte // the EFI stub for the same machines
	Files  []File // everything that runs; /init among them
	Arch   string // amd64 or arm64
}

// Initrd is the memory disk of the system, packed.
func (s *System) Initrd() ([]byte, error) {
	files := []File{
		{Name: "dev", Mode: fs.ModeDir | 0o755},
		{Name: "dev/console", Mode: fs.ModeCharDevice | 0o600, Dev: [2]uint32{5, 1}},
		{Name: "proc", Mode: fs.ModeDir | 0o555},
		{Name: "sys", Mode: fs.ModeDir | 0o555},
	}
	return archive(append(files, s.Files...))
}

// Disk returns the whole disk. The same system gives the same bytes.
func (s *System) Disk(initrd []byte) ([]byte, error) {
	name := "BOOTX64.EFI"
	if s.Arch == "arm64" {
		name = "BOOTAA64.EFI"
	}
	kernel, memory := &part{name: ".linux", data: s.Kernel}, &part{name: ".initrd", data: initrd}
	file, err := unify(s.Stub, []*part{
		{name: ".osrel", data: []byte("ID=buzzproof\nNAME=buzzproof\nPRETTY_NAME=buzzproof\n")},
		{name: ".cmdline", data: []byte(Cmdline + "\x00")},
		kernel, memory,
	})
	if err != nil {
		return nil, fmt.Errorf("make unified kernel: %w", err)
	}
	volume, at := fat(name, file, partition)
	disk := append(make([]byte, partition*sector), volume...)
	describePartition(disk, len(volume)/sector)
	if s.Arch == "arm64" {
		return disk, nil // no BIOS there
	}
	if len(s.Kernel) < 0x210 || string(s.Kernel[0x202:0x206]) != "HdrS" {
		return nil, errors.New("make disk: the kernel is no bzImage for x86")
	}
	// The partition table stands in the loader's first sector.
	table := append([]byte(nil), disk[440:510]...)
	copy(disk, loader)
	copy(disk[440:], table)
	for i, p := range []*part{kernel, memory} {
		le.PutUint32(disk[tableAt+8*i:], uint32(partition+(at+p.at)/sector))
		le.PutUint32(disk[tableAt+8*i+4:], uint32(len(p.data)))
	}
	copy(disk[cmdlineAt:cmdlineAt+cmdlineOf-1], Cmdline)
	return disk, nil
}

// describePartition writes an MBR with one active EFI system partition.
func describePartition(disk []byte, sectors int) {
	copy(disk[440:], "BUZZ")
	e := disk[446:]
	e[0], e[4] = 0x80, 0xef
	copy(e[1:4], "\xfe\xff\xff") // by sector number, not by cylinder
	copy(e[5:8], "\xfe\xff\xff")
	le.PutUint32(e[8:], partition)
	le.PutUint32(e[12:], uint32(sectors))
	disk[510], disk[511] = 0x55, 0xaa
}
