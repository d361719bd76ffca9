package tun

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// allowed lists what others than the first namespace may choose. It is a file
// of the whole machine.
const allowed = "/proc/sys/net/ipv4/tcp_allowed_congestion_control"

// setCongestion makes TCP of the spaces use a congestion control. The kernel
// lets a new namespace choose only what the machine allows to all, so it is
// allowed for the moment that the choice takes.
func setCongestion(name string, spaces ...*space) (err error) {
	before, err := os.ReadFile(allowed)
	if err != nil {
		return err
	}
	if names := strings.Fields(string(before)); !slices.Contains(names, name) {
		if err := os.WriteFile(allowed, []byte(strings.Join(append(names, name), " ")), 0); err != nil {
			return fmt.Errorf("allow congestion control %s: %w", name, err)
		}
		defer func() { err = errors.Join(err, os.WriteFile(allowed, before, 0)) }()
	}
	for _, s := range spaces {
		if err := s.sysctl("ipv4/tcp_congestion_control", name); err != nil {
			if errors.Is(err, unix.ENOENT) {
				err = fmt.Errorf("%w: this kernel does not have it", err)
			}
			return err
		}
	}
	return nil
}
