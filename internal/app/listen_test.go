package app

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestASocketIsTakenOver(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := first.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	address := first.Addr().String()
	if err := first.Close(); err != nil { // f holds it
		t.Fatal(err)
	}
	// The number is given away, as over the start of a program.
	l, err := listen(handedDown + strconv.Itoa(dup(t, f)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := readyURL("fd:3", l, false); got != "http://"+address {
		t.Errorf("it says %s, want %s", got, address)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestWhatIsNoSocketIsNotTakenOver(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for address, want := range map[string]string{
		"fd:":                                   "want the number of a descriptor",
		"fd:-1":                                 "want the number of a descriptor",
		"fd:60000":                              "no socket that listens was handed down",
		handedDown + strconv.Itoa(dup(t, file)): "no socket that listens was handed down",
	} {
		if _, err := listen(address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := openScreen(address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--watch %s: %v", address, err)
		}
	}
}
