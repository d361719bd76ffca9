package refuge

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// A remote is a machine over ssh, with one shell that takes script after
// script: to log in again for each would take longer than most of them.
type remote struct {
	client *ssh.Client
	sudo   bool
	done   chan struct{} // closed with the connection

	in  io.WriteCloser // of the shell
	out *bufio.Reader
}

const (
	// sshPatience is how long a machine may say nothing at all.
	sshPatience = 30 * time.Second
	// mostOutput bounds what a command may say: the list of 100,000 files has 15 MB.
	mostOutput = 64 << 20
)

// connect opens a connection that asks every few seconds whether the machine is
// there, and closes when ctx ends.
func (h *host) connect(ctx context.Context) (*remote, error) {
	auth, err := h.auth()
	if err != nil {
		return nil, err
	}
	check, algorithms, err := h.hostKeys()
	if err != nil {
		return nil, err
	}
	client, err := h.login(ctx, &ssh.ClientConfig{User: h.User, Auth: auth, HostKeyCallback: check}, algorithms)
	if err != nil {
		return nil, fmt.Errorf("ssh to %s: %w", h.Address, err)
	}
	r := &remote{client: client, sudo: h.Sudo, done: make(chan struct{})}
	go r.watch(ctx)
	return r, nil
}

// login tries one kind of host key after the other, until one is the pinned one.
func (h *host) login(ctx context.Context, config *ssh.ClientConfig, algorithms [][]string) (client *ssh.Client, err error) {
	var other error // that another key was shown says more than that a kind is missing
	for _, some := range algorithms {
		config.HostKeyAlgorithms = some
		client, err = h.handshake(ctx, config)
		switch {
		case errors.Is(err, errOtherKey):
			other = err
		case err == nil || !strings.Contains(err.Error(), "no common algorithm"):
			return client, err
		}
	}
	return nil, cmp.Or(other, err)
}

func (h *host) handshake(ctx context.Context, config *ssh.ClientConfig) (*ssh.Client, error) {
	conn, err := h.pace.dial(ctx, "tcp", h.Address)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(sshPatience)) // TCP has deadlines
	c, channels, requests, err := ssh.NewClientConn(conn, h.Address, config)
	if err != nil {
		_ = conn.Close() // it may be closed already
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return ssh.NewClient(c, channels, requests), nil
}

// watch closes the connection when ctx ends or the machine is gone.
func (r *remote) watch(ctx context.Context) {
	tick := time.NewTicker(sshPatience / 2)
	defer tick.Stop()
	answered := make(chan error, 1)
	for asked := (time.Time{}); ; {
		select {
		case <-r.done:
			return
		case <-ctx.Done():
			_ = r.client.Close() // what runs on it reports
			return
		case err := <-answered:
			asked = time.Time{}
			if err != nil {
				_ = r.client.Close()
				return
			}
		case <-tick.C:
			switch {
			case asked.IsZero():
				asked = time.Now()
				go func() {
					_, _, err := r.client.SendRequest("keepalive@openssh.com", true, nil)
					answered <- err
				}()
			case time.Since(asked) > sshPatience:
				_ = r.client.Close()
				return
			}
		}
	}
}

func (r *remote) close() {
	close(r.done)
	_ = r.client.Close() // it may be closed already
}

// A failedCommand is a command that ended badly over there.
type failedCommand struct{ status, words string }

func (e *failedCommand) Error() string {
	return cmp.Or(e.words, "exit status "+e.status)
}

// shell starts the shell once first is done, a script that says held in the end.
func (r *remote) shell(first string) error {
	session, err := r.client.NewSession()
	if err != nil {
		return err
	}
	words := limited{most: 4 << 10}
	session.Stderr = &words
	in, err := session.StdinPipe()
	if err != nil {
		return err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return err
	}
	if err := session.Start(r.command(first + `; exec sh -s`)); err != nil {
		return err
	}
	r.in, r.out = in, bufio.NewReaderSize(out, 64<<10)
	if line, err := r.out.ReadString('\n'); err != nil || line != "held\n" {
		_ = session.Wait() // for the last of its words
		return &failedCommand{words: cmp.Or(lastWords(words.String()), "it says nothing")}
	}
	return nil
}

// run runs a script in the shell and returns what it says.
func (r *remote) run(ctx context.Context, script string) (string, error) {
	mark := nonce()
	// The lock is the shell's own: what is started here may outlive it.
	_, err := fmt.Fprintf(r.in, "( %s\n) </dev/null 2>\"$E\" 9>&-; s=$?; printf '\\n%s %%d ' $s; [ $s = 0 ] || tail -c 1000 \"$E\" | tr '\\n' ' '; echo\n", script, mark)
	var said strings.Builder
	for err == nil {
		var line string
		line, err = r.out.ReadString('\n')
		if status, ok := strings.CutPrefix(line, mark+" "); ok {
			status, words, _ := strings.Cut(strings.TrimSpace(status), " ")
			if status == "0" {
				return strings.TrimSuffix(said.String(), "\n"), nil
			}
			return "", &failedCommand{status, words}
		}
		if said.Len() < mostOutput {
			said.WriteString(line)
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", fmt.Errorf("the connection was cut: %w", err)
}

// pipe runs a script that reads what write writes.
func (r *remote) pipe(ctx context.Context, script string, write func(io.Writer) error) error {
	session, err := r.client.NewSession()
	if err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	defer session.Close()
	words := limited{most: 4 << 10}
	session.Stderr = &words
	in, err := session.StdinPipe()
	if err != nil {
		return err
	}
	if err := session.Start(r.command(script)); err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	failed := write(in)
	_ = in.Close() // the script may have ended without it
	err = session.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*ssh.ExitMissingError](err); ok {
		return errCut
	}
	if failed != nil && !errors.Is(failed, io.EOF) { // which is what writing to a script that has ended gives
		return failed
	}
	if exit, ok := errors.AsType[*ssh.ExitError](err); ok {
		return &failedCommand{fmt.Sprint(exit.ExitStatus()), lastWords(words.String())}
	}
	return err
}

// errCut says what a lost connection means.
var errCut = errors.New("the connection was cut; the next push goes on from here")

// command is the script as sshd hands it to the user's shell, whichever that is.
func (r *remote) command(script string) string {
	command := "sh -c " + quote("export LC_ALL=C; "+script)
	if r.sudo {
		command = "sudo -n " + command
	}
	return command
}

// quote makes one word of any text, for every shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// lastWords are the last lines that a command complains with.
func lastWords(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// A limited buffer keeps the first bytes and reads on.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), l.most-l.Len())])
	return len(p), nil
}
