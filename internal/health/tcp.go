package health

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// TCPConfig opens a connection.
type TCPConfig struct {
	Common
	// Address is HOST:PORT.
	Address string `toml:"address"`
	// Text that the other side must say first, such as "SSH-2.0".
	Text string `toml:"text"`
}

type tcp struct{ TCPConfig }

func (c *TCPConfig) open() (Check, error) {
	if _, _, err := net.SplitHostPort(c.Address); err != nil {
		return nil, errors.New("address wants HOST:PORT, such as 127.0.0.1:22")
	}
	return &tcp{*c}, nil
}

// mostGreeting is how much is read while the text is waited for.
const mostGreeting = 4 << 10

func (c *tcp) Look(ctx context.Context) (Outcome, error) {
	began := time.Now()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return down(time.Since(began), err), nil
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var said []byte
	for len(said) < mostGreeting && !bytes.Contains(said, []byte(c.Text)) {
		buffer := make([]byte, 512)
		n, err := conn.Read(buffer)
		said = append(said, buffer[:n]...)
		if err != nil && !bytes.Contains(said, []byte(c.Text)) {
			return down(time.Since(began), fmt.Errorf("it does not say %q: %q", c.Text, said)), nil
		}
	}
	if !bytes.Contains(said, []byte(c.Text)) {
		return down(time.Since(began), fmt.Errorf("it does not say %q: %.80q", c.Text, said)), nil
	}
	return works(time.Since(began), c.slow(), "connected"), nil
}
