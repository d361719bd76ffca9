package image

import "strings"

// A FAT32 file system has at least 65,525 clusters; of one sector each they
// are the smallest one, 33.5 MB.
const (
	sector       = 512
	leastCluster = 65525 + 16
	reserved     = 32 // sectors before the first table
)

// fat writes a FAT32 file system with one file, /EFI/BOOT/name, whose bytes
// lie in one piece. It returns where they begin, in bytes. Every cluster is
// one sector. hidden is how many sectors of the disk stand before.
func fat(name string, data []byte, hidden int) (disk []byte, at int) {
	fileClusters := up(len(data), sector) / sector
	clusters := max(leastCluster, fileClusters+3+1024)
	table := up((clusters+2)*4, sector) / sector // sectors of one table
	disk = make([]byte, (reserved+2*table+clusters)*sector)
	first := (reserved + 2*table) * sector
	const root, efi, boot, file = 2, 3, 4, 5
	place := func(cluster int) []byte { return disk[first+(cluster-2)*sector:] }

	bootRecord(disk, len(disk)/sector, table, hidden, clusters-3-fileClusters, file+fileClusters)
	entries := disk[reserved*sector:]
	next := func(cluster, to int) { le.PutUint32(entries[cluster*4:], uint32(to)) }
	const last = 0x0fffffff
	next(0, 0x0ffffff8)
	next(1, last)
	next(root, last)
	next(efi, last)
	next(boot, last)
	for i := range fileClusters {
		next(file+i, file+i+1)
	}
	next(file+fileClusters-1, last)
	copy(disk[(reserved+table)*sector:], entries[:table*sector])

	entry(place(root), 0, "BUZZPROOF", 0x08, 0, 0)
	entry(place(root), 1, "EFI", 0x10, efi, 0)
	entry(place(efi), 0, ".", 0x10, efi, 0)
	entry(place(efi), 1, "..", 0x10, 0, 0)
	entry(place(efi), 2, "BOOT", 0x10, boot, 0)
	entry(place(boot), 0, ".", 0x10, boot, 0)
	entry(place(boot), 1, "..", 0x10, efi, 0)
	entry(place(boot), 2, name, 0x20, file, len(data))
	copy(place(file), data)
	return disk, first + (file-2)*sector
}

// bootRecord writes the sectors that describe the file system, and their copy.
func bootRecord(disk []byte, sectors, table, hidden, free, nextFree int) {
	b := disk[:sector]
	copy(b, "\xeb\x58\x90BUZZPROF")
	le.PutUint16(b[11:], sector)
	b[13] = 1 // sectors per cluster
	le.PutUint16(b[14:], reserved)
	b[16] = 2 // tables
	b[21] = 0xf8
	le.PutUint16(b[24:], 63)
	le.PutUint16(b[26:], 255)
	le.PutUint32(b[28:], uint32(hidden))
	le.PutUint32(b[32:], uint32(sectors))
	le.PutUint32(b[36:], uint32(table))
	le.PutUint32(b[44:], 2) // root
	le.PutUint16(b[48:], 1) // information
	le.PutUint16(b[50:], 6) // copy
	b[64], b[66] = 0x80, 0x29
	le.PutUint32(b[67:], 0xb0229600)
	copy(b[71:], "BUZZPROOF  FAT32   ")
	b[510], b[511] = 0x55, 0xaa
	info := disk[sector : 2*sector]
	copy(info, "RRaA")
	copy(info[484:], "rrAa")
	le.PutUint32(info[488:], uint32(free))
	le.PutUint32(info[492:], uint32(nextFree))
	info[510], info[511] = 0x55, 0xaa
	copy(disk[6*sector:], disk[:2*sector])
}

// entry writes the i-th entry of a folder: a name of 8 and 3 letters.
func entry(folder []byte, i int, name string, kind byte, cluster, size int) {
	e := folder[i*32 : i*32+32]
	base, extension := name, ""
	if name[0] != '.' {
		base, extension, _ = strings.Cut(name, ".")
	}
	copy(e, "           ")
	copy(e[:min(8, len(e))], base)
	if len(base) > 8 {
		copy(e[8:11], base[8:]) // a label may use all eleven
	}
	copy(e[8+max(0, len(base)-8):11], extension)
	e[11] = kind
	for _, date := range []int{16, 18, 24} {
		le.PutUint16(e[date:], 1<<5|1) // 1 January 1980
	}
	le.PutUint16(e[20:], uint16(cluster>>16))
	le.PutUint16(e[26:], uint16(cluster))
	le.PutUint32(e[28:], uint32(size))
}
