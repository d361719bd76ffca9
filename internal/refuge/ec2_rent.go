package refuge

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A rental is what is known of a machine before it is asked for. It lies in the
// bucket: whoever comes after a crash asks with the same token, in the same
// words, and gets the machine that there is.
type rental struct {
	Nonce   string    `json:"nonce"`
	Attempt int       `json:"attempt"` // which of the types
	Signed  time.Time `json:"signed"`  // when the address in the user data was
	Unpacks bool      `json:"unpacks"` // the user data knows a program in gzip; those of buzzproofs before this one do not

	etag string
}

// token is what makes a start happen once, 64 letters at most.
func (r rental) token() string { return fmt.Sprintf("buzzproof-%s-%d", r.Nonce, r.Attempt) }

func (e *ec2) rentalKey() string { return ownFolder + "ec2-" + e.Name + "-rental.json" }

// rental reads the rental; one without etag is none.
func (e *ec2) rental(ctx context.Context) (r rental, err error) {
	raw, etag, err := e.bucket.load(ctx, e.rentalKey())
	if err != nil || etag == "" {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("read %s: %w", e.rentalKey(), err)
	}
	if r.Attempt < 0 || r.Attempt >= len(e.Types) {
		r.Attempt = 0 // the types have changed
	}
	r.etag = etag
	return r, nil
}

// keep writes the rental if nobody else has.
func (e *ec2) keep(ctx context.Context, r rental) (rental, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	etag, err := e.bucket.store(ctx, e.rentalKey(), raw, r.etag)
	if errors.Is(err, ErrRaced) {
		if now, e := e.rental(ctx); e == nil && now.Nonce == r.Nonce && now.Attempt == r.Attempt {
			return now, nil // the first answer was lost
		}
	}
	r.etag = etag
	return r, err
}

func (e *ec2) forget(ctx context.Context, r rental) error {
	if r.etag == "" {
		return nil
	}
	return e.bucket.remove(ctx, []string{e.rentalKey()})
}

// another is a rental with a token that was never used.
func (e *ec2) another(ctx context.Context, r rental) (rental, error) {
	r.Nonce, r.Attempt, r.Signed, r.Unpacks = nonce(), 0, time.Now().UTC().Truncate(time.Second), true
	return e.keep(ctx, r)
}

// rent returns the machine of ours that there is, or starts one. What it is
// about to ask for is written down before it asks.
func (e *ec2) rent(ctx context.Context) (machine, error) {
	all, err := e.machines(ctx)
	if err != nil {
		return machine{}, err
	}
	if len(all) > 0 {
		return all[0], nil
	}
	r, err := e.rental(ctx)
	if err == nil && r.etag == "" {
		r, err = e.another(ctx, r)
	}
	for err == nil {
		var m machine
		var again bool
		if m, again, err = e.tryRent(ctx, &r); err == nil && !again {
			return m, nil
		}
	}
	return machine{}, err
}

// tryRent asks once. again says that r has another token now.
func (e *ec2) tryRent(ctx context.Context, r *rental) (m machine, again bool, err error) {
	userData, err := e.userData(*r)
	if err != nil {
		return m, false, err
	}
	var answer struct {
		Machines []machine `xml:"instancesSet>item"`
	}
	err = e.query(ctx, e.start(*r, userData), &answer)
	refused, ok := errors.AsType[*apiError](err)
	switch {
	case ok && refused.crowded() && r.Attempt+1 < len(e.Types):
		r.Attempt++
		*r, err = e.keep(ctx, *r)
		return m, true, err
	case ok && refused.crowded():
		// Nothing was started by this token, and the next try begins with the first type.
		if _, kept := e.another(ctx, *r); kept != nil {
			return m, false, errors.Join(err, kept)
		}
		return m, false, fmt.Errorf("no machine of types %s is free: %w", strings.Join(e.Types, ", "), err)
	case ok && refused.Code == "IdempotentParameterMismatch":
		return e.mismatch(ctx, r)
	case err != nil:
		return m, false, err
	case len(answer.Machines) != 1:
		return m, false, fmt.Errorf("RunInstances: it answers with %d machines", len(answer.Machines))
	case answer.Machines[0].gone(): // the one that this token had started, and that has ended
		*r, err = e.another(ctx, *r)
		return m, true, err
	}
	return answer.Machines[0], false, nil
}

