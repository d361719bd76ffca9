package integration

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// An origin is a living site behind an nginx whose access log the tests read.
type origin struct {
	URL       string // with its closing slash
	AccessLog string
	server    *process // its nginx
}

// A request is one line of an origin's access log.
type request struct {
	Method string
	URI    string // as it was sent
	Status int
	Bytes  int64 // of the body
	Agent  string
}

// accessFormat is the log format that origin.since reads.
const accessFormat = `log_format rig "$request_method\t$request_uri\t$status\t$body_bytes_sent\t$http_user_agent";`

// markPath is answered by every origin's nginx itself.
const markPath = "/rig-mark/"

var marks atomic.Int64

// A mark is a place in an access log: the size of the log when it was set.
type mark int64

// mark asks for an address that stands for this moment and waits for it in the
// log. The nginx has one worker, so whatever was answered before is logged
// before.
func (o *origin) mark(t testing.TB) mark {
	t.Helper()
	name := fmt.Sprintf("%s%d-%d", markPath, os.Getpid(), marks.Add(1))
	resp, err := http.Get(strings.TrimSuffix(o.URL, "/") + name)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		data, err := os.ReadFile(o.AccessLog)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), name+"\t") {
			return mark(len(data))
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("%s does not appear in %s", name, o.AccessLog)
	return 0
}

// since returns the requests the origin answered after a mark.
func (o *origin) since(t testing.TB, from mark) []request {
	t.Helper()
	until := o.mark(t)
	file, err := os.Open(o.AccessLog)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Seek(int64(from), 0); err != nil {
		t.Fatal(err)
	}
	var found []request
	place := from
	lines := bufio.NewScanner(file)
	for lines.Scan() && place < until {
		place += mark(len(lines.Bytes()) + 1)
		r, err := parseRequest(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(r.URI, markPath) {
			found = append(found, r)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

func parseRequest(line string) (request, error) {
	f := strings.Split(line, "\t")
	if len(f) != 5 {
		return request{}, fmt.Errorf("access log line with %d fields: %q", len(f), line)
	}
	status, err := strconv.Atoi(f[2])
	if err != nil {
		return request{}, fmt.Errorf("access log line %q: %w", line, err)
	}
	size, err := strconv.ParseInt(f[3], 10, 64)
	if err != nil {
		return request{}, fmt.Errorf("access log line %q: %w", line, err)
	}
	return request{Method: f[0], URI: f[1], Status: status, Bytes: size, Agent: f[4]}, nil
}
