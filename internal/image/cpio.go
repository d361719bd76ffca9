package image

import (
	"bytes"
	"fmt"
	"io/fs"
)

// A File is one file, folder or device of the system's memory disk.
type File struct {
	Name string // path without the leading slash
	Mode fs.FileMode
	Data []byte
	Dev  [2]uint32 // major and minor number of a device
}

// Pages is how many bytes of memory the file takes there: whole pages of it.
func (f *File) Pages() int { return up(len(f.Data), 4096) }

// archive writes files in the kernel's form (newc cpio). Times and owners are
// zero: the same files give the same bytes.
func archive(files []File) []byte {
	var b bytes.Buffer
	for i, f := range append(files, File{Name: "TRAILER!!!"}) {
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			i+1, unixMode(f.Mode), 0, 0, 1, 0, len(f.Data), 0, 0, f.Dev[0], f.Dev[1], len(f.Name)+1, 0, f.Name)
		pad(&b, 4)
		b.Write(f.Data)
		pad(&b, 4)
	}
	return b.Bytes()
}

func pad(b *bytes.Buffer, to int) {
	for b.Len()%to != 0 {
		b.WriteByte(0)
	}
}

// unixMode is a mode as the kernel's archive has it (inode(7)).
func unixMode(m fs.FileMode) uint32 {
	kind := uint32(0o100000)
	switch {
	case m.IsDir():
		kind = 0o040000
	case m&fs.ModeSymlink != 0:
		kind = 0o120000
	case m&fs.ModeCharDevice != 0:
		kind = 0o020000
	}
	return kind | uint32(m.Perm())
}
