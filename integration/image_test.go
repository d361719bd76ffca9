package integration

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const uefi = "/usr/share/ovmf/OVMF.fd"

func v86Folder() string { return peerFolder("v86-0.5.462") }

// sampleResume writes the résumé to begin with and returns its file.
func sampleResume(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(buzzproof(t), "image", "--init-resume").Output()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "resume.json")
	writeFile(t, name, string(out))
	return name
}

// sharedDisk is a disk of a small plain site, made once.
var sharedDisk = struct {
	once sync.Once
	file string
	said string
	err  error
}{}

// bootable returns the disk.
func bootable(t *testing.T) (disk string) {
	t.Helper()
	sharedDisk.once.Do(func() {
		dir := shared.subfolder(t, "image")
		site := filepath.Join(dir, "site")
		for i := range 12 {
			writeFile(t, filepath.Join(site, fmt.Sprintf("page%d", i), "index.html"), fmt.Sprintf("<!doctype html><title>%d</title><p>page %d", i, i))
		}
		writeFile(t, filepath.Join(site, "index.html"), "<!doctype html><title>home</title><p>a machine of its own")
		sharedDisk.file = filepath.Join(dir, "disk.img")
		began := time.Now()
		cmd := exec.Command(buzzproof(t), "image", site, "-o", sharedDisk.file, "--resume", sampleResume(t))
		out, err := cmd.CombinedOutput()
		sharedDisk.said, sharedDisk.err = string(out), err
		t.Logf("bar: image  made in %.1f s, at most 10 with a processor of its own", time.Since(began).Seconds())
	})
	if strings.Contains(sharedDisk.said, "no kernel in the module cache") && os.Getenv("BUZZPROOF_REQUIRE_PEERS") != "1" {
		t.Skip("the kernel is missing: .ci/install brings it")
	}
	if sharedDisk.err != nil {
		t.Fatalf("buzzproof image: %v\n%s", sharedDisk.err, sharedDisk.said)
	}
	info, err := os.Stat(sharedDisk.file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("bar: image  %.1f MB, at most 40", float64(info.Size())/1e6)
	if info.Size() > 40e6 {
		t.Errorf("the disk has %d bytes", info.Size())
	}
	return sharedDisk.file
}

// A machine is a running qemu.
type machine struct {
	url     string
	serial  net.Conn
	process *exec.Cmd
}

func boot(t *testing.T, arguments ...string) *machine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "serial")
	cmd := exec.Command("nice", append([]string{
		"qemu-system-x86_64", "-accel", "tcg", "-no-reboot", "-snapshot", "-display", "none", "-monitor", "none",
		"-serial", "unix:" + socket + ",server,wait=on", "-nic", "user,model=virtio-net-pci,hostfwd=tcp:" + address + "-:80",
	}, arguments...)...)
	ownGroup(cmd)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		killGroup(cmd)
		_ = cmd.Wait() // it was killed
	})
	m := &machine{url: "http://" + address, process: cmd}
	until(t, 30*time.Second, "qemu's serial line", func() bool {
		m.serial, err = net.Dial("unix", socket)
		return err == nil
	})
	t.Cleanup(func() { _ = m.serial.Close() })
	return m
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

func TestTheDiskBootsAndServesWhatUpServes(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64")
	disk := bootable(t)
	m := boot(t, "-m", "128", "-drive", "format=raw,file="+disk)
	m.expectFirstAnswer(t, "BIOS, 128 MB")
	for i := range 12 {
		if got := get(t, fmt.Sprintf("%s/page%d/", m.url, i)); got.status != 200 || !strings.HasSuffix(got.body, fmt.Sprintf("<p>page %d", i)) {
			t.Errorf("page %d: %d %q", i, got.status, got.body)
		}
	}
	if got := get(t, m.url+"/resume/"); !strings.Contains(got.body, "Zoé Lefèvre") {
		t.Errorf("/resume/ answers %d", got.status)
	}
	m.press(t, "\x1b[6~")
	m.said(t, "page 2 of")
	m.press(t, "s")
	m.said(t, "/srv/buzzproof uid 1000 root /srv no_new_privs 1 caps none")
	m.said(t, "tcp6 80")
	m.press(t, "r")
	until(t, 10*time.Second, "the end of the server", func() bool { return !gives200(m.url + "/") })
	down := time.Now()
	until(t, 30*time.Second, "the next server", func() bool { return gives200(m.url + "/") })
	t.Logf("bar: killed server  back after %.2f s, at most 1 where the processor is real", time.Since(down).Seconds())
}

