package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"buzzproof/internal/snapshot"
)

// The machine's addresses on a network that has it and us. The last one follows
// from the number of qemu's second card (RFC 4291 appendix A) and is written as URLs want it.
const (
	bootedAddress = "10.77.0.2"
	bootedNear    = "10.77.0.1"
	bootedSix     = "fd77::2"
	bootedNearSix = "fd77::1"
	bootedLocal   = "fe80::5054:ff:fe12:3457%25tap0"
)

// onNetwork boots the blog's disk in qemu's own form, with fixed addresses and
// with a key for those who watch. The machine has two cards on one network; the
// first one's cable is out.
func onNetwork(t *testing.T, n namespace) *machine {
	t.Helper()
	for _, command := range [][]string{
		{"tuntap", "add", "tap0", "mode", "tap"},
		{"address", "add", bootedNear + "/24", "dev", "tap0"},
		{"address", "add", bootedNearSix + "/64", "dev", "tap0", "nodad"},
		{"link", "set", "tap0", "up"},
	} {
		run(t, n.command("ip", command...))
	}
	disk := filepath.Join(t.TempDir(), "disk.qcow2")
	run(t, exec.Command(buzzproof(t), "image", sharedDisk.site, "-o", disk, "--small", "--resume", sampleResume(t), "--uplink", "none",
		"--address", bootedAddress+"/24", "--address", bootedSix+"/64", "--gateway", bootedNear+","+bootedNearSix, "--watch-key", "planted-watch-key"))
	monitor := filepath.Join(t.TempDir(), "monitor")
	arguments := []string{
		"-m", "192", "-drive", "format=qcow2,file=" + disk, "-device", "i6300esb",
		"-monitor", "unix:" + monitor + ",server=on,wait=off",
		"-netdev", "tap,id=tap,ifname=tap0,script=no,downscript=no", "-netdev", "hubport,id=outside,hubid=0,netdev=tap",
	}
	for _, card := range []string{"first", "second"} {
		arguments = append(arguments, "-netdev", "hubport,hubid=0,id=to-"+card, "-device", "virtio-net-pci,id="+card+",netdev=to-"+card)
	}
	m := powerOn(t, n.command("nice"), "http://"+bootedAddress, arguments...)
	m.monitor = monitor
	m.link(t, "first", false)
	return m
}

// link puts the cable of a card in or out.
func (m *machine) link(t *testing.T, card string, in bool) {
	t.Helper()
	state := map[bool]string{true: "on", false: "off"}[in]
	var conn net.Conn
	var err error
	until(t, 30*time.Second, "qemu's monitor", func() bool {
		conn, err = net.Dial("unix", m.monitor)
		return err == nil
	})
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "set_link %s %s\ninfo network\n", card, state); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for b := make([]byte, 4096); !strings.Contains(string(all), "hub 0"); { // the answer to the second
		n, err := conn.Read(b)
		all = append(all, b[:n]...)
		if err != nil {
			t.Fatalf("qemu's monitor: %v\n%s", err, all)
		}
	}
}

// expectCableFollowed moves the cable to the other card.
func expectCableFollowed(t *testing.T, m *machine, client *http.Client) {
	t.Helper()
	m.link(t, "second", false)
	began := time.Now()
	m.link(t, "first", true)
	client.Timeout = 2 * time.Second
	for _, host := range []string{bootedAddress, "[" + bootedSix + "]"} {
		until(t, time.Minute, "an answer by the other card", func() bool { return answered(client, "http://"+host+"/") == nil })
		t.Logf("bar: booted  the cable has moved: %s answers by the other card after %.1f s", host, time.Since(began).Seconds())
	}
	m.said(t, "eth1 has lost its link")
}

// client is one in the namespace. It decodes nothing.
func (n namespace) client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext:        func(ctx context.Context, _, to string) (net.Conn, error) { return n.dial(ctx, "", to) },
		DisableCompression: true, DisableKeepAlives: true,
	}}
}

func TestTheMachineServesWhatUpServesAndNothingElse(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64", "ip", "xz")
	bootable(t)
	s := newStage(t)
	n := newNamespace(t, s)
	m := onNetwork(t, n)
	m.said(t, "Keeper of small servers")
	client := n.client()
	until(t, 2*time.Minute, "the first answer", func() bool { return answered(client, m.url+"/") == nil })
	expectSameAnswers(t, client, m.url, upBeside(t, s, sharedDisk.site))
	for _, address := range []string{bootedLocal, bootedSix} {
		if err := answered(client, "http://["+address+"]/"); err != nil {
			t.Errorf("by IPv6: %v", err)
		}
	}
	expectPorts(t, n, 80, 8088)
	m.press(t, "s")
	for _, text := range []string{"/srv/buzzproof uid 1000 root /srv no_new_privs 1 caps none", "tcp6 80", "i6300ESB", "network card eth1: the first with a link; eth0 has none"} {
		m.said(t, text)
	}
	expectNobodyRefused(t, m, client)
	expectCableFollowed(t, m, client)
}

func answered(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return err
}

// upBeside serves a copy as the machine does and returns its URL.
func upBeside(t *testing.T, s *stage, site string) string {
	t.Helper()
	url := loopback(freePort(t))
	p := s.start(t, filepath.Join(s.subfolder(t, "up"), "log"), exec.Command(buzzproof(t), "up", site, "--listen", url,
		"--uplink", "none", "--lighten=false", "--watch", "off", "--state", s.subfolder(t, "state")))
	waitUntil(t, p, 20*time.Second, "up", func() bool { return gives200("http://" + url + "/") })
	return "http://" + url
}

