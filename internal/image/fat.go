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

// The first clusters: the root, /EFI, /EFI/BOOT, and where files begin.
const (
	rootCluster = 2 + iota
	efiCluster
	bootCluster
	fileCluster = 2 + track
)

// lastCluster ends a chain.
const lastCluster = 0x0fffffff

// A volumeFile is a file on a volume.
type volumeFile struct {
	name    string // of 8 and 3 capital letters
	data    []byte
	cluster int // the first one
	at      int // where on the volume it came to lie, in bytes
}

func (f *volumeFile) clusters() int { return up(len(f.data), sector) / sector }

// fat writes a FAT32 file system with boot in /EFI/BOOT and the others in the
// root. Each lies in one piece, which is noted. Every cluster is one sector.
// hidden is how many sectors of the disk stand before.
func fat(boot *volumeFile, others []*volumeFile, hidden int) []byte {
	files := append([]*volumeFile{boot}, others...)
	end, used := fileCluster, 3
	for _, f := range files {
		f.cluster = end
		end = 2 + up(end-2+f.clusters(), track)
		used += f.clusters()
	}
	clusters := max(leastCluster, end+1024)
	table := up(up((clusters+2)*4, sector)/sector, track/2) // sectors of one table; two are whole tracks
	first := (reserved + 2*table - 2) * sector              // where a cluster 0 would be
	disk := make([]byte, (reserved+2*table+clusters)*sector)
	chain(disk[reserved*sector:], files)
	copy(disk[(reserved+table)*sector:], disk[reserved*sector:][:table*sector])
	for _, f := range files {
		f.at = first + f.cluster*sector
		copy(disk[f.at:], f.data)
	}
	folders(disk[first:], boot, others)
	bootRecord(disk, len(disk)/sector, table, hidden, clusters-used, end)
	return disk
}

// chain writes into the table which cluster follows which.
func chain(table []byte, files []*volumeFile) {
	next := func(cluster, to int) { le.PutUint32(table[cluster*4:], uint32(to)) }
	next(0, 0x0ffffff8)
	next(1, lastCluster)
	for _, cluster := range []int{rootCluster, efiCluster, bootCluster} {
		next(cluster, lastCluster)
	}
	for _, f := range files {
		for c := range f.clusters() {
			next(f.cluster+c, f.cluster+c+1)
		}
		next(f.cluster+f.clusters()-1, lastCluster)
	}
}

// folders writes the root, /EFI and /EFI/BOOT.
func folders(clusters []byte, boot *volumeFile, others []*volumeFile) {
	const volume, folder, file = 0x08, 0x10, 0x20
	root, efi, inner := clusters[rootCluster*sector:], clusters[efiCluster*sector:], clusters[bootCluster*sector:]
	entry(root, 0, "BUZZPROOF", volume, 0, 0)
	entry(root, 1, "EFI", folder, efiCluster, 0)
	entry(efi, 0, ".", folder, efiCluster, 0)
	entry(efi, 1, "..", folder, 0, 0)
	entry(efi, 2, "BOOT", folder, bootCluster, 0)
	entry(inner, 0, ".", folder, bootCluster, 0)
	entry(inner, 1, "..", folder, efiCluster, 0)
	entry(inner, 2, boot.name, file, boot.cluster, len(boot.data))
	for i, f := range others {
		entry(root, 2+i, f.name, file, f.cluster, len(f.data))
	}
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
	copy(e[:8], base)
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
