package alert

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func commandRig() rig {
	return rig{kind: "command", less: []manner{busy, refuses}, start: func(t *testing.T, how manner) (plan, func() string) {
		dir := t.TempDir()
		out := filepath.Join(dir, "out")
		script := map[manner]string{
			takes:   "{ env | grep '^BUZZPROOF_' | sort; cat; } > " + out,
			denies:  "echo 'the key is wrong' >&2; exit 3",
			silent:  "sleep 1000 & echo $! > " + out + "; wait",
			trickle: "while :; do echo .; done",
			gone:    "",
		}[how]
		program := filepath.Join(dir, "ring")
		if script != "" {
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // a program is run
				t.Fatal(err)
			}
		}
		if how == silent {
			t.Cleanup(func() { noneLeft(t, out) })
		}
		return &CommandConfig{Command: []string{program}}, func() string {
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			return string(data) + "\n"
		}
	}}
}

// noneLeft looks whether the command took with it what it had started.
func noneLeft(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		return // it was ended before it began
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Errorf("process %d outlived its command", pid)
}

func TestACommandGetsNoSecretsOfOurs(t *testing.T) {
	t.Setenv("SMTP_PASSWORD", key)
	out := filepath.Join(t.TempDir(), "out")
	c, err := (&CommandConfig{Command: []string{"sh", "-c", "env > " + out}}).open()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), hostileMessage(t)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), key) || !regexp.MustCompile(`(?m)^PATH=`).Match(data) {
		t.Errorf("environment:\n%s", data)
	}
}

// What strangers chose is an argument to nobody and read by no shell.
func TestNoShellReadsAnAlert(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "marker")
	m := hostileMessage(t)
	m.Title = "$(touch " + marker + ") `touch " + marker + "`; touch " + marker
	m.Link = m.Title
	c, err := (&CommandConfig{Command: []string{"true", m.Title}}).open()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a shell read it")
	}
}
