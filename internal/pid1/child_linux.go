package pid1

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A child is the server: another process of the same program, without rights,
// in a jail, begun again whenever it ends.
type child struct {
	settings Settings
	figures  *meter
	mu       sync.Mutex
	process  *exec.Cmd
}

// pause between an end and the next beginning: within the second that a
// visitor's browser tries again, without burning the processor when it fails
// at once.
const pause = 300 * time.Millisecond

func (c *child) run(ctx context.Context) {
	// no_new_privs belongs to a thread and is inherited: this thread gives it to
	// every child and does nothing else.
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		say("buzzproof: the server is not started: no_new_privs: %v", err)
		return
	}
	for ctx.Err() == nil {
		if err := c.once(); err != nil && ctx.Err() == nil {
			say("buzzproof: server: %v; begun again", err)
		}
		wait(ctx, pause)
	}
}

func (c *child) once() error {
	cmd := exec.Command("/buzzproof", c.settings.Command...)
	cmd.Dir = "/"
	// The pipe is the first descriptor after the usual three.
	cmd.Env = []string{"HOME=/state", "GOMEMLIMIT=48MiB", "PATH=", figuresVariable + "=3"}
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
		say("%s", last.text())
		return err
	}
	return nil
}

// start starts the server and hears its figures until its end closes the pipe.
func (c *child) start(cmd *exec.Cmd) error {
	pipe, told, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.ExtraFiles = []*os.File{told}
	c.mu.Lock()
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

func (l *lastWords) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.kept)
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
