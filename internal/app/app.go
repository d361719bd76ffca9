// Package app is the command line: it turns arguments into a composition of
// the floors below, owns every goroutine that outlives a call, and turns
// errors into words and exit statuses.
package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"buzzproof/internal/pid1"
)

// A Program is one run of buzzproof with its surroundings made explicit, so
// that a test can start it as the shell does.
type Program struct {
	Args   []string
	Stdin  io.Reader // answers; none when nil
	Stdout io.Writer // data
	Stderr io.Writer // talk and progress

	Machine string // where this machine's /boot and /lib/modules lie; "" is /

	globals globals
}

// Run carries out the command line and returns the exit status.
func (p *Program) Run(ctx context.Context) int {
	if pid1.Booted() {
		if err := pid1.Run(ctx); err != nil {
			return statusFailed
		}
		return 0
	}
	root := p.root()
	root.SetArgs(p.Args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(p.Stderr, "buzzproof: %s\n", said(err))
		return statusOf(err)
	}
	return 0
}

// said is an error for people: who pressed Ctrl-C knows of no context.
func said(err error) string {
	text := err.Error()
	if statusOf(err) != statusInterrupted {
		return text
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, context.Canceled.Error()), ": ")
	switch {
	case text == "":
		return "interrupted"
	case strings.HasPrefix(text, "interrupted"):
		return text
	}
	return "interrupted: " + text
}

// talk says a line to whoever watches.
func (p *Program) talk(format string, args ...any) {
	if !p.globals.quiet {
		fmt.Fprintf(p.Stderr, format+"\n", args...)
	}
}

func (p *Program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "buzzproof",
		Short:         "keep a self-hosted site reachable on the day it becomes famous",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withStatus(statusMisused, fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath()))
	})
	root.SetUsageFunc(usage)
	p.globals.addFlags(root.PersistentFlags())
	root.AddCommand(p.checkCommand(), p.freezeCommand(), p.upCommand(), p.showCommand(), p.rehearseCommand(), p.demoCommand(), p.imageCommand(),
		p.statsCommand(), p.bansCommand(), p.unbanCommand(), p.sshCommand(), p.doctorCommand(),
		p.evacuateCommand(), p.returnCommand(), p.panicCommand(),
		p.watchCommand(), p.alertCommand(), p.healthCommand(), p.reportCommand(), p.configCommand(), p.versionCommand())
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Short, c.Args, c.RunE = "teach your shell the commands", knownShell, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	return root
}

// knownCommand refuses a word that is no command, with the nearest one.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q\nsee: buzzproof --help", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("there is no command %q\ndid you mean: buzzproof %s", args[0], near[0])
	}
	return withStatus(statusMisused, err)
}

// knownShell refuses a shell that completion knows nothing of.
func knownShell(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return withStatus(statusMisused, fmt.Errorf("completion knows no shell %q\ntry one of: bash, zsh, fish, powershell", args[0]))
}

// wants makes the wrong number of arguments a misuse.
func wants(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		want := strings.TrimSpace(strings.TrimPrefix(cmd.Use, cmd.Name()))
		if want == "" || strings.HasPrefix(want, "--") {
			want = "no argument"
		}
		got := "nothing"
		if len(args) > 0 {
			got = strings.Join(args, " ")
		}
		return withStatus(statusMisused, fmt.Errorf("%s wants %s and got %s\nsee: %s --help", cmd.Name(), want, got, cmd.CommandPath()))
	}
}
