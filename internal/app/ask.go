package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errNo is the owner's answer.
var errNo = withStatus(statusInterrupted, errors.New("not confirmed: nothing was done"))

// confirm asks once before money is spent or a name moved.
func (p *Program) confirm(ctx context.Context, question string) error {
	if p.globals.yes {
		return nil
	}
	answer, err := p.ask(ctx, question+" [yes/no]")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return withStatus(statusMisused, errors.New("nobody answers here: nothing was done\nsay it beforehand: --yes"))
	case strings.EqualFold(answer, "yes") || strings.EqualFold(answer, "y"):
		return nil
	}
	return errNo
}

// ask shows a question on stderr and reads a line from stdin.
func (p *Program) ask(ctx context.Context, question string) (string, error) {
	if p.Stdin == nil {
		return "", io.EOF
	}
	fmt.Fprintf(p.Stderr, "%s ", question)
	// A byte at a time: what follows the line belongs to the next question.
	line, err := spoken(ctx, bufio.NewReaderSize(oneByOne{p.Stdin}, 16).ReadString)
	if err != nil && line == "" {
		fmt.Fprintln(p.Stderr)
		return "", err
	}
	return strings.TrimSpace(line), nil
}

// spoken is a line, or that ctx has ended. A terminal cannot be told that nobody
// waits any more: who reads there does so until the program ends.
func spoken(ctx context.Context, read func(byte) (string, error)) (string, error) {
	type words struct {
		line string
		err  error
	}
	said := make(chan words, 1)
	go func() {
		line, err := read('\n')
		said <- words{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case w := <-said:
		return w.line, w.err
	}
}

// oneByOne reads no further than it must.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(b []byte) (int, error) { return o.r.Read(b[:min(1, len(b))]) }
