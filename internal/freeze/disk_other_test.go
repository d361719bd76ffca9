//go:build !linux

package freeze

import "errors"

func smallDisk(string) error { return errors.New("only Linux has disks in memory") }
