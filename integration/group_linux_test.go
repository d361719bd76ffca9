package integration

import (
	"os/exec"
	"syscall"
)

// ownGroup puts a program into a session of its own: Apache ends its whole
// process group, tests included, when it is told to stop. Should the tests be
// killed, the kernel ends the program.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
}

func terminateGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
func killGroup(cmd *exec.Cmd)      { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
