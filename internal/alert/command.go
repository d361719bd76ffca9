package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// CommandConfig is a program of this machine. It gets the payload of a webhook
// on its standard input, and the essentials in its environment: BUZZPROOF_ID,
// _VOICE, _KIND, _PHASE, _TITLE, _SHORT, _LINK. Exit status 0 says that it has
// taken it.
type CommandConfig struct {
	Common
	// Command and its arguments, each for itself: no shell reads them.
	Command []string `toml:"command"`
}

type command struct{ CommandConfig }

func (c *CommandConfig) open() (Channel, error) {
	if len(c.Command) == 0 || c.Command[0] == "" {
		return nil, errors.New(`command wants a list, such as ["/usr/local/bin/ring", "--loud"]`)
	}
	return &command{*c}, nil
}

// passed is what of our environment a command gets: secrets may lie in the rest.
var passed = []string{"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"}

// Send runs the command. At the end of the context it dies with all that it
// started.
func (c *command) Send(ctx context.Context, m Message) error {
	in, err := json.Marshal(payloadOf(m))
	if err != nil {
		return err
	}
	words := &head{most: detailLength}
	cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), words, words
	cmd.Env = environment(m)
	cmd.WaitDelay = time.Second // for a grandchild that holds the pipe
	ownGroup(cmd)
	err = cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("run %s: it was ended: it took too long", c.Command[0])
	case len(words.text) > 0:
		return fmt.Errorf("run %s: %w: %s", c.Command[0], err, plain(string(words.text), detailLength))
	}
	return fmt.Errorf("run %s: %w", c.Command[0], err)
}

func environment(m Message) []string {
	var env []string
	for _, name := range passed {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	kind, phase := "sum", ""
	if len(m.Events) == 1 {
		kind, phase = string(m.Events[0].Kind), m.Events[0].Phase
	}
	return append(env, "BUZZPROOF_ID="+m.ID, "BUZZPROOF_VOICE="+m.Voice.String(), "BUZZPROOF_KIND="+kind,
		"BUZZPROOF_PHASE="+plain(phase, wordLength), "BUZZPROOF_TITLE="+m.Title, "BUZZPROOF_SHORT="+m.Short, "BUZZPROOF_LINK="+m.Link)
}

// A head keeps the beginning of what a command says.
type head struct {
	text []byte
	most int
}

func (h *head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), h.most-len(h.text))]...)
	return len(p), nil
}
