package health

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// ICMPConfig pings a host.
type ICMPConfig struct {
	Common
	// Host is a name or an address.
	Host string `toml:"host"`
}

type ping struct{ ICMPConfig }

func (c *ICMPConfig) open() (Check, error) {
	if c.Host == "" {
		return nil, errors.New("icmp wants a host")
	}
	return &ping{*c}, nil
}

// A family is what IPv4 and IPv6 call the same things.
type family struct {
	datagram, raw, any string
	protocol           int // as IANA numbers them
	echo, reply        icmp.Type
}

var (
	four = family{"udp4", "ip4:icmp", "0.0.0.0", 1, ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply}
	six  = family{"udp6", "ip6:ipv6-icmp", "::", 58, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply}
)

// Look sends one echo and waits for its reply. Three are sent in the time that
// there is: one lost packet is no outage.
func (p *ping) Look(ctx context.Context) (Outcome, error) {
	began := time.Now()
	addresses, err := net.DefaultResolver.LookupIPAddr(ctx, p.Host)
	if err != nil {
		return down(time.Since(began), err), nil
	}
	to, f := addresses[0].IP, six
	if to.To4() != nil {
		f = four
	}
	conn, target, err := f.listen(to)
	if err != nil {
		return Outcome{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	const tries = 3
	left := defaultTimeout
	if end, ok := ctx.Deadline(); ok {
		left = time.Until(end)
	}
	for try := range tries {
		sent := time.Now()
		if err = f.ask(conn, target, try, sent.Add(left/(tries+1))); err == nil {
			return works(time.Since(sent), p.slow(), "reply from "+to.String()), nil
		}
	}
	return down(time.Since(began), fmt.Errorf("%s does not reply: %w", to, err)), nil
}

// listen opens the socket that needs no rights, or else the one that does.
func (f family) listen(to net.IP) (*icmp.PacketConn, net.Addr, error) {
	conn, err := icmp.ListenPacket(f.datagram, f.any)
	if err == nil {
		return conn, &net.UDPAddr{IP: to}, nil
	}
	conn, rawErr := icmp.ListenPacket(f.raw, f.any)
	if rawErr == nil {
		return conn, &net.IPAddr{IP: to}, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil, errors.New(`this system lets not everybody ping; allow it: sysctl -w net.ipv4.ping_group_range="0 2147483647"`)
	}
	return nil, nil, fmt.Errorf("open a socket for pings: %w", err)
}

// ask sends an echo and waits for the reply that holds the same.
func (f family) ask(conn *icmp.PacketConn, to net.Addr, seq int, until time.Time) error {
	token := fmt.Sprintf("buzzproof %016x", rand.Uint64())
	out := icmp.Message{Type: f.echo, Body: &icmp.Echo{ID: rand.IntN(1 << 16), Seq: seq, Data: []byte(token)}}
	packet, err := out.Marshal(nil)
	if err != nil {
		return err
	}
	if _, err := conn.WriteTo(packet, to); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(until); err != nil {
		return err
	}
	buffer := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFrom(buffer)
		if err != nil {
			return err
		}
		in, err := icmp.ParseMessage(f.protocol, buffer[:n])
		if err != nil || in.Type != f.reply {
			continue // another's
		}
		if echo, ok := in.Body.(*icmp.Echo); ok && string(echo.Data) == token {
			return nil
		}
	}
}
