package traffic

import "sync"

// A pipeline is the goroutines of one Read and the jobs between them. With one
// shard there are none, and jobs are done as they come: two cores that share
// what a core has do a quarter more in the same time, for half as much again of
// it.
type pipeline struct {
	counter *Counter
	order   chan *job   // in the order of the log, until collected
	work    chan *job   // to be parsed
	shards  []chan *job // to be counted, in the order of the log
	workers sync.WaitGroup
}

// start begins as many parsers as there are shards: parsing a line takes about
// as long as counting it.
func (c *Counter) start() *pipeline {
	n := len(c.shards)
	jobs := 2*n + 1
	p := &pipeline{counter: c, order: make(chan *job, jobs), work: make(chan *job, jobs)}
	for len(c.idle) < jobs {
		c.idle = append(c.idle, &job{chunk: make([]byte, 0, chunkSize), of: make([][]uint32, n)})
	}
	if n == 1 {
		return p
	}
	for i := range n {
		count := make(chan *job, jobs)
		p.shards = append(p.shards, count)
		p.workers.Go(func() {
			for j := range p.work {
				c.parse(j)
				close(j.ready)
			}
		})
		p.workers.Go(func() {
			for j := range count {
				<-j.ready
				c.shards[i].addAll(j.hits, j.of[i])
				j.left.Done()
			}
		})
	}
	return p
}

func (p *pipeline) send(j *job) {
	for i := range j.of {
		j.of[i] = j.of[i][:0]
	}
	j.hits, j.failed, j.lines, j.bad, j.out = j.hits[:0], j.failed[:0], 0, 0, 0
	if len(p.shards) == 0 {
		p.counter.parse(j)
		p.counter.shards[0].addAll(j.hits, j.of[0])
		p.order <- j
		return
	}
	j.ready = make(chan struct{})
	j.left.Add(len(p.shards))
	p.work <- j
	for _, s := range p.shards {
		s <- j
	}
	p.order <- j
}

// stop ends the goroutines once all jobs are done.
func (p *pipeline) stop() {
	close(p.work)
	for _, s := range p.shards {
		close(s)
	}
	p.workers.Wait()
}
