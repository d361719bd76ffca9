package traffic

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"strings"
	"sync"

	"buzzproof/internal/accesslog"
)

// A Counter reads logs and keeps what they add up to.
type Counter struct {
	options Options
	seed    maphash.Seed // never written anywhere: who was here cannot be asked later
	shards  []*shard
	lines   uint64
	bytes   uint64
	dropped uint64 // by the filter, before a shard saw them
	failed  failures
	idle    []*job // those not under way; how many there are bounds the memory
}

// New returns a counter that has seen nothing.
func New(o Options) *Counter {
	o.Shards = max(1, o.Shards)
	if o.Exact == 0 {
		o.Exact = DefaultExact
	}
	c := &Counter{options: o, seed: maphash.MakeSeed()}
	for range o.Shards {
		c.shards = append(c.shards, newShard(&o, c.seed, max(1, o.Exact/o.Shards), o.Shards))
	}
	return c
}

// A job is one chunk on its way: parsed by any worker, then counted by every
// shard, in the order of the log.
type job struct {
	chunk  []byte
	format accesslog.Format
	hits   []parsed   // all of them, where they were parsed
	of     [][]uint32 // which of them are each shard's
	failed []Failure
	lines  uint64
	long   uint64 // lines left out before the chunk
	bad    uint64
	out    uint64        // filtered
	ready  chan struct{} // closed when parsed
	left   sync.WaitGroup
}

// A parsed hit knows the hash of its client.
type parsed struct {
	hit    accesslog.Hit
	client uint64
}

// Read counts the lines of a log until it ends, breaks, pauses (tail.ErrPause; call
// again later) or the context is done. What it has read by then is counted.
// Only one Read may run at a time.
func (c *Counter) Read(ctx context.Context, log *Log) error {
	p := c.start()
	err := c.feed(ctx, p, log)
	for len(p.order) > 0 {
		c.collect(p, log)
	}
	p.stop()
	c.long(log, log.takeLong())
	return err
}

// Learn reads a log for the judges alone, so that a filter by class knows what
// the clients will have done by the end. All logs are learned before the first
// is read.
func (c *Counter) Learn(ctx context.Context, log *Log) error {
	for _, s := range c.shards {
		s.learning, s.learned = true, false
	}
	err := c.Read(ctx, log)
	for _, s := range c.shards {
		s.learning, s.learned = false, true
	}
	c.lines, c.bytes, c.dropped, c.failed = 0, 0, 0, failures{}
	return err
}

// feed hands chunks to the workers and collects them again.
func (c *Counter) feed(ctx context.Context, p *pipeline, log *Log) error {
	for ctx.Err() == nil {
		if len(c.idle) == 0 {
			c.collect(p, log)
		}
		j := c.idle[len(c.idle)-1]
		chunk, err := log.Next(j.chunk)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		j.chunk, j.long = chunk, log.takeLong()
		c.idle = c.idle[:len(c.idle)-1]
		c.bytes += uint64(len(j.chunk))
		j.format = log.format
		log.format = below(log.format, j.chunk)
		p.send(j)
	}
	return ctx.Err()
}

// below returns the format that holds below a chunk: a headed one may change.
func below(format accesslog.Format, chunk []byte) accesslog.Format {
	headed, ok := format.(accesslog.Headed)
	for ok {
		at := bytes.IndexByte(chunk, '#')
		if at < 0 {
			break
		}
		line, rest, _ := bytes.Cut(chunk[at:], []byte{'\n'})
		if at == 0 || chunk[at-1] == '\n' {
			format = headed.Header(bytes.TrimSuffix(line, []byte{'\r'}))
			headed, ok = format.(accesslog.Headed)
		}
		chunk = rest
	}
	return format
}

// collect waits for the oldest job and takes over what it found besides hits.
func (c *Counter) collect(p *pipeline, log *Log) {
	j := <-p.order
	j.left.Wait()
	c.long(log, j.long)
	for _, f := range j.failed {
		f.File, f.Line = log.name, f.Line+log.line
		c.failed.keep(f)
	}
	c.failed.count += j.bad
	c.lines += j.lines
	log.line += j.lines
	c.dropped += j.out
	c.idle = append(c.idle, j)
}

// long counts lines that were too long to be looked at.
func (c *Counter) long(log *Log, lines uint64) {
	c.failed.long(log, lines)
	c.lines += lines
}

// parse reads the lines of a job and deals its hits to the shards.
func (c *Counter) parse(j *job) {
	chunk := j.chunk
	format := j.format
	headed, _ := format.(accesslog.Headed)
	for len(chunk) > 0 {
		var line []byte
		if end := bytes.IndexByte(chunk, '\n'); end >= 0 {
			line, chunk = chunk[:end], chunk[end+1:]
		} else {
			line, chunk = chunk, nil
		}
		j.lines++
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		switch {
		case len(line) == 0:
		case line[0] == '#':
			if headed != nil {
				format = headed.Header(line)
				headed, _ = format.(accesslog.Headed)
			}
		default:
			c.parseLine(j, format, line)
		}
	}
}

func (c *Counter) parseLine(j *job, format accesslog.Format, line []byte) {
	if len(j.hits) == cap(j.hits) {
		j.hits = append(j.hits, parsed{})[:len(j.hits)]
	}
	p := &j.hits[:len(j.hits)+1][len(j.hits)] // is one of them once its length says so
	h := &p.hit
	if err := format.Parse(line, h); err != nil {
		j.bad++
		if len(j.failed) < keptFailures {
			j.failed = append(j.failed, newFailure(j.lines, line, err))
		}
		return
	}
	if c.options.NoQuery {
		if at := strings.IndexByte(h.Path, '?'); at > 0 {
			h.Path = h.Path[:at]
		}
	}
	if !c.options.Filter.keeps(h) {
		j.out++
		return
	}
	p.client = maphash.String(c.seed, h.Client)
	s := p.client >> 32 * uint64(len(j.of)) >> 32
	j.of[s] = append(j.of[s], uint32(len(j.hits)))
	j.hits = j.hits[:len(j.hits)+1]
}

// Lines returns how many lines were read.
func (c *Counter) Lines() uint64 { return c.lines }
