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
func settle(ctx context.Context, secure bool) {
	if seeded(ctx, 5*time.Second) {
		return
	}
	if secure {
		say("buzzproof: this machine has no source of random numbers, and keys need one: wait, type, or give it one (qemu: -device virtio-rng-pci)")
		seeded(ctx, 1<<63-1)
		return
	}
	seed := jitter()
	// struct rand_pool_info: entropy in bits, size in bytes, the bytes.
	var info [8 + sha256.Size]byte
	binary.NativeEndian.PutUint32(info[:], 8*sha256.Size)
	binary.NativeEndian.PutUint32(info[4:], sha256.Size)
	copy(info[8:], seed[:])
	f, err := os.OpenFile("/dev/urandom", os.O_WRONLY, 0)
	if err != nil {
		say("buzzproof: no entropy: %v", err)
		return
	}
	defer f.Close()
	const addEntropy = 0x40085203 // RNDADDENTROPY
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), addEntropy, uintptr(unsafe.Pointer(&info))); errno != 0 {
		say("buzzproof: credit entropy: %v", errno)
	}
}

// seeded waits until the kernel has enough entropy, and reports whether it has.
func seeded(ctx context.Context, limit time.Duration) bool {
	probe := make([]byte, 1)
	for began := time.Now(); ctx.Err() == nil && time.Since(began) < limit; wait(ctx, 100*time.Millisecond) {
		if n, err := unix.Getrandom(probe, unix.GRND_NONBLOCK); err == nil && n == 1 {
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
