package refuge

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// auth is the key of the configuration, or those of the agent.
func (h *host) auth() ([]ssh.AuthMethod, error) {
	if h.Key.IsZero() {
		socket := os.Getenv("SSH_AUTH_SOCK")
		if socket == "" {
			return nil, errors.New("ssh: there is neither a key nor an agent (SSH_AUTH_SOCK)")
		}
		return []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			conn, err := net.DialTimeout("unix", socket, 5*time.Second)
			if err != nil {
				return nil, fmt.Errorf("agent: %w", err)
			}
			return agent.NewClient(conn).Signers() // the signers need the connection as long as they live
		})}, nil
	}
	raw := []byte(h.Key.Reveal() + "\n") // without it the last line does not end
	var signer ssh.Signer
	var err error
	if h.Passphrase.IsZero() {
		signer, err = ssh.ParsePrivateKey(raw)
	} else {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(raw, []byte(h.Passphrase.Reveal()))
	}
	if err != nil {
		return nil, fmt.Errorf("read the ssh key of %s: %w", h.Key.From(), err)
	}
	return []ssh.AuthMethod{ssh.PublicKeys(signer)}, nil
}

// errOtherKey says that the machine showed a key that is not the pinned one.
var errOtherKey = errors.New("it is not the machine that is pinned")

// everyKind are the algorithms of host keys by the kind of key. A fingerprint
// does not say of which kind its key is.
var everyKind = [][]string{
	{ssh.KeyAlgoED25519},
	{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521},
	{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
}

// hostKeys is how the machine must prove itself: by the fingerprint of the
// configuration, or by a file of known hosts.
func (h *host) hostKeys() (ssh.HostKeyCallback, [][]string, error) {
	if h.HostKey != "" {
		return func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if got := ssh.FingerprintSHA256(key); got != h.HostKey {
				return fmt.Errorf("%w: it shows %s, and %s is expected", errOtherKey, got, h.HostKey)
			}
			return nil
		}, everyKind, nil
	}
	file := h.KnownHosts
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, nil, fmt.Errorf("ssh: set host_key or known_hosts: %w", err)
		}
		file = filepath.Join(home, ".ssh", "known_hosts")
	}
	known, err := knownhosts.New(file)
	if err != nil {
		return nil, nil, fmt.Errorf("ssh: set host_key, or known_hosts: %w", err)
	}
	return func(name string, a net.Addr, key ssh.PublicKey) error {
		err := known(name, a, key)
		if k, ok := errors.AsType[*knownhosts.KeyError](err); ok {
			err = h.stranger(file, key, len(k.Want) > 0)
		}
		return err
	}, [][]string{algorithmsOf(known, h.Address)}, nil
}

// stranger says what to do about a key that is not in the file.
func (h *host) stranger(file string, key ssh.PublicKey, other bool) error {
	shown := ssh.FingerprintSHA256(key)
	if other {
		return fmt.Errorf("%w: it shows the key %s, and %s has another for it; "+
			"if the machine was set up anew, take the old line out", errOtherKey, shown, file)
	}
	return fmt.Errorf("nobody vouches for it: it shows the key %s, which is not in %s; "+
		"compare with ssh-keygen -lf on the machine itself, then set host_key = \"%s\"", shown, file, shown)
}

// algorithmsOf are those of the keys that a file has for an address: another
// kind of key of the same machine would look like a stranger's.
func algorithmsOf(known ssh.HostKeyCallback, address string) []string {
	k, ok := errors.AsType[*knownhosts.KeyError](known(address, &net.TCPAddr{}, nobodysKey{}))
	if !ok {
		return nil
	}
	var all []string
	for _, w := range k.Want {
		if kind := w.Key.Type(); kind == ssh.KeyAlgoRSA {
			all = append(all, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			all = append(all, kind)
		}
	}
	return all
}

// nobodysKey is a key that no file has.
type nobodysKey struct{}

func (nobodysKey) Type() string                        { return "none" }
func (nobodysKey) Marshal() []byte                     { return []byte("none") }
func (nobodysKey) Verify([]byte, *ssh.Signature) error { return errors.New("no key") }
