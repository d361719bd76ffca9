package image

import (
	"crypto/sha256"
	"hash/crc32"
)

// Where a disk's parts lie, in sectors (UEFI Specification 2.10, section 5.3).
const (
	gptEntries = 128
	gptTable   = gptEntries * 128 / sector
	partition  = 2048 // 1 MB, as all tools align
)

// efiSystem is the type of the partition that firmware boots from,
// C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
const efiSystem = "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b"

// partitioned returns a disk with volume as its only partition. Old firmware
// finds a master boot record that says that all of the disk is taken.
func partitioned(volume []byte) []byte {
	sectors := partition + len(volume)/sector + gptTable + 1
	disk := make([]byte, sectors*sector)
	copy(disk[partition*sector:], volume)
	protect(disk, sectors)

	table := make([]byte, gptTable*sector)
	copy(table, efiSystem)
	copy(table[16:], guid(volume, 1))
	le.PutUint64(table[32:], partition)
	le.PutUint64(table[40:], uint64(partition+len(volume)/sector-1))
	for i, letter := range "buzzproof" {
		le.PutUint16(table[56+2*i:], uint16(letter))
	}
	copy(disk[2*sector:], table)
	copy(disk[(sectors-1-gptTable)*sector:], table)
	h := head{disk: guid(volume, 0), sectors: sectors, sum: crc32.ChecksumIEEE(table)}
	copy(disk[sector:], h.at(1, sectors-1, 2))
	copy(disk[(sectors-1)*sector:], h.at(sectors-1, 1, sectors-1-gptTable))
	return disk
}

// protect writes a master boot record with one active partition over all of
// the disk: some BIOSes boot from no disk without an active one.
func protect(disk []byte, sectors int) {
	e := disk[446:]
	e[0], e[4] = 0x80, 0xee
	copy(e[1:4], "\x00\x02\x00")
	copy(e[5:8], "\xff\xff\xff") // by sector number, not by cylinder
	le.PutUint32(e[8:], 1)
	le.PutUint32(e[12:], uint32(sectors-1))
	disk[510], disk[511] = 0x55, 0xaa
}

// A head is what both headers of a partition table say.
type head struct {
	disk    []byte
	sectors int
	sum     uint32 // of the table
}

// at is the header that lies in sector own, the other one in other.
func (h head) at(own, other, table int) []byte {
	b := make([]byte, sector)
	copy(b, "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
	le.PutUint64(b[24:], uint64(own))
	le.PutUint64(b[32:], uint64(other))
	le.PutUint64(b[40:], partition)                      // the first sector that can be used: the loader is before it
	le.PutUint64(b[48:], uint64(h.sectors-1-gptTable-1)) // the last one
	copy(b[56:], h.disk)
	le.PutUint64(b[72:], uint64(table))
	le.PutUint32(b[80:], gptEntries)
	le.PutUint32(b[84:], 128)
	le.PutUint32(b[88:], h.sum)
	le.PutUint32(b[16:], crc32.ChecksumIEEE(b[:92]))
	return b
}

// guid is the n-th name made from what it names: the same disk has the same.
func guid(of []byte, n byte) []byte {
	sum := sha256.Sum256(of)
	id := sum[16*n : 16*n+16]
	id[7] = id[7]&0x0f | 0x80 // version 8 of RFC 9562, made in a way of our own
	id[8] = id[8]&0x3f | 0x80
	return id
}
