//go:build unix

package alert

import (
	"os/exec"
	"syscall"
)

// ownGroup makes a command the head of a group of processes, so that all of it
// ends with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
