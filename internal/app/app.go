// Package app is the command line: it turns arguments into a composition of
// the floors below, owns every goroutine that outlives a call, and turns
// errors into words and exit statuses.
package app

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// A Program is one run of buzzproof with its surroundings made explicit, so
// that a test can start it as the shell does.
type Program struct {
	Args   []string
	Stdout io.Writer // data
	Stderr io.Writer // talk and progress

	globals globals
}

// Run carries out the command line and returns the exit status.
func (p *Program) Run(ctx context.Context) int {
	root := p.root()
	root.SetArgs(p.Args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(p.Stderr, "buzzproof: %v\n", err)
		return statusOf(err)
	}
	return 0
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
	p.globals.addFlags(root.PersistentFlags())
	root.AddCommand(p.checkCommand(), p.freezeCommand(), p.upCommand(), p.showCommand(), p.rehearseCommand(), p.demoCommand(),
		p.statsCommand(), p.bansCommand(), p.unbanCommand(), p.sshCommand(), p.doctorCommand(), p.versionCommand())
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

// wants makes the wrong number of arguments a misuse.
func wants(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return withStatus(statusMisused, fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath()))
		}
		return nil
	}
}
