package tun

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// A space is a network namespace, held by a thread that does in it what it is
// asked to do.
type space struct {
	jobs chan func()
}

// newSpace makes an empty namespace. Close ends it.
func newSpace() (*space, error) {
	s := &space{jobs: make(chan func())}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		made <- err
		if err != nil {
			return
		}
		for job := range s.jobs {
			job()
		}
	}()
	if err := <-made; err != nil {
		if errors.Is(err, unix.EPERM) {
			err = fmt.Errorf("%w\nit takes root: sudo; the same rehearsal without --tun does not", err)
		}
		return nil, fmt.Errorf("make a network namespace: %w", err)
	}
	return s, nil
}

func (s *space) close() { close(s.jobs) }

// do runs f on the thread of the namespace.
func (s *space) do(f func() error) error {
	done := make(chan error)
	s.jobs <- func() { done <- f() }
	return <-done
}

// ip runs one line of the ip program inside the namespace.
func (s *space) ip(line string) error {
	return s.do(func() error {
		out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", line, err, strings.TrimSpace(string(out)))
		}
		return nil
	})
}

// sysctl sets a value below net, which every namespace has its own of.
func (s *space) sysctl(name, value string) error {
	return s.do(func() error {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
			return fmt.Errorf("set net/%s to %q: %w", name, value, err)
		}
		return nil
	})
}

// device makes a TUN device in the namespace. What the kernel sends is read
// from the file, one packet a read, and what is written to it arrives.
func (s *space) device(name string) (f *os.File, err error) {
	err = s.do(func() error {
		fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err != nil {
			return fmt.Errorf("open /dev/net/tun: %w", err)
		}
		request, err := unix.NewIfreq(name)
		if err != nil {
			return err
		}
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
			_ = unix.Close(fd) // the ioctl's error says more
			return fmt.Errorf("make the device %s: %w", name, err)
		}
		f = os.NewFile(uintptr(fd), name)
		return nil
	})
	return f, err
}
