package alert

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
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/secret"
)

// A request is what a service is asked.
type request struct {
	service string // for errors: "ntfy"
	method  string // POST when empty
	url     string // may hold a secret
	header  http.Header
	kind    string // Content-Type
	body    []byte
	secrets []secret.Text // what no error may show
}

// client follows nobody: a redirect would take the secrets elsewhere. It keeps
// no connection: alerts are rare, and one kept open is dead when it is needed.
var client = &http.Client{
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// mostAnswer is as much of an answer as is read: services say ok, or why not.
const mostAnswer = 64 << 10

// jsonRequest is a request with a body of JSON.
func jsonRequest(service, url string, body any, secrets ...secret.Text) (request, error) {
	data, err := json.Marshal(body)
	return request{
		service: service, url: url, header: http.Header{}, kind: "application/json", body: data, secrets: secrets,
	}, err
}

// send asks and judges the answer.
func (r request) send(ctx context.Context) error {
	method := r.method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return fmt.Errorf("tell %s: its address is no URL", r.service)
	}
	if r.header != nil {
		req.Header = r.header
	}
	req.Header.Set("Content-Type", r.kind)
	req.Header.Set("User-Agent", "buzzproof")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("tell %s: %w", r.service, r.hide(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if resp.StatusCode/100 == 2 && err != nil {
		return fmt.Errorf("tell %s: read its answer: %w", r.service, r.hide(err))
	}
	return r.judge(resp, answer)
}

// judge tells answers that another try may change from those it will not. A
// wrong key is not one of the latter: the owner may mend it tomorrow.
func (r request) judge(resp *http.Response, answer []byte) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	err := r.hide(fmt.Errorf("tell %s: it answers %s: %s", r.service, resp.Status, plain(string(answer), detailLength)))
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return &refusal{err}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return &wait{err, askedFor(resp.Header, answer)}
	}
	return err
}

// askedFor is how long a service wants to be left alone: by RFC 9110, section
// 10.2.3, or in the body as Telegram, Discord and Matrix say it.
func askedFor(h http.Header, answer []byte) time.Duration {
	if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && s > 0 {
		return seconds(s)
	}
	var body struct {
		RetryAfter   float64 `json:"retry_after"`    // Discord, seconds
		RetryAfterMS float64 `json:"retry_after_ms"` // Matrix
		Parameters   struct {
			RetryAfter float64 `json:"retry_after"` // Telegram, seconds
		} `json:"parameters"`
	}
	_ = json.Unmarshal(answer, &body) // what is no JSON asks for nothing
	return seconds(max(body.RetryAfter, body.RetryAfterMS/1000, body.Parameters.RetryAfter))
}

// seconds is a time that somebody else chose.
func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), mostAsked.Seconds()) * float64(time.Second))
}

// hide takes the address, which may be a secret, and every secret out of an
// error.
func (r request) hide(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return hidden(err, r.secrets...)
}

// hidden is an error without secrets.
func hidden(err error, secrets ...secret.Text) error {
	text := err.Error()
	for _, s := range secrets {
		for _, form := range forms(s.Reveal()) {
			text = strings.ReplaceAll(text, form, "(secret)")
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// forms are how a secret may stand in a text. Of one that is an address, what
// it tells the service is secret: its path and its query, whole and in parts.
func forms(s string) (all []string) {
	parts := []string{s}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		parts = append(parts, u.RequestURI(), u.Path, u.RawQuery)
		for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
			plainly, err := url.PathUnescape(segment)
			if err == nil {
				parts = append(parts, plainly)
			}
			parts = append(parts, segment)
		}
	}
	for _, p := range parts {
		for _, form := range []string{p, url.PathEscape(p), url.QueryEscape(p)} {
			if len(form) >= shortestSecret && !slices.Contains(all, form) {
				all = append(all, form)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // the whole before its parts
	return all
}

// shortestSecret spares the words of addresses, such as api and hook: keys are
// longer.
const shortestSecret = 6

// base checks the address of a service and returns it without a last slash.
func base(raw, usual string) (string, error) {
	if raw == "" {
		raw = usual
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("url wants an address such as %s", usual)
	}
	return strings.TrimRight(raw, "/"), nil
}

// secretURL checks an address that is a secret as a whole.
func secretURL(s secret.Text, name string) error {
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%s wants a secret that is an address, such as https://example.org/hook", name)
	}
	return nil
}
