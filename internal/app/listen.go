package app

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// handedDown begins an address that is a socket which somebody else opened.
const handedDown = "fd:"

// takeOver listens on a socket that whoever started this program opened.
func takeOver(address string) (net.Listener, error) {
	fd, err := strconv.ParseUint(strings.TrimPrefix(address, handedDown), 10, 16)
	if err != nil {
		return nil, withStatus(statusMisused, fmt.Errorf("listen on %s: want the number of a descriptor, such as fd:3", address))
	}
	f := os.NewFile(uintptr(fd), address)
	defer f.Close() // the listener has a descriptor of its own
	l, err := net.FileListener(f)
	if _, ok := l.(*net.TCPListener); err == nil && !ok {
		err = errors.New("it is none of TCP")
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: no socket that listens was handed down: %w", address, err)
	}
	return l, nil
}

// listen opens a port or says why not and what to do.
func listen(address string) (net.Listener, error) {
	if strings.HasPrefix(address, handedDown) {
		return takeOver(address)
	}
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: held by %s; stop it or choose another with --listen", address, portHolder(address))
	case errors.Is(err, syscall.EACCES):
		program, _ := os.Executable() // only for the advice
		return nil, fmt.Errorf("listen on %s: ports below 1024 need a right: sudo setcap cap_net_bind_service=+ep %s\nor choose another with --listen",
			address, cmp.Or(program, "buzzproof"))
	}
	err = fmt.Errorf("listen on %s: %w\nwant HOST:PORT, such as 127.0.0.1:8080 or :8080", address, err)
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		err = withStatus(statusMisused, err)
	}
	return nil, err
}

// portHolder names the program that listens on the port of address, as far as
// /proc tells us: it exists on Linux, and shows other users' programs to root
// only.
func portHolder(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "another program"
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return "another program"
	}
	for inode := range listeningInodes(number) {
		if pid := inodeHolder(inode); pid != "" {
			name, err := os.ReadFile("/proc/" + pid + "/comm")
			if err != nil {
				return "pid " + pid
			}
			return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return "another program"
}

// listeningInodes returns the inodes of the sockets that listen on a port. In
// /proc/net/tcp the second field is the local address and port in hex, the
// fourth the state (0A listens), the tenth the inode.
func listeningInodes(port int) map[string]bool {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) > 9 && fields[3] == "0A" && hexPort(fields[1]) == port {
				inodes[fields[9]] = true
			}
		}
		_ = f.Close() // read only
	}
	return inodes
}

func hexPort(local string) int {
	_, port, _ := strings.Cut(local, ":")
	raw, err := hex.DecodeString(port)
	if err != nil || len(raw) != 2 {
		return -1
	}
	return int(raw[0])<<8 | int(raw[1])
}

// inodeHolder returns the pid of a process that has the socket open.
func inodeHolder(inode string) string {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+inode+"]" {
			return strings.Split(link, "/")[2]
		}
	}
	return ""
}

// readyURL is the address to visit: the host as it was given, a port that
// really is, and this machine where all of its addresses are served.
func readyURL(given string, l net.Listener, secure bool) string {
	if strings.HasPrefix(given, handedDown) {
		given = l.Addr().String()
	}
	host, _, err := net.SplitHostPort(given)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port(l)))
}
