// Package consent makes links by which an owner says yes once.
//
// A link is a nonce and an hour, signed with a key that never leaves a folder.
// Looking at it changes nothing; using it is on disk before it counts.
package consent

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Links are those that one folder's key has signed.
type Links struct{ dir string }

// In keeps key and used links in a folder.
func In(dir string) Links { return Links{dir} }

var (
	// ErrForged says that a link was not made here, or was changed.
	ErrForged = errors.New("the link is not one of ours")
	// ErrExpired says that the hour of a link is past.
	ErrExpired = errors.New("the link has expired")
	// ErrUsed says that a link was followed before.
	ErrUsed = errors.New("the link was used before")
)

const (
	nonceSize = 16
	tokenSize = nonceSize + 8 + sha256.Size
)

// New makes a token that is good for one use until the hour given.
func (c Links) New(until time.Time) (string, error) {
	k, err := c.key()
	if err != nil {
		return "", err
	}
	token := make([]byte, nonceSize, tokenSize)
	if _, err := rand.Read(token); err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	token = binary.BigEndian.AppendUint64(token, uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(sign(k, token)), nil
}

// Look reports whether a token would be accepted now. It does not use it:
// mail servers and messengers follow links before people do.
func (c Links) Look(token string, now time.Time) error {
	_, err := c.look(token, now)
	return err
}

// Use accepts a token once. The use is on disk when it returns nil.
func (c Links) Use(token string, now time.Time) error {
	lock, err := os.OpenFile(filepath.Join(c.dir, "links.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	defer lock.Close() // which unlocks it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	nonce, err := c.look(token, now)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.usedFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	_, err = f.WriteString(nonce + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("use a link: %w", err)
	}
	return nil
}

func (c Links) look(token string, now time.Time) (nonce string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != tokenSize {
		return "", ErrForged
	}
	k, err := c.key()
	if err != nil {
		return "", err
	}
	body := raw[:tokenSize-sha256.Size]
	if !hmac.Equal(raw, sign(k, body[:len(body):len(body)])) {
		return "", ErrForged
	}
	if now.Unix() > int64(binary.BigEndian.Uint64(body[nonceSize:])) {
		return "", ErrExpired
	}
	nonce = base64.RawURLEncoding.EncodeToString(body[:nonceSize])
	used, err := c.used(nonce)
	if err == nil && used {
		err = ErrUsed
	}
	return nonce, err
}

func sign(k, body []byte) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("buzzproof consent\n"))
	h.Write(body)
	return h.Sum(body)
}

func (c Links) used(nonce string) (bool, error) {
	f, err := os.Open(c.usedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for used links: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if lines.Text() == nonce {
			return true, nil
		}
	}
	return false, lines.Err()
}

func (c Links) usedFile() string { return filepath.Join(c.dir, "links.used") }

// key reads the key, or makes one. Two processes that make one at the same
// time agree on the first.
func (c Links) key() ([]byte, error) {
	name := filepath.Join(c.dir, "links.key")
	k, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		k, err = c.makeKey(name)
	}
	if err == nil && len(k) != sha256.Size {
		err = errors.New("it is torn: delete it")
	}
	if err != nil {
		return nil, fmt.Errorf("key of links %s: %w", name, err)
	}
	return k, nil
}

func (c Links) makeKey(name string) ([]byte, error) {
	k := make([]byte, sha256.Size)
	if _, err := rand.Read(k); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(c.dir, "links.key-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(k)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(name)
}
