package refuge

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"buzzproof/internal/secret"
)

// AWSKeys are what a request is signed with.
type AWSKeys struct {
	// Key is the access key's ID.
	Key secret.Text `toml:"key"`
	// Secret belongs to Key.
	Secret secret.Text `toml:"secret"`
	// Token is there for keys that were lent for some hours.
	Token secret.Text `toml:"token"`
}

func (k AWSKeys) credentials() aws.Credentials {
	return aws.Credentials{
		AccessKeyID: k.Key.Reveal(), SecretAccessKey: k.Secret.Reveal(), SessionToken: k.Token.Reveal(),
	}
}

// Retrieve makes AWSKeys an aws.CredentialsProvider.
func (k AWSKeys) Retrieve(context.Context) (aws.Credentials, error) { return k.credentials(), nil }

// An awsCall is one request to an API of Amazon's that no SDK is taken for.
type awsCall struct {
	method, url, mediaType  string
	target                  string // the operation, at APIs that speak JSON
	body                    []byte
	service, region, action string // action names it in errors
}

// do signs a call and returns the status and the body of the answer.
func (k AWSKeys) do(ctx context.Context, client *http.Client, c awsCall) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, c.method, c.url, bytes.NewReader(c.body))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", c.action, err)
	}
	r.Header.Set("Content-Type", c.mediaType)
	if c.target != "" {
		r.Header.Set("X-Amz-Target", c.target)
	}
	sum := sha256.Sum256(c.body)
	if err := v4.NewSigner().SignHTTP(ctx, k.credentials(), r, hex.EncodeToString(sum[:]), c.service, c.region, time.Now()); err != nil {
		return 0, nil, fmt.Errorf("%s: sign: %w", c.action, err)
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", c.action, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", c.action, err)
	}
	return resp.StatusCode, body, nil
}

// nonce tells writes of equal bytes apart.
func nonce() string { return rand.Text() }

// newHTTP is a client that waits for nobody for ever and keeps the pace.
func newHTTP(dial dialer) *http.Client {
	return &http.Client{
		Timeout: 10 * time.Minute, // for 8 MB at 0.1 Mbit/s; the dial and the first word have less
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dial,
			TLSHandshakeTimeout: 20 * time.Second, ResponseHeaderTimeout: 2 * time.Minute,
			MaxIdleConnsPerHost: bucketWorkers, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
	}
}
