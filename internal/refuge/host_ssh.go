package refuge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// A hostSession is one connection to the machine.
type hostSession struct {
	*host
	*ssh.Client
	done func() bool
}

// dial connects and makes sure that it is the right machine. The connection
// ends with the context.
func (h *host) dial(ctx context.Context) (*hostSession, error) {
	auth, closeAgent, err := h.auth()
	if err != nil {
		return nil, err
	}
	defer closeAgent()
	pinned, err := h.pinned()
	if err != nil {
		return nil, err
	}
	conn, err := h.pace.dial(ctx, "tcp", h.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", h.Address, err)
	}
	done := context.AfterFunc(ctx, func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // for logging in
	c, channels, requests, err := ssh.NewClientConn(conn, h.Address, &ssh.ClientConfig{
		User: h.User, Auth: []ssh.AuthMethod{auth}, HostKeyCallback: pinned,
	})
	if err != nil {
		done()
		conn.Close()
		return nil, fmt.Errorf("log in at %s as %s: %w", h.Address, h.User, err)
	}
	_ = conn.SetDeadline(time.Time{})
	return &hostSession{h, ssh.NewClient(c, channels, requests), done}, nil
}

// Close ends the connection.
func (s *hostSession) Close() error {
	s.done()
	return s.Client.Close()
}

func (h *host) auth() (ssh.AuthMethod, func(), error) {
	if !h.Key.IsZero() {
		signer, err := ssh.ParsePrivateKey([]byte(h.Key.Reveal() + "\n"))
		if err != nil {
			return nil, nil, errors.New("host: key is not a private key without a passphrase")
		}
		return ssh.PublicKeys(signer), func() {}, nil
	}
	conn, err := net.Dial("unix", os.Getenv("SSH_AUTH_SOCK"))
	if err != nil {
		return nil, nil, fmt.Errorf("host: no key, and no agent: %w", err)
	}
	return ssh.PublicKeysCallback(agent.NewClient(conn).Signers), func() { conn.Close() }, nil
}

// pinned accepts the one key that was said beforehand.
func (h *host) pinned() (ssh.HostKeyCallback, error) {
	if h.KnownHosts != "" {
		check, err := knownhosts.New(h.KnownHosts)
		if err != nil {
			return nil, fmt.Errorf("host: known_hosts: %w", err)
		}
		return check, nil
	}
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if got := ssh.FingerprintSHA256(key); got != h.HostKey {
			return fmt.Errorf("the machine shows key %s, pinned is %s: it is another machine, or somebody is in between", got, h.HostKey)
		}
		return nil
	}, nil
}

// run feeds a script to a shell on the machine, where $d is our folder.
func (s *hostSession) run(script string) (string, error) {
	return s.feed("sh -s", strings.NewReader("set -e\nd="+s.Dir+"\n"+script+"\n"))
}

// feed runs a command that reads what is given.
func (s *hostSession) feed(command string, in io.Reader) (string, error) {
	session, err := s.NewSession()
	if err != nil {
		return "", fmt.Errorf("%s: the connection was cut: %w", s.Address, err)
	}
	defer session.Close()
	var out, failed bytes.Buffer
	session.Stdin, session.Stdout, session.Stderr = in, &out, &failed
	err = session.Run(command)
	said := strings.TrimSpace(failed.String())
	if lost := (*ssh.ExitMissingError)(nil); errors.As(err, &lost) {
		return "", fmt.Errorf("%s: the connection was cut: %w", s.Address, err)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", s.Address, err, said[:min(len(said), 400)])
	}
	return out.String(), nil
}
