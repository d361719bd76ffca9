package tun

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// A Program runs at home.
type Program struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	result error // valid once ended is closed
}

// Start starts a program at home, in a session of its own: Apache ends its
// whole group, us included, when it is told to stop. Should we be killed, the
// kernel ends the program.
func (r *Rig) Start(cmd *exec.Cmd) (*Program, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = time.Second // a child of the program may hold its output
	if err := r.home.do(cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p := &Program{cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.result = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// WaitFor returns when a port at home takes connections.
func (r *Rig) WaitFor(ctx context.Context, p *Program, port int) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := r.DialHome(ctx, port)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended before it listened on port %d: %w", p.cmd.Path, port, p.result)
		case <-ctx.Done():
			return fmt.Errorf("wait for port %d of %s: %w", port, p.cmd.Path, errors.Join(err, ctx.Err()))
		case <-tick.C:
		}
	}
}

// grace is how long a program may take to end by itself.
const grace = 15 * time.Second

// Stop ends the program and its children.
func (p *Program) Stop() {
	group := -p.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM) // fails if it has ended
	select {
	case <-p.ended:
	case <-time.After(grace):
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-p.ended
}
