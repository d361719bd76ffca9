package pid1

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// settle sees to it that crypto/rand answers. A processor without RDRAND in a
// machine without devices gives the kernel nothing to count as entropy, and
// it blocks for ever.
//
// With TLS we wait all the same: keys need the real thing. Without, random
// numbers only spread hash tables and connection numbers, so what there is
// (clock, addresses, jitter of the timer) is credited after five seconds.
// Nothing of it lies on the disk, so two boots are not expected to have the
// same; no key hangs on it.
func settle(ctx context.Context, secure bool, b *board) {
	settleBy(ctx, secure, b, func() bool {
		n, err := unix.Getrandom(make([]byte, 1), unix.GRND_NONBLOCK)
		return err == nil && n == 1
	}, credit)
}

// settleBy is settle with the kernel's answers and what it takes.
func settleBy(ctx context.Context, secure bool, b *board, ready func() bool, credit func([sha256.Size]byte) error) {
	if seeded(ctx, 5*time.Second, ready) {
		return
	}
	if secure {
		b.say("this machine has no source of random numbers, and keys need one: wait, type, or give it one (qemu: -device virtio-rng-pci)")
		seeded(ctx, 1<<63-1, ready)
		return
	}
	if err := credit(jitter()); err != nil {
		b.say("no random numbers: %v", err)
		return
	}
	b.say("this machine has no source of random numbers; the jitter of its timers is taken for one, and no key is made from it")
}

// credit tells the kernel that seed is worth its length, in a struct
// rand_pool_info: entropy in bits, size in bytes, the bytes (random(4)).
func credit(seed [sha256.Size]byte) error {
	var info [8 + sha256.Size]byte
	binary.NativeEndian.PutUint32(info[:], 8*sha256.Size)
	binary.NativeEndian.PutUint32(info[4:], sha256.Size)
	copy(info[8:], seed[:])
	f, err := os.OpenFile("/dev/urandom", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	const addEntropy = 0x40085203 // RNDADDENTROPY
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), addEntropy, uintptr(unsafe.Pointer(&info))); errno != 0 {
		return errno
	}
	return nil
}

// seeded waits until the kernel is ready, and reports whether it is.
func seeded(ctx context.Context, limit time.Duration, ready func() bool) bool {
	for began := time.Now(); ctx.Err() == nil && time.Since(began) < limit; wait(ctx, 100*time.Millisecond) {
		if ready() {
			return true
		}
	}
	return false
}

// jitter mixes the addresses of the network cards, the clock, and how long
// 20,000 short pieces of work took.
func jitter() [sha256.Size]byte {
	h := sha256.New()
	cards, _ := filepath.Glob("/sys/class/net/*/address") // the pattern is well formed
	for _, name := range cards {
		if mac, err := os.ReadFile(name); err == nil {
			h.Write(mac)
		}
	}
	var stamp [8]byte
	for range 20000 {
		binary.NativeEndian.PutUint64(stamp[:], uint64(time.Now().UnixNano()))
		h.Write(stamp[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
