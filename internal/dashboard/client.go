package dashboard

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Client watches a server from elsewhere or from this machine.
type Client struct {
	Base *url.URL // of the screen
	Key  string   // may be empty on the same machine
	HTTP *http.Client
}

// ErrKey is that the screen wants its key.
var ErrKey = errors.New("the screen wants its key")

// An Update is what a stream brought. Points are those of the charts when the
// stream begins, and nil afterwards.
type Update struct {
	State
	Points []Point `json:"points"`
}

// mostEvent is far more than the longest history: 1,800 points of 150 bytes.
const mostEvent = 4 << 20

// silence is after how long without an event a stream is taken for dead.
const silence = 15 * time.Second

// Watch calls saw for everything that the server sends until the stream or ctx
// ends; it always returns an error.
func (c *Client) Watch(ctx context.Context, saw func(Update)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	response, err := c.ask(ctx, http.MethodGet, "events", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	dog := time.AfterFunc(silence, cancel)
	defer dog.Stop()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, mostEvent)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var u Update
		if err := json.Unmarshal(data, &u); err != nil {
			return fmt.Errorf("watch %s: %w", c.Base, err)
		}
		dog.Reset(silence)
		saw(u)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("watch %s: %w", c.Base, err)
	}
	return fmt.Errorf("watch %s: %w", c.Base, io.ErrUnexpectedEOF)
}

// State returns what the screen shows now.
func (c *Client) State(ctx context.Context) (s State, err error) {
	response, err := c.ask(ctx, http.MethodGet, "state", nil)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	err = json.NewDecoder(io.LimitReader(response.Body, mostEvent)).Decode(&s)
	return s, err
}

// Do asks for an action and returns what the server said.
func (c *Client) Do(ctx context.Context, a Action) (string, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	response, err := c.ask(ctx, http.MethodPost, "do", body)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	return said(response.Body), nil
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.Base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Buzzproof-Do", "1")
	if c.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.Key)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnauthorized {
		return nil, ErrKey
	}
	return nil, fmt.Errorf("%s %s: %s: %s", method, request.URL.Path, response.Status, said(response.Body))
}

// said is the first line of an answer.
func said(r io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(r, 1<<10))
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
