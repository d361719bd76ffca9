package pid1

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A child is the server: another process of the same program, without rights,
// in a jail, begun again whenever it ends.
//
// The ports are ours and are handed down. While no server is there, visitors
// wait in the kernel's queue instead of being refused.
type child struct {
	settings Settings
	figures  *meter
	board    *board
	ports    []*os.File
	mu       sync.Mutex
	process  *exec.Cmd
}

// pause before the next beginning of a server that ended before it said
// anything: without it one that fails at its start would burn the processor.
const pause = time.Second

func (c *child) run(ctx context.Context) {
	// no_new_privs belongs to a thread and is inherited: this thread gives it to
	// every child and does nothing else.
	runtime.LockOSThread()
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if err == nil {
		c.ports, err = openPorts(c.settings.Listen)
	}
	if err != nil {
		c.board.say("the server is not started: %v", err)
		return
	}
	go c.endHanging(ctx)
	for ctx.Err() == nil {
		if err := c.once(); err != nil && ctx.Err() == nil {
			c.board.say("the server ended and is begun again: %v", err)
		}
		if !c.figures.spoke() {
			wait(ctx, pause)
		}
	}
}

// openPorts listens without accepting.
func openPorts(addresses []string) ([]*os.File, error) {
	var all []*os.File
	for _, a := range addresses {
		l, err := net.Listen("tcp", a)
		if err != nil {
			return nil, err
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			return nil, fmt.Errorf("hold %s: %w", a, err)
		}
		if err := l.Close(); err != nil { // f is a second name for it
			return nil, fmt.Errorf("hold %s: %w", a, err)
		}
		all = append(all, f)
	}
	return all, nil
}

// endHanging ends a server that runs and says nothing.
func (c *child) endHanging(ctx context.Context) {
	for ; ctx.Err() == nil; wait(ctx, 5*time.Second) {
		if c.figures.hangs() {
			c.board.say("the server hangs")
			c.kill()
		}
	}
}

func (c *child) once() error {
	heap, contents := shares(available())
	cmd := exec.Command("/buzzproof", append(slices.Clip(c.settings.Command), "--memory", fmt.Sprintf("%dKB", contents))...)
	cmd.Dir = "/"
	// The pipe is the first descriptor after the usual three, the ports follow. A
	// crash ends with its reason, and not with where it was: that is all we show.
	cmd.Env = []string{"HOME=/state", fmt.Sprintf("GOMEMLIMIT=%dKiB", heap), "GOTRACEBACK=none", "PATH=", figuresVariable + "=3"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot:     Jail,
		Credential: &syscall.Credential{Uid: User, Gid: User},
		Setsid:     true,
	}
	var last lastWords
	cmd.Stderr = &last
	if err := c.start(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w; it said: %s", err, last.text())
	}
	return nil
}

// shares are what the server's heap, and in it the contents it keeps coded, may
// take of so many KB that are free. Its stacks, sockets and the kernel's tables
// need the rest; the least is what it cannot do without.
func shares(free int) (heap, contents int) {
	return max(12<<10, free*3/5), min(max(1<<10, free/6), 256<<10)
}

// available is how many KB of memory are free.
func available() int {
	free, _ := strconv.Atoi(first(fields("/proc/meminfo", ":")["MemAvailable"])) // zero asks for the least
	return free
}

// start starts the server and hears its figures until its end closes the pipe.
func (c *child) start(cmd *exec.Cmd) error {
	pipe, told, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.ExtraFiles = append([]*os.File{told}, c.ports...)
	c.mu.Lock()
	c.figures.begin()
	err = cmd.Start()
	c.process = cmd
	c.mu.Unlock()
	_ = told.Close() // the server has its own
	if err != nil {
		_ = pipe.Close() // nothing was read from it
		return err
	}
	go func() {
		hear(pipe, c.figures.told)
		_ = pipe.Close() // nothing more comes
	}()
	return nil
}

// grace is what the server has to end in by itself. Nothing on the disk hangs
// on it: longer would only keep who pressed the button waiting.
const grace = 200 * time.Millisecond

// stop asks the server to end and gives it a moment.
func (c *child) stop() {
	c.signal(unix.SIGTERM)
	wait(context.Background(), grace)
}

// lastWords keeps the end of what was written.
type lastWords struct {
	mu   sync.Mutex
	kept []byte
}

func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, p...)
	l.kept = l.kept[max(0, len(l.kept)-512):]
	return len(p), nil
}

// text is the last line, of a log's line its message.
func (l *lastWords) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := strings.TrimSpace(string(l.kept))
	line := said[strings.LastIndexByte(said, '\n')+1:]
	if _, message, ok := strings.Cut(line, " msg="); ok {
		return message
	}
	return line
}

// kill ends the server without asking, for who wants it begun again.
func (c *child) kill() { c.signal(unix.SIGKILL) }

func (c *child) signal(s unix.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil && c.process.Process != nil {
		_ = c.process.Process.Signal(s) // it may have ended by itself
	}
}
