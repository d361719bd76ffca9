package dns

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/plain"
)

// api asks a provider over HTTP in JSON.
type api struct {
	base  string                           // without a slash at its end
	sign  func(*http.Request, []byte)      // adds what shows who asks
	why   func([]byte) (code, text string) // the provider's words for what went wrong
	doers *http.Client
}

// busyCodes say that nothing was done yet, with a status that means something
// else: Route 53's.
var busyCodes = []string{"Throttling", "PriorRequestNotComplete"}

const (
	// answerMost is more than all records of a zone of ten thousand take.
	answerMost = 16 << 20
	// A question is asked again when the provider says that it is busy, this
	// often, after as long as it says or this long.
	retries    = 3
	retryAfter = time.Second
	// longestRetry is the longest that is waited for.
	longestRetry = 10 * time.Second
)

// caller makes the client of a provider. It follows no redirects: a secret must
// not travel to where somebody else points.
func caller(base, usual string) (*api, error) {
	if base == "" {
		base = usual
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return nil, errors.New("url: want one such as " + usual)
	}
	return &api{
		base: strings.TrimSuffix(base, "/"),
		doers: &http.Client{
			Timeout:       patience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		why: messages,
	}, nil
}

// bearer signs by a token.
func bearer(token string) func(*http.Request, []byte) {
	return func(r *http.Request, _ []byte) { r.Header.Set("Authorization", "Bearer "+token) }
}

// A refusal is an answer of a provider that is none.
type refusal struct {
	status    int
	code, why string
}

func (e *refusal) Error() string {
	switch e.status {
	case http.StatusUnauthorized:
		return "the provider does not take the credentials (401) " + e.why
	case http.StatusForbidden:
		return "the credentials do not allow it (403) " + e.why
	}
	return strings.TrimSpace(fmt.Sprintf("the provider answers %d %s", e.status, e.why))
}

// refused reports whether an error is an answer with one of these states.
func refused(err error, states ...int) bool {
	e, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(states, e.status)
}

// coded reports whether an error is an answer with one of these codes.
func coded(err error, codes ...string) bool {
	e, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(codes, e.code)
}

// call sends in as JSON, unless it is nil, and reads JSON into out.
func (a *api) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	text, err := a.send(ctx, method, path, "application/json", body)
	if err != nil {
		return err
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s answers with something that is no JSON as expected: %w", a.base, err)
	}
	return nil
}

// send asks, again while the provider is busy. That it was asked too often it
// says before it does anything.
func (a *api) send(ctx context.Context, method, path, kind string, body []byte) ([]byte, error) {
	for try := 0; ; try++ {
		text, header, err := a.once(ctx, method, path, kind, body)
		busy := refused(err, http.StatusTooManyRequests) || coded(err, busyCodes...) || method == http.MethodGet && refused(err, http.StatusBadGateway, http.StatusServiceUnavailable)
		if !busy || try == retries {
			return text, err
		}
		pause, parsed := time.ParseDuration(header.Get("Retry-After") + "s")
		if parsed != nil {
			pause = retryAfter << try
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		case <-time.After(max(0, min(pause, longestRetry))):
		}
	}
}

func (a *api) once(ctx context.Context, method, path, kind string, body []byte) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("User-Agent", "buzzproof")
	a.sign(r, body)
	resp, err := a.doers.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMost+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%s %s: %w", method, a.base, err)
	case len(text) > answerMost:
		return nil, nil, fmt.Errorf("%s answers with more than %d bytes", a.base, answerMost)
	case resp.StatusCode >= 300:
		code, why := a.why(text)
		return nil, resp.Header, &refusal{resp.StatusCode, code, plain.Safe(why, 300)}
	}
	return text, resp.Header, nil
}

// A complaint is what providers write when something is wrong: each has some
// of these members.
type complaint struct {
	Code    json.RawMessage `json:"code"`
	Message string          `json:"message"`
	Error   json.RawMessage `json:"error"`
	Errors  []complaint     `json:"errors"`
}

// messages finds what is for people in an answer that is an error, and a code.
func messages(text []byte) (string, string) {
	var c complaint
	if json.Unmarshal(text, &c) != nil {
		return "", ""
	}
	code, words := c.said()
	return code, strings.Join(words, " ")
}

func (c complaint) said() (code string, words []string) {
	if c.Code != nil {
		code = strings.Trim(string(c.Code), `"`)
	}
	words = strings.Fields(c.Message)
	inner := c.Errors
	var short string
	var e complaint
	if json.Unmarshal(c.Error, &short) == nil {
		words = append(words, short)
	} else if json.Unmarshal(c.Error, &e) == nil {
		inner = append(inner, complaint{Code: e.Code, Message: e.Message})
	}
	for _, e := range inner {
		words = append(words, strings.Fields(e.Message)...)
		if e.Code != nil && code == "" {
			code = strings.Trim(string(e.Code), `"`)
		}
	}
	return code, words
}
