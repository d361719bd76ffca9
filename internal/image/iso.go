package image

import "strings"

// Where the parts of a CD lie, in its sectors of 2,048 bytes (ECMA-119; El
// Torito Bootable CD-ROM Format Specification 1.0).
const (
	cdSector  = 2048
	cdVolume  = 16 // the descriptors: of the volume, of booting, the end
	cdCatalog = 19
	cdLoader  = 20
	cdPathsLE = 21
	cdPathsBE = 22
	cdRoot    = 23
	cdFile    = 24
)

// cd returns a CD with volume as its only file, which UEFI boots from. A BIOS
// is given loader, when there is one.
func cd(volume, loader []byte) []byte {
	sectors := cdFile + up(len(volume), cdSector)/cdSector
	disk := make([]byte, sectors*cdSector)
	at := func(n int) []byte { return disk[n*cdSector:] }
	describeCD(at(cdVolume), sectors)
	copy(at(cdVolume+1), "\x00CD001\x01EL TORITO SPECIFICATION")
	le.PutUint32(at(cdVolume + 1)[71:], cdCatalog)
	copy(at(cdVolume+2), "\xffCD001\x01")
	catalog(at(cdCatalog), loader != nil)
	copy(at(cdLoader), loader)
	for n, order := range map[int]interface{ PutUint32([]byte, uint32) }{cdPathsLE: le, cdPathsBE: be} {
		b := at(n)
		b[0] = 1 // letters of the root's name, which is none
		order.PutUint32(b[2:], cdRoot)
	}
	le.PutUint16(at(cdPathsLE)[6:], 1)
	be.PutUint16(at(cdPathsBE)[6:], 1)
	folder := at(cdRoot)
	copy(folder, record("\x00", cdRoot, cdSector, true))
	copy(folder[34:], record("\x01", cdRoot, cdSector, true))
	copy(folder[68:], record("DISK.IMG;1", cdFile, len(volume), false))
	copy(at(cdFile), volume)
	return disk
}

// describeCD writes the primary volume descriptor.
func describeCD(b []byte, sectors int) {
	copy(b, "\x01CD001\x01")
	spaces := func(from, to int) { copy(b[from:to], strings.Repeat(" ", to-from)) }
	spaces(8, 72)
	copy(b[40:], "BUZZPROOF")
	both32(b[80:], sectors)
	both16(b[120:], 1) // one medium
	both16(b[124:], 1)
	both16(b[128:], cdSector)
	both32(b[132:], 10) // bytes of the path table
	le.PutUint32(b[140:], cdPathsLE)
	be.PutUint32(b[148:], cdPathsBE)
	copy(b[156:], record("\x00", cdRoot, cdSector, true))
	spaces(190, 813)
	for date := 813; date < 881; date += 17 {
		copy(b[date:], "0000000000000000") // not given
	}
	b[881] = 1
}

// record is a folder's entry for a file in sector at.
func record(name string, at, bytes int, folder bool) []byte {
	r := make([]byte, up(33+len(name), 2))
	r[0] = byte(len(r))
	both32(r[2:], at)
	both32(r[10:], bytes)
	copy(r[18:], "\x50\x01\x01") // 1 January 1980
	if folder {
		r[25] = 2
	}
	both16(r[28:], 1)
	r[32] = byte(len(name))
	copy(r[33:], name)
	return r
}

// catalog writes what can be booted: for a BIOS the loader, for UEFI the file.
func catalog(b []byte, bios bool) {
	const forBIOS, forUEFI = 0, 0xef
	b[0], b[1] = 1, forUEFI
	if bios {
		b[1] = forBIOS
	}
	copy(b[4:], "buzzproof")
	b[30], b[31] = 0x55, 0xaa
	sum := uint16(0)
	for i := 0; i < 32; i += 2 {
		sum += le.Uint16(b[i:])
	}
	le.PutUint16(b[28:], -sum)
	start := func(b []byte, sectors, at int) {
		b[0] = 0x88 // can be booted, as it is
		le.PutUint16(b[6:], uint16(sectors))
		le.PutUint32(b[8:], uint32(at))
	}
	if !bios {
		start(b[32:], 0, cdFile)
		return
	}
	start(b[32:], loaderSectors, cdLoader)
	b[64], b[65], b[66] = 0x91, forUEFI, 1 // the last part, with one entry
	start(b[96:], 0, cdFile)               // up to the end: 16 bits cannot count it
}

// both32 and both16 write a number in both orders of bytes.
func both32(b []byte, n int) {
	le.PutUint32(b, uint32(n))
	be.PutUint32(b[4:], uint32(n))
}

func both16(b []byte, n int) {
	le.PutUint16(b, uint16(n))
	be.PutUint16(b[2:], uint16(n))
}
