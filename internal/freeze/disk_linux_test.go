package freeze

import "syscall"

// smallDisk mounts a disk of 1 MB in memory.
func smallDisk(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m") }
