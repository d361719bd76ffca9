package line

import (
	"container/heap"
	"time"

	"buzzproof/internal/site"
)

// rank finds where the connection stands: with the most urgent of the answers
// under way on it. When none is, it stays where the last one was, since the
// server may still hold the end of it.
func (c *Conn) rank() {
	for level, at := range c.answers {
		if at.answers > 0 {
			c.level, c.left = level, at.left+c.handicap
			break
		}
	}
	if c.index >= 0 {
		heap.Fix(&c.line.queue, c.index)
	}
}

// Begin says that an answer of size bytes begins. end must be called when it
// has been written.
func (c *Conn) Begin(k Kind, class site.Class, size int64) (end func()) {
	if c == nil || c.inside || c.line.aside.Load() {
		return func() {}
	}
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	level := levelOf(k, class)
	at := &c.answers[level]
	at.answers++
	if c.began.IsZero() {
		c.began = now
	}
	at.left += size
	if c.sounds != 0 {
		l.prints.note(c.sounds, class, now)
		c.sounds = 0 // once for each connection
	}
	switch {
	case level == levelText+ofPeople:
		l.promiseText(c, size, now)
	case c.answers[levelText+ofPeople].answers == 0:
		l.unpromise(c) // machines and pictures give way to newcomers
	}
	c.rank()
	return func() { c.end(k, class, level, size) }
}

func (c *Conn) end(k Kind, class site.Class, level int, size int64) {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	at := &c.answers[level]
	if at.answers--; at.answers == 0 {
		at.left = 0
	}
	if k == Text {
		l.textEnded(c, class, size, time.Now())
	}
	c.rank()
}

// Idle says that everything that was asked for on the connection has left the
// server.
func (c *Conn) Idle() {
	if c == nil {
		return
	}
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	c.line.unpromise(c)
	c.began = time.Time{}
}
