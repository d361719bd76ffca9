package health

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/shirou/gopsutil/v4/process"
)

// ProcessConfig looks whether a program runs.
type ProcessConfig struct {
	Common
	// Name of the program, as ps shows it.
	Name string `toml:"name"`
	// Command is a pattern (RE2) that its command line holds; instead of a name
	// or beside it.
	Command string `toml:"command"`
	// Count is how many there are at least. Default 1.
	Count int `toml:"count"`
}

type running struct {
	ProcessConfig
	command *regexp.Regexp
}

func (c *ProcessConfig) open() (Check, error) {
	if c.Name == "" && c.Command == "" {
		return nil, errors.New("process wants a name or a command")
	}
	command, err := regexp.Compile(c.Command)
	if err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	return &running{*c, command}, nil
}

func (c *running) Look(ctx context.Context) (Outcome, error) {
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return Outcome{}, fmt.Errorf("list processes: %w", err)
	}
	found := 0
	for _, p := range all {
		// Those that end meanwhile do not run.
		name, err := p.NameWithContext(ctx)
		if err != nil || c.Name != "" && name != c.Name {
			continue
		}
		if line, err := p.CmdlineWithContext(ctx); err == nil && c.command.MatchString(line) && alive(ctx, p) {
			found++
		}
	}
	if ctx.Err() != nil {
		return Outcome{}, ctx.Err()
	}
	if want := max(1, c.Count); found < want {
		return down(0, fmt.Errorf("%d run, want %d", found, want)), nil
	}
	return Outcome{State: Up, Detail: fmt.Sprintf("%d run", found)}, nil
}

// alive leaves out what has ended and is only not yet buried.
func alive(ctx context.Context, p *process.Process) bool {
	states, err := p.StatusWithContext(ctx)
	return err != nil || len(states) == 0 || states[0] != process.Zombie
}
