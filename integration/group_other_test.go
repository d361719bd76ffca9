//go:build !linux

package integration

import "os/exec"

// The peers are Debian's; elsewhere these only let the package compile, and
// the peers' tests are skipped.
func ownGroup(*exec.Cmd)           {}
func terminateGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
func killGroup(cmd *exec.Cmd)      { _ = cmd.Process.Kill() }
