package snapshot

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncTree brings everything below dir to the disk: syncfs(2) flushes the file
// system that holds it, once, and reports what could not be written.
func syncTree(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(d.Fd())), d.Close())
}
