package app

import (
	"context"
	"io"
	"os"
	"time"
)

// grown reads a log that grows: at its end it waits for more. When the name
// leads to another file, that one is read from its start; so is a file that
// was emptied.
type grown struct {
	ctx  context.Context
	name string
	file *os.File
	at   int64
	old  bool // what was there at the beginning is still being read

	caughtUp func() // is called when it is not any more
}

// patience is how often a log is looked at that has nothing new.
const patience = 200 * time.Millisecond

// Read returns an error of ctx once that has ended.
func (g *grown) Read(p []byte) (int, error) {
	for {
		n, err := g.file.Read(p)
		g.at += int64(n)
		if n > 0 || err != nil && err != io.EOF {
			return n, err
		}
		if g.old {
			g.old = false
			g.caughtUp()
		}
		if g.turned() {
			continue
		}
		wait := time.NewTimer(patience)
		select {
		case <-g.ctx.Done():
			wait.Stop()
			return 0, g.ctx.Err()
		case <-wait.C:
		}
	}
}

// turned goes to the beginning of what is there now, if that is not what has
// been read.
func (g *grown) turned() bool {
	mine, err := g.file.Stat()
	if err != nil {
		return false
	}
	if mine.Size() < g.at {
		_, err := g.file.Seek(0, io.SeekStart)
		g.at = 0
		return err == nil
	}
	now, err := os.Stat(g.name)
	if err != nil || os.SameFile(mine, now) || mine.Size() > g.at {
		return false // a name that leads nowhere will lead somewhere soon
	}
	next, err := os.Open(g.name)
	if err != nil {
		return false
	}
	g.file.Close()
	g.file, g.at = next, 0
	return true
}
