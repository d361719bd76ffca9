// Package image packs a program, a site and a résumé into a disk that boots
// into them and nothing else.
//
// The disk holds kernel and memory disk as files of one FAT volume, and a
// loader of ours for each kind of firmware: UEFI starts efi.asm by its name
// and has it read the files, a BIOS starts loader.asm, which reads them by
// where they lie. On arm64 they are sections of one file behind an EFI stub.
// The system runs from memory and mounts no disk: a power cut finds nothing
// half written. Kernel and stub are other people's and are handed in.
package image

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// The loaders, made from loader.asm and efi.asm by nasm.
var (
	//go:embed loader.bin
	loader []byte
	//go:embed efi.bin
	efiLoader []byte
)

// Where the loaders keep what they are told, in bytes; see the tables in
// loader.asm and efi.asm.
const (
	tableAt       = 512
	efiTableAt    = 4096
	cmdlineAfter  = 16 // bytes after the beginning of either table
	cmdlineOf     = 256
	neededAfter   = cmdlineAfter + cmdlineOf
	leastAfter    = neededAfter + 4
	loaderSectors = 4
	loaderRest    = 34 // sector of the second part of the loader
)

// Cmdline is what the kernel is told. The last console is the one /init gets;
// panic reboots after ten seconds. A ramfs has no limit: a tmpfs would have half
// of memory, of which the firmware's still counts as taken when that is asked.
// The memory disk is unpacked, and its packed form let go, before drivers want
// memory: 128 MB are too few for all three at a time.
const Cmdline = "console=ttyS0,115200 console=tty0 quiet loglevel=3 panic=10 initramfs_async=0 rootfstype=ramfs rdinit=/init"

// Formats are the forms that a disk is written in.
var Formats = []string{"raw", "qcow2", "iso"}

// A System is what goes onto the disk.
type System struct {
	Kernel []byte // a bzImage, or an arm64 Image
	Stub   []byte // the EFI stub for arm64; amd64 needs none
	Files  []File // everything that runs; /init among them
	Arch   string // amd64 or arm64
	Small  bool   // take xz for the memory disk, see packSmall
	Needs  int    // MB in which the kernel starts; the loaders say so where there is less, but for arm64
}

// Initrd is the memory disk of the system, packed.
func (s *System) Initrd() ([]byte, error) {
	files := []File{
		{Name: "dev", Mode: fs.ModeDir | 0o755},
		{Name: "dev/console", Mode: fs.ModeCharDevice | 0o600, Dev: [2]uint32{5, 1}},
		{Name: "proc", Mode: fs.ModeDir | 0o555},
		{Name: "sys", Mode: fs.ModeDir | 0o555},
	}
	all := archive(append(files, s.Files...))
	if s.Small {
		return packSmall(all, s.Arch)
	}
	return packFast(all)
}

// Disk returns the whole disk in one of the Formats. The same system gives the
// same bytes.
func (s *System) Disk(initrd []byte, format string) ([]byte, error) {
	if s.Arch == "arm64" {
		return s.diskARM(initrd, format)
	}
	if err := checkBzImage(s.Kernel); err != nil {
		return nil, fmt.Errorf("make disk: %w", err)
	}
	boot := &volumeFile{name: "BOOTX64.EFI", data: append([]byte(nil), efiLoader...)}
	le.PutUint32(boot.data[efiTableAt:], uint32(len(s.Kernel)))
	le.PutUint32(boot.data[efiTableAt+4:], uint32(len(initrd)))
	least := s.Least(len(initrd))
	s.tell(boot.data[efiTableAt:], least)
	parts := []*volumeFile{{name: "LINUX", data: s.Kernel}, {name: "INITRD", data: initrd}}
	if format == "iso" {
		if realMode(s.Kernel)%cdSector != 0 {
			return nil, errors.New("make CD: the kernel's parts do not begin at sectors of a CD; make the disk in another format")
		}
		volume := fat(boot, parts, 0)
		return cd(volume, s.biosLoader(parts, cdFile*cdSector/sector, least)), nil
	}
	volume := fat(boot, parts, partition)
	disk := partitioned(volume)
	first := s.biosLoader(parts, partition, least)
	copy(disk, first[:440])
	copy(disk[loaderRest*sector:], first[sector:])
	return inFormat(disk, format), nil
}

