package pid1

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// drive loads the kernel's drivers that the disk brings, if the kernel has not
// all of them built in. Their names say in which order. One for a machine of
// another kind refuses, which is no fault.
func drive(b *board) {
	names, _ := filepath.Glob("/lib/modules/*.ko") // the pattern is well formed, and sorted
	for _, name := range names {
		if err := load(name); err != nil && !errors.Is(err, unix.ENODEV) && !errors.Is(err, unix.EEXIST) {
			b.say("driver %s: %v", filepath.Base(name), err)
		}
		_ = os.Remove(name) // the kernel has its own copy
	}
}

func load(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), "", 0)
}
