package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errNo is the owner's answer.
var errNo = withStatus(statusInterrupted, errors.New("not confirmed: nothing was done"))

// confirm asks once before money is spent or a name moved.
func (p *Program) confirm(question string) error {
	if p.globals.yes {
		return nil
	}
	answer, err := p.ask(question + " [yes/no]")
	switch {
	case err != nil:
		return withStatus(statusMisused, errors.New("nobody answers here: nothing was done\nsay it beforehand: --yes"))
	case strings.EqualFold(answer, "yes") || strings.EqualFold(answer, "y"):
		return nil
	}
	return errNo
}

// ask shows a question on stderr and reads a line from stdin.
func (p *Program) ask(question string) (string, error) {
	if p.Stdin == nil {
		return "", io.EOF
	}
	fmt.Fprintf(p.Stderr, "%s ", question)
	// A byte at a time: what follows the line belongs to the next question.
	line, err := bufio.NewReaderSize(oneByOne{p.Stdin}, 16).ReadString('\n')
	if err != nil && line == "" {
		fmt.Fprintln(p.Stderr)
		return "", err
	}
	return strings.TrimSpace(line), nil
}

// oneByOne reads no further than it must.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(b []byte) (int, error) { return o.r.Read(b[:min(1, len(b))]) }