// diskARM is a disk for arm64, where all firmware is UEFI.
func (s *System) diskARM(initrd []byte, format string) ([]byte, error) {
	file, err := unify(s.Stub, []part{
		{name: ".osrel", data: []byte("ID=buzzproof\nNAME=buzzproof\nPRETTY_NAME=buzzproof\n")},
		{name: ".cmdline", data: []byte(strings.Replace(Cmdline, "ttyS0", "ttyAMA0", 1) + "\x00")},
		{name: ".linux", data: s.Kernel},
		{name: ".initrd", data: initrd},
	})
	if err != nil {
		return nil, fmt.Errorf("make unified kernel: %w", err)
	}
	boot := &volumeFile{name: "BOOTAA64.EFI", data: file}
	if format == "iso" {
		return cd(fat(boot, nil, 0), nil), nil
	}
	return inFormat(partitioned(fat(boot, nil, partition)), format), nil
}

func inFormat(disk []byte, format string) []byte {
	if format == "qcow2" {
		return qcow2(disk)
	}
	return disk
}

// biosLoader is the loader that knows where kernel and memory disk lie on a
// volume that begins at sector begin.
func (s *System) biosLoader(parts []*volumeFile, begin int, least int) []byte {
	told := append([]byte(nil), loader...)
	for i, f := range parts {
		le.PutUint32(told[tableAt+8*i:], uint32(begin+f.at/sector))
		le.PutUint32(told[tableAt+8*i+4:], uint32(len(f.data)))
	}
	s.tell(told[tableAt:], least)
	return told
}

// tell writes into a loader's table what is the same in both.
func (s *System) tell(table []byte, least int) {
	copy(table[cmdlineAfter:][:cmdlineOf-1], Cmdline)
	le.PutUint32(table[neededAfter:], uint32(s.Needs))
	le.PutUint32(table[leastAfter:], uint32(least))
}

// Least is the MB of memory below which no machine can unpack a memory disk that
// takes so many bytes when it is packed; zero where the kernel is no bzImage.
// The disk is there twice then, its files in whole pages, and beside it the
// kernel, which says what it unpacks itself in. That is 3 to 6 MB more than what
// stays of it, and what it takes for itself 15 and more: a machine that would
// start has more than Least.
func (s *System) Least(packed int) int {
	if checkBzImage(s.Kernel) != nil {
		return 0
	}
	const initSize = 0x260 // Documentation/arch/x86/boot.rst
	all := int(le.Uint32(s.Kernel[initSize:])) + packed
	for _, f := range s.Files {
		all += f.Pages()
	}
	return all >> 20
}

// checkBzImage looks at a kernel's header (Documentation/arch/x86/boot.rst):
// protocol 2.12 is the first whose kernels are entered in 64 bits.
func checkBzImage(kernel []byte) error {
	const entered64 = 1
	if len(kernel) < 0x290 || string(kernel[0x202:0x206]) != "HdrS" || len(kernel) < realMode(kernel) {
		return errors.New("the kernel is no bzImage for x86")
	}
	if le.Uint16(kernel[0x206:]) < 0x20c || le.Uint16(kernel[0x236:])&entered64 == 0 {
		return errors.New("the kernel is none for 64 bits, or older than Linux 3.8")
	}
	if paragraphs := int64(le.Uint32(kernel[0x1f4:])); int64(len(kernel)) < int64(realMode(kernel))+16*paragraphs {
		return errCut
	}
	return nil
}

// realMode is how many bytes of a bzImage come before what is put at 1 MB.
func realMode(kernel []byte) int { return (int(kernel[0x1f1]) + 1) * sector }
