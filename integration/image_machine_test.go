package integration

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A machine is a running qemu.
type machine struct {
	url     string
	serial  net.Conn
	monitor string // qemu's socket for those who change the machine
	process *exec.Cmd
}

// boot starts a machine whose port 80 is one of ours.
func boot(t *testing.T, arguments ...string) *machine {
	t.Helper()
	address := loopback(freePort(t))
	return powerOn(t, exec.Command("nice"), "http://"+address, append(arguments, "-nic", "user,model=virtio-net-pci,hostfwd=tcp:"+address+"-:80")...)
}

// powerOn starts qemu by another command.
func powerOn(t *testing.T, by *exec.Cmd, url string, arguments ...string) *machine {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "serial")
	by.Args = append(append(by.Args, "qemu-system-x86_64", "-accel", "tcg", "-no-reboot", "-display", "none", "-monitor", "none",
		"-serial", "unix:"+socket+",server,wait=on"), arguments...)
	ownGroup(by)
	by.Stderr = os.Stderr
	if err := by.Start(); err != nil {
		t.Fatal(err)
	}
	m := &machine{url: url, process: by}
	t.Cleanup(m.cutPower)
	var err error
	until(t, 30*time.Second, "qemu's serial line", func() bool {
		m.serial, err = net.Dial("unix", socket)
		return err == nil
	})
	t.Cleanup(func() { _ = m.serial.Close() })
	return m
}

// cutPower ends the machine as a power cut does.
func (m *machine) cutPower() {
	killGroup(m.process)
	_ = m.process.Wait() // it was killed
}

// until tries until something holds.
func until(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); time.Now().Before(end); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: not in %s", what, limit)
}

// said reads the serial line until it has said text.
func (m *machine) said(t *testing.T, text string) {
	t.Helper()
	if err := m.serial.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for b := make([]byte, 4096); !strings.Contains(string(all), text); {
		n, err := m.serial.Read(b)
		all = append(all, b[:n]...)
		if err != nil {
			t.Fatalf("the console does not say %q: %v; it said\n%s", text, err, all)
		}
	}
}

func (m *machine) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(m.serial, keys); err != nil {
		t.Fatal(err)
	}
}

var hasty = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func gives200(url string) bool {
	resp, err := hasty.Get(url)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

func (m *machine) expectFirstAnswer(t *testing.T, how string) {
	t.Helper()
	began := time.Now()
	m.said(t, "Keeper of small servers")
	until(t, 2*time.Minute, "the first answer", func() bool { return gives200(m.url + "/") })
	t.Logf("bar: boot  %s: first answer %.1f s after qemu's start", how, time.Since(began).Seconds())
}