func TestTheDiskBootsUnderUEFI(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64", uefi)
	disk := bootable(t)
	m := boot(t, "-m", "128", "-bios", uefi, "-drive", "format=raw,file="+disk)
	m.expectFirstAnswer(t, "UEFI, 128 MB")
}

func TestKernelAndMemoryDiskBootDirectly(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64")
	disk := bootable(t)
	raw, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	// The BIOS loader's table says where both lie; it is behind the one of the partitions.
	dir := t.TempDir()
	for i, name := range []string{"kernel", "initrd"} {
		at, size := binary.LittleEndian.Uint32(raw[34*512+8*i:])*512, binary.LittleEndian.Uint32(raw[34*512+4+8*i:])
		writeFile(t, filepath.Join(dir, name), string(raw[at:at+size]))
	}
	m := boot(t, "-m", "128", "-kernel", filepath.Join(dir, "kernel"), "-initrd", filepath.Join(dir, "initrd"), "-append", "console=ttyS0 quiet initramfs_async=0 rootfstype=ramfs rdinit=/init")
	m.expectFirstAnswer(t, "direct kernel, 128 MB")
}

func TestTheVolumeIsClean(t *testing.T) {
	need(t, "the volume", "fsck.fat")
	disk := bootable(t)
	raw, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	volume := filepath.Join(t.TempDir(), "volume")
	writeFile(t, volume, string(raw[1<<20:len(raw)-33*512]))
	if out, err := exec.Command("fsck.fat", "-n", volume).CombinedOutput(); err != nil {
		t.Errorf("fsck.fat: %v\n%s", err, out)
	}
}

// screenText is what stands on the emulated screen.
const screenText = `window.machine ? machine.screen_adapter.get_text_screen().join("\n") : ""`

func onScreen(ctx context.Context, text string) func() bool {
	return func() bool {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](screenText))
		return err == nil && strings.Contains(got, text)
	}
}

func TestTheFloppyBootsInABrowser(t *testing.T) {
	need(t, "the floppy in a browser", filepath.Join(v86Folder(), "LICENSE"), "/usr/share/seabios/bios.bin")
	web := t.TempDir()
	cmd := exec.Command(buzzproof(t), "image", "--resume", sampleResume(t), "--v86", v86Folder(), "--web", web)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("buzzproof image: %v\n%s", err, out)
	}
	site := httptest.NewServer(http.FileServer(http.Dir(web)))
	defer site.Close()
	browser := openBrowser(t, "floppy.test", strings.TrimPrefix(site.URL, "http://"))
	if err := chromedp.Do(browser, chromedp.EmulateViewport(1000, 900), chromedp.Navigate(site.URL+"/resume/")); err != nil {
		t.Fatal(err)
	}
	loads := `performance.getEntriesByType("resource").filter(e => /v86|bios|floppy/.test(e.name)).length`
	if before, err := chromedp.Run(browser, chromedp.Evaluate[int64](loads)); err != nil || before != 0 {
		t.Errorf("%d parts of the emulator are loaded before a click: %v", before, err)
	}
	if _, err := chromedp.Run(browser, chromedp.Evaluate[bool](`document.getElementById("boot").click(), true`)); err != nil {
		t.Fatal(err)
	}
	until(t, 2*time.Minute, "the first page", onScreen(browser, "page 1 of"))
	if err := chromedp.Do(browser, chromedp.KeyEvent(kb.PageDown)); err != nil {
		t.Fatal(err)
	}
	until(t, time.Minute, "the second page", onScreen(browser, "page 2 of"))
	shot, err := chromedp.Run(browser, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "floppy-browser.png", shot)
}