// mismatch looks for the machine that was started with this token in other
// words: the configuration has changed since.
func (e *ec2) mismatch(ctx context.Context, r *rental) (machine, bool, error) {
	call := map[string]string{"Action": "DescribeInstances", "Filter.1.Name": "client-token", "Filter.1.Value.1": r.token()}
	for began := time.Now(); ; {
		all, err := e.describe(ctx, call)
		if err != nil {
			return machine{}, false, err
		}
		for _, m := range all {
			if !m.gone() {
				return m, false, nil
			}
		}
		if len(all) > 0 {
			*r, err = e.another(ctx, *r)
			return machine{}, true, err
		}
		if time.Since(began) > e.settle {
			return machine{}, false, errors.New("RunInstances: a machine was asked for with other settings and does not show yet; " +
				"go on with those, or return and begin anew")
		}
		if err := wait(ctx, e.poll); err != nil {
			return machine{}, false, err
		}
	}
}

// A parcel says what a machine is to fetch: keys in the bucket and digests.
type parcel struct {
	Program       string `json:"program"`
	ProgramDigest string `json:"program_sha256"`   // unpacked
	Packed        bool   `json:"packed,omitempty"` // the program is in gzip
	Site          string `json:"site"`
	SiteDigest    string `json:"site_sha256"`
	Taste         taste  `json:"taste"` // what is asked to see that it is there
	Dim           bool   `json:"dim,omitempty"`
}

// A want is what the machine reads, a word and its value in each line, as a
// shell likes it. The parcel stands in it for us.
func (e *ec2) wantKey() string { return ownFolder + "ec2-" + e.Name + "-want.txt" }

const parcelWord = "parcel "

// tell writes what the machine is to have and how long it may go on.
func (e *ec2) tell(ctx context.Context, p parcel) error {
	now := time.Now().UTC().Truncate(time.Second)
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("until %d\n", now.Add(time.Duration(e.Silence*float64(time.Hour))).Unix())
	for _, part := range []struct{ word, key string }{{"next", e.wantKey()}, {"program", p.Program}, {"site", p.Site}} {
		signed, err := e.presign(ctx, part.key, now)
		if err != nil {
			return err
		}
		text += part.word + " " + signed + "\n"
	}
	if p.Packed {
		text += "packed gzip\n"
	}
	if p.Dim {
		text += fmt.Sprintf("dim {\"schema\":1,\"since\":%q}\n", now.Format(time.RFC3339))
	}
	text += fmt.Sprintf("program-sha256 %s\nsite-sha256 %s\n%s%s\nend\n", p.ProgramDigest, p.SiteDigest, parcelWord, raw)
	if err := e.bucket.putText(ctx, e.wantKey(), text); err != nil {
		return fmt.Errorf("tell the machine what to serve: %w", err)
	}
	return nil
}

// wanted reads back what was told last.
func (e *ec2) wanted(ctx context.Context) (p parcel, err error) {
	raw, etag, err := e.bucket.load(ctx, e.wantKey())
	if err != nil {
		return p, err
	}
	if etag == "" {
		return p, errors.New("ec2: nothing was pushed to the bucket")
	}
	for line := range strings.Lines(string(raw)) {
		if text, ok := strings.CutPrefix(line, parcelWord); ok {
			return p, json.Unmarshal([]byte(text), &p)
		}
	}
	return p, fmt.Errorf("ec2: %s does not say what to fetch", e.wantKey())
}

// presign makes an address by which the machine, which has no keys, can read an
// object for a week. The same moment makes the same address.
func (e *ec2) presign(ctx context.Context, key string, at time.Time) (string, error) {
	base, err := url.Parse(e.bucket.Base)
	if err != nil {
		return "", err
	}
	base = base.JoinPath(e.Bucket, key)
	base.RawQuery = url.Values{"X-Amz-Expires": {"604800"}}.Encode() // seven days, the most there is
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String(), nil)
	if err != nil {
		return "", err
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }) // as S3 has it
	signed, _, err := signer.PresignHTTP(ctx, e.credentials(), r, "UNSIGNED-PAYLOAD", "s3", e.Region, at)
	if err != nil {
		return "", fmt.Errorf("sign the address of %s: %w", key, err)
	}
	return signed, nil
}

func insecureHTTP() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // whether it is right is the Verifier's business
	}
}

// userData is what a machine does at its first start. It is a program of a few
// lines for any shell, and is small: 16 KiB are the most there is.
func (e *ec2) userData(r rental) (string, error) {
	want, err := e.presign(context.Background(), e.wantKey(), r.Signed)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, bootScript, quote(want), int(e.Hours*60), quote(e.Listen), e.TLS)
	if b.Len() > 16<<10 {
		return "", errors.New("ec2: the user data has more than 16 KiB")
	}
	return b.String(), nil
}
