package pid1

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"buzzproof/internal/resume"
)

// Booted reports whether this process is the first one of a system made by
// package image.
func Booted() bool {
	if os.Getpid() != 1 {
		return false
	}
	_, err := os.Stat(SettingsFile)
	return err == nil
}

// Run is the system's whole life. It returns only when the machine would not
// go off.
func Run(ctx context.Context) error {
	debug.SetGCPercent(25) // memory is the server's; we allocate little
	ctx, off := context.WithCancel(ctx)
	defer off()
	b := &board{devices: append([]string{"/dev/console"}, serials...)}
	settings, r, err := prepare()
	if err != nil {
		b.say("%v", err)
		return errors.Join(err, powerOff())
	}
	drive(b)
	m := &machine{resume: r, board: b, figures: &meter{}, began: time.Now()}
	m.server = &child{settings: settings, figures: m.figures, board: b}
	go m.watchdog(ctx)
	go powerKeys(ctx, off)
	settle(ctx, settings.Secure, b)
	_ = bringUp("lo") // there is nothing to do without it
	go newNetwork(settings, b).run(ctx)
	go m.server.run(ctx)
	b.draw()
	go m.console(ctx, "/dev/tty1", resume.PC)
	for _, name := range serials {
		go m.console(ctx, name, resume.Any)
	}
	<-ctx.Done()
	m.server.stop()
	return powerOff()
}

// A machine is what the consoles show.
type machine struct {
	resume  *resume.Resume
	board   *board
	figures *meter
	server  *child
	began   time.Time
	dog     atomic.Pointer[string] // the watchdog that is fed; nil without one
}

// serials are the first serial lines of PCs and of arm64 machines.
var serials = []string{"/dev/ttyS0", "/dev/ttyAMA0"}

func powerOff() error {
	unix.Sync()
	return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// prepare makes the system ready and reads what it is meant to be.
func prepare() (s Settings, r *resume.Resume, err error) {
	if err := mountAll(); err != nil {
		return s, nil, err
	}
	if s, err = readSettings(); err != nil {
		return s, nil, err
	}
	if r, err = readResume(); err != nil {
		return s, nil, err
	}
	// The jail has the program itself, by a second name for the same bytes.
	if err := os.Link("/init", filepath.Join(Jail, "buzzproof")); err != nil && !errors.Is(err, fs.ErrExist) {
		return s, nil, fmt.Errorf("prepare jail: %w", err)
	}
	if err := giveState(filepath.Join(Jail, "state")); err != nil {
		return s, nil, fmt.Errorf("prepare jail: %w", err)
	}
	// The kernel's own words would tear the console's screen.
	if err := os.WriteFile("/proc/sys/kernel/printk", []byte("1 1 1 1"), 0); err != nil {
		return s, nil, fmt.Errorf("silence the kernel: %w", err)
	}
	return s, r, unix.Sethostname([]byte("buzzproof"))
}

// mountAll mounts what the kernel shows of itself.
func mountAll() error {
	for _, m := range []struct{ kind, at string }{{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}} {
		if err := unix.Mount(m.kind, m.at, m.kind, unix.MS_NOSUID|unix.MS_NOEXEC, ""); err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	return nil
}

func readSettings() (s Settings, err error) {
	raw, err := os.ReadFile(SettingsFile)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	return s, nil
}

// readResume reads the résumé; without one it is empty.
func readResume() (*resume.Resume, error) {
	raw, err := os.ReadFile("/etc/resume.json")
	if errors.Is(err, fs.ErrNotExist) {
		return &resume.Resume{}, nil
	}
	if err != nil {
		return nil, err
	}
	r, _, err := resume.Parse("resume.json", raw)
	return r, err
}

// giveState makes the server's state the server's own.
func giveState(dir string) error {
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(name, User, User)
	})
}

// watchdog is fed if the machine has one.
func (m *machine) watchdog(ctx context.Context) {
	f, err := os.OpenFile("/dev/watchdog", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	name := "one without a name"
	if about, err := unix.IoctlGetWatchdogInfo(int(f.Fd())); err == nil {
		name = unix.ByteSliceToString(about.Identity[:])
	}
	m.dog.Store(&name)
	feed(ctx, f, m.figures.isLost)
	if ctx.Err() == nil {
		why := "it cannot be fed"
		if m.figures.isLost() {
			why = "the server is lost"
		}
		m.board.say("%s: the watchdog will reset the machine", why)
		<-ctx.Done() // to close it is to be reset later
	}
}

// pressesPower reads a struct input_event: 16 bytes of time, then type, code
// and value.
func pressesPower(event []byte) bool {
	const keyEvent, powerKey, pressed = 1, 116, 1
	return binary.NativeEndian.Uint16(event[16:]) == keyEvent && binary.NativeEndian.Uint16(event[18:]) == powerKey &&
		binary.NativeEndian.Uint32(event[20:]) == pressed
}

// powerKeys waits for the power button, which arrives as a key, and for
// Ctrl-Alt-Del, which main's signals bring.
func powerKeys(ctx context.Context, off func()) {
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF) // the key sends SIGINT instead of resetting
	names, _ := filepath.Glob("/dev/input/event*") // the pattern is well formed
	for _, name := range names {
		go func() {
			f, err := os.Open(name)
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { _ = f.Close() })
			for event := make([]byte, 24); ; {
				if _, err := io.ReadFull(f, event); err != nil {
					return
				}
				if pressesPower(event) {
					off()
				}
			}
		}()
	}
}
