package image

import "strings"

// A FAT32 file system has at least 65,525 clusters; of one sector each they
// are the smallest one, 33.5 MB.
const (
	sector       = 512
	leastCluster = 65525 + 16
	reserved     = 32 // sectors before the first table
	track        = 8  // sectors: files begin at multiples of 4 KB, as CDs and flash want
)

// A volumeFile is a file on a volume.
type volumeFile struct {
	name string // of 8 and 3 capital letters
	data []byte
	at   int // where on the volume it came to lie, in bytes
}

// fat writes a FAT32 file system with boot in /EFI/BOOT and the others in the
// root. Each lies in one piece, which is noted. Every cluster is one sector.
// hidden is how many sectors of the disk stand before.
func fat(boot *volumeFile, others []*volumeFile, hidden int) []byte {
	const root, efi, folder, first = 2, 3, 4, 2 + track
	files := append([]*volumeFile{boot}, others...)
	end := first
	begins := map[*volumeFile]int{}
	for _, f := range files {
		begins[f] = end
		end = 2 + up(end-2+up(len(f.data), sector)/sector, track)
	}
	clusters := max(leastCluster, end+1024)
	table := up(up((clusters+2)*4, sector)/sector, track/2) // sectors of one table; two are whole tracks
	disk := make([]byte, (reserved+2*table+clusters)*sector)
	place := func(cluster int) []byte { return disk[(reserved+2*table+cluster-2)*sector:] }
	chains := disk[reserved*sector:]
	next := func(cluster, to int) { le.PutUint32(chains[cluster*4:], uint32(to)) }
	const last = 0x0fffffff
	next(0, 0x0ffffff8)
	next(1, last)
	for _, cluster := range []int{root, efi, folder} {
		next(cluster, last)
	}

	entry(place(root), 0, "BUZZPROOF", 0x08, 0, 0)
	entry(place(root), 1, "EFI", 0x10, efi, 0)
	entry(place(efi), 0, ".", 0x10, efi, 0)
	entry(place(efi), 1, "..", 0x10, 0, 0)
	entry(place(efi), 2, "BOOT", 0x10, folder, 0)
	entry(place(folder), 0, ".", 0x10, folder, 0)
	entry(place(folder), 1, "..", 0x10, efi, 0)
	used := 3
	for i, f := range files {
		cluster, count := begins[f], up(len(f.data), sector)/sector
		for c := range count {
			next(cluster+c, cluster+c+1)
		}
		next(cluster+count-1, last)
		used += count
		f.at = (reserved + 2*table + cluster - 2) * sector
		copy(disk[f.at:], f.data)
		if f == boot {
			entry(place(folder), 2, f.name, 0x20, cluster, len(f.data))
		} else {
			entry(place(root), 1+i, f.name, 0x20, cluster, len(f.data))
		}
	}
	copy(disk[(reserved+table)*sector:], chains[:table*sector])
	bootRecord(disk, len(disk)/sector, table, hidden, clusters-used, end)
	return disk
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