// expectSameAnswers asks both for all that the copy has, and for what it has
// not, in every coding.
func expectSameAnswers(t *testing.T, there *http.Client, machine, up string) {
	t.Helper()
	snap, err := snapshot.Open(sharedDisk.site)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	urls := []string{"/there/is/no/such/page"}
	for _, e := range snap.Manifest.Entries {
		urls = append(urls, e.URL)
	}
	for _, r := range snap.Manifest.Redirects {
		urls = append(urls, r.From)
	}
	began := time.Now()
	here := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true}}
	for _, url := range urls {
		for _, coding := range []string{"gzip", "br", "zstd", "identity"} {
			got, want := wholeAnswer(t, there, machine+url, coding), wholeAnswer(t, here, up+url, coding)
			if got != want {
				t.Errorf("%s in %s differs:\nmachine %.600s\nup      %.600s", url, coding, got, want)
			}
		}
	}
	t.Logf("bar: booted  %d addresses in 4 codings are what up serves, asked in %.1f s", len(urls), time.Since(began).Seconds())
}

// wholeAnswer is a status, all headers but the date, and the body.
func wholeAnswer(t *testing.T, client *http.Client, url, coding string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", coding)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	resp.Header.Del("Date")
	resp.Header.Del("Connection") // whoever asks decides
	var b strings.Builder
	fmt.Fprintln(&b, resp.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		fmt.Fprintln(&b, name, resp.Header[name])
	}
	return b.String() + sha256Hex(body)
}

// expectPorts knocks at every TCP port, and at the UDP ports that machines
// like to have open.
func expectPorts(t *testing.T, n namespace, want ...int) {
	t.Helper()
	began := time.Now()
	var open, udp []int
	err := n.inside(func() {
		for first := 1; first <= 65535; first += 256 {
			open = append(open, openPorts(first, min(first+255, 65535))...)
		}
		for _, port := range []int{53, 67, 68, 123, 161, 546, 1900, 5353} {
			if !refusesUDP(port) {
				udp = append(udp, port)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(open, want) || len(udp) > 0 {
		t.Errorf("open are TCP %v and UDP %v, want %v and none", open, udp, want)
	}
	t.Logf("bar: booted  of 65,535 ports %v are open, seen in %.1f s", open, time.Since(began).Seconds())
}

// openPorts are those from first to last that take a connection. Whoever is not
// refused counts, and so does whoever stays silent.
func openPorts(first, last int) (open []int) {
	sockets := map[int32]int{}
	var waiting []unix.PollFd
	for port := first; port <= last; port++ {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			panic(err)
		}
		defer unix.Close(fd)
		_ = unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte(net.ParseIP(bootedAddress).To4())}) // it is under way
		sockets[int32(fd)] = port
		waiting = append(waiting, unix.PollFd{Fd: int32(fd), Events: unix.POLLOUT})
	}
	for end := time.Now().Add(30 * time.Second); len(waiting) > 0 && time.Now().Before(end); {
		if _, err := unix.Poll(waiting, 1000); err != nil && !errors.Is(err, unix.EINTR) {
			panic(err)
		}
		waiting = slices.DeleteFunc(waiting, func(p unix.PollFd) bool {
			if p.Revents == 0 {
				return false
			}
			if code, err := unix.GetsockoptInt(int(p.Fd), unix.SOL_SOCKET, unix.SO_ERROR); err != nil || syscall.Errno(code) != unix.ECONNREFUSED {
				open = append(open, sockets[p.Fd])
			}
			return true
		})
	}
	for _, silent := range waiting {
		open = append(open, sockets[silent.Fd])
	}
	slices.Sort(open)
	return open
}

// refusesUDP asks until the machine says that nobody is there. Kernels say so
// six times at once, then once a second.
func refusesUDP(port int) bool {
	conn, err := net.Dial("udp", net.JoinHostPort(bootedAddress, fmt.Sprint(port)))
	if err != nil {
		return false
	}
	defer conn.Close()
	for range 10 {
		_, err := conn.Write([]byte("anybody?"))
		if err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(time.Second)) // a socket has deadlines
			_, err = conn.Read(make([]byte, 1))
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			return true
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return false
		}
	}
	return false
}

// expectNobodyRefused kills the server while people come. Who was being
// answered is cut off; all others wait until the next server is there.
func expectNobodyRefused(t *testing.T, m *machine, client *http.Client) {
	t.Helper()
	var cutOff int
	for range 2 {
		time.Sleep(3 * time.Second) // for a server to be one that runs, not one that fails at its start
		m.press(t, "r")
		var slowest time.Duration
		refused := 0
		for range 20 {
			began := time.Now()
			err := answered(client, m.url+"/")
			slowest = max(slowest, time.Since(began))
			if errors.Is(err, syscall.ECONNREFUSED) {
				refused++
			} else if err != nil {
				cutOff++
			}
		}
		t.Logf("bar: killed server  %d refused, none at most; who waited longest had the page after %.2f s, at most 1 where the processor is real", refused, slowest.Seconds())
		if refused > 0 {
			t.Errorf("%d of 20 visitors are refused", refused)
		}
	}
	if cutOff > 2 {
		t.Errorf("%d visitors were cut off by 2 ends", cutOff)
	}
	m.said(t, "the server ended and is begun again: signal: killed")
}
