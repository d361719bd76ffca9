package lighten

import "sync"

// A room bounds the memory that pictures take while they are unpacked: many
// small ones at once, or one that is large.
type room struct {
	mu   sync.Mutex
	more sync.Cond
	size int64
	free int64
}

func newRoom(size int64) *room {
	r := &room{size: size, free: size}
	r.more.L = &r.mu
	return r
}

// take waits until there is room for n bytes. What is larger than the room
// has it for itself.
func (r *room) take(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n = min(n, r.size); r.free < n; {
		r.more.Wait()
	}
	r.free -= n
}

// give ends a take of as many bytes.
func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += min(n, r.size)
	r.more.Broadcast()
}
