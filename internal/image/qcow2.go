package image

import (
	"bytes"
	"encoding/binary"
)

var be = binary.BigEndian

const (
	qcowBits    = 16
	qcowCluster = 1 << qcowBits
)

// qcow2 returns disk in qemu's form, version 3, without the clusters that are
// empty (qemu, docs/interop/qcow2.txt). In this order: the header, the table
// of the reference counts, the counts, the tables of where data lies (L1 and
// L2), the data.
func qcow2(disk []byte) []byte {
	clusters := up(len(disk), qcowCluster) / qcowCluster
	const perTable = qcowCluster / 8 // addresses in a cluster
	const perBlock = qcowCluster / 2 // counts in a cluster
	tables := up(clusters, perTable) / perTable
	// One count for every cluster that there could be; the table of counts and
	// L1, of one cluster each, reach 16 TB and 4 TB.
	blocks := up(3+tables+clusters+clusters/perBlock+1, perBlock) / perBlock
	counts, l1, l2 := 2, 2+blocks, 3+blocks
	file := make([]byte, (l2+tables)*qcowCluster)

	const copied = 1 << 63 // nobody else refers to it
	for i := range tables {
		be.PutUint64(file[l1*qcowCluster+8*i:], copied|uint64((l2+i)*qcowCluster))
	}
	nothing := make([]byte, qcowCluster)
	for i := range clusters {
		data := disk[i*qcowCluster : min(len(disk), (i+1)*qcowCluster)]
		if bytes.Equal(data, nothing[:len(data)]) {
			continue
		}
		be.PutUint64(file[l2*qcowCluster+8*i:], copied|uint64(len(file)))
		file = append(append(file, data...), nothing[len(data):]...)
	}
	for i := range blocks {
		be.PutUint64(file[qcowCluster+8*i:], uint64((counts+i)*qcowCluster))
	}
	for i := range len(file) / qcowCluster {
		be.PutUint16(file[counts*qcowCluster+2*i:], 1)
	}

	copy(file, "QFI\xfb")
	be.PutUint32(file[4:], 3)
	be.PutUint32(file[20:], qcowBits)
	be.PutUint64(file[24:], uint64(len(disk)))
	be.PutUint32(file[36:], uint32(tables))
	be.PutUint64(file[40:], uint64(l1*qcowCluster))
	be.PutUint64(file[48:], qcowCluster) // the table of reference counts
	be.PutUint32(file[56:], 1)           // its clusters
	be.PutUint32(file[96:], 4)           // counts of 16 bits
	be.PutUint32(file[100:], 104)        // bytes of this header
	return file
}
