package serve

import (
	"crypto/rand"
	"fmt"
	"math"
	"net/http"
	"net/textproto"
	"strings"

	"buzzproof/internal/snapshot"
)

// mostRanges is how many parts one answer may have. Readers of documents ask
// for a dozen; more are somebody's try at making small requests dear.
const mostRanges = 32

type byteRange struct{ start, length int64 }

func (b byteRange) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", b.start, b.start+b.length-1, size)
}

// rangesFor returns the parts of v that the request asks for, none for all of
// it. It is not satisfiable when all parts lie behind the end.
func rangesFor(r *http.Request, v *rendition, e *snapshot.Entry) (ranges []byteRange, satisfiable bool) {
	values := r.Header.Values("Range")
	if len(values) != 1 || r.Method != http.MethodGet || v.size == 0 || !stillTheSame(r, v, e) {
		return nil, true
	}
	return parseRange(values[0], v.size)
}

// stillTheSame evaluates If-Range: with another version than the visitor has
// the parts would not fit together. Dates say so only to the second, so they
// must be equal, not just old enough (RFC 9110 section 13.1.5).
func stillTheSame(r *http.Request, v *rendition, e *snapshot.Entry) bool {
	known := textproto.TrimString(r.Header.Get("If-Range"))
	if known == "" || known == v.tag {
		return true
	}
	t, ok := date(r, "If-Range")
	return ok && !e.Modified.IsZero() && seconds(e.Modified).Equal(t)
}

// parseRange reads a Range header for a file of the given size. What is
// malformed, asks in another unit than bytes, for too many parts or for more
// bytes in sum than the file has (parts that overlap) is ignored, as RFC 9110
// section 14.2 allows: the visitor then gets the file once.
func parseRange(value string, size int64) (ranges []byteRange, satisfiable bool) {
	unit, list, ok := strings.Cut(value, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(unit), "bytes") || strings.Count(list, ",") >= mostRanges {
		return nil, true
	}
	var sum int64
	seen := false
	for spec := range strings.SplitSeq(list, ",") {
		spec = textproto.TrimString(spec)
		if spec == "" {
			continue // lists may have empty elements
		}
		b, ok := parseRangeSpec(spec, size)
		if !ok {
			return nil, true
		}
		seen = true
		if b.length > 0 {
			ranges = append(ranges, b)
			sum += b.length
		}
	}
	if sum > size {
		return nil, true
	}
	return ranges, !seen || len(ranges) > 0
}

// parseRangeSpec reads "5-9", "5-" or "-5". The range has no length when it
// lies behind the end.
func parseRangeSpec(spec string, size int64) (byteRange, bool) {
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return byteRange{}, false
	}
	to, toOK := parseDigits(last)
	if first == "" {
		n := min(to, size)
		return byteRange{size - n, n}, toOK
	}
	from, fromOK := parseDigits(first)
	if last == "" {
		to, toOK = size-1, true
	} else if to < from {
		return byteRange{}, false
	}
	to = min(to, size-1)
	return byteRange{from, max(0, to-from+1)}, fromOK && toOK
}

// parseDigits reads a number of any length; what is larger than any file is
// as large as the largest.
func parseDigits(s string) (int64, bool) {
	var n int64
	for i := range len(s) {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 {
			return 0, false
		}
		if n > (math.MaxInt64-d)/10 {
			n = math.MaxInt64
			continue
		}
		n = n*10 + d
	}
	return n, s != ""
}

// A part is a piece of the answer: some text, then some bytes of the file.
type part struct {
	head string
	byteRange
}

func whole(v *rendition) []part { return []part{{byteRange: byteRange{0, v.size}}} }

// multipart frames several ranges as RFC 9110 section 14.6 shows. The frames
// are known beforehand, so the answer has a length.
func multipart(ranges []byteRange, contentType string, size int64) (boundary string, parts []part) {
	boundary = rand.Text()
	parts = make([]part, 0, len(ranges)+1)
	for i, b := range ranges {
		head := fmt.Sprintf("--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n", boundary, contentType, b.contentRange(size))
		if i > 0 {
			head = "\r\n" + head
		}
		parts = append(parts, part{head, b})
	}
	return boundary, append(parts, part{head: "\r\n--" + boundary + "--\r\n"})
}
