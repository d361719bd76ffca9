package serve

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"buzzproof/internal/snapshot"
)

// portion is how many bytes a visitor has to take before the clock starts
// anew, see Config.Stall.
const portion = 32 << 10

// send sends the parts as one body. When the visitor leaves in the middle or
// takes too long, the connection is cut; there is no one to tell.
func (s *Server) send(w http.ResponseWriter, r *http.Request, e *snapshot.Entry, v *rendition, status int, parts []part) {
	var length int64
	for _, p := range parts {
		length += int64(len(p.head)) + p.length
	}
	w.Header()["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	defer s.begin(r, e, length)()
	out := &patient{w: w, control: http.NewResponseController(w), stall: s.config.Stall}
	for _, p := range parts {
		if _, err := io.WriteString(w, p.head); err != nil {
			return
		}
		if err := out.copy(v, p.byteRange); err != nil {
			return
		}
	}
}

// A patient writer waits for a reader as long as the reader gets on. A limit
// for the whole answer would cut off a big file on a slow line; no limit would
// let anybody hold a connection for ever by reading nothing.
type patient struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	since   int64 // bytes since the clock was set; the server set it for the first portion
}

func (p *patient) copy(v *rendition, b byteRange) error {
	if v.file != nil {
		if _, err := v.file.Seek(b.start, io.SeekStart); err != nil {
			return err
		}
	}
	for end := b.start + b.length; b.start < end; {
		n := min(portion, end-b.start)
		p.allow(n)
		if err := p.copyPortion(v, b.start, n); err != nil {
			return err
		}
		b.start += n
	}
	return nil
}

func (p *patient) copyPortion(v *rendition, start, n int64) error {
	if v.file == nil {
		_, err := p.w.Write(v.data[start : start+n])
		return err
	}
	_, err := io.CopyN(p.w, v.file, n) // becomes sendfile where nothing has to be encrypted
	return err
}

// allow sets the clock anew once a portion has been taken. A writer without
// deadlines, as tests have, waits for ever.
func (p *patient) allow(n int64) {
	p.since += n
	if p.since > portion {
		_ = p.control.SetWriteDeadline(time.Now().Add(p.stall))
		p.since = n
	}
}
