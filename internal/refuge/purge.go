package refuge

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// cloudFront is the API of the CDN, which is in one region for all the world.
const cloudFront = "https://cloudfront.amazonaws.com/2020-05-31/distribution/"

// purge tells the caches before the bucket which paths have changed. push
// names this push: told twice, CloudFront does it once.
func (b *bucket) purge(ctx context.Context, push string, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	if b.CloudFront != "" {
		if err := b.invalidate(ctx, cloudFront, push, paths); err != nil {
			return fmt.Errorf("purge CloudFront: %w", err)
		}
	}
	if b.Purge != "" {
		if err := b.postPurge(ctx, paths); err != nil {
			return fmt.Errorf("purge by %s: %w", b.Purge, err)
		}
	}
	return nil
}

// mostPaths is how many paths CloudFront is told one by one. A thousand in a
// month are free, and all in one word count as one.
const mostPaths = 15

type invalidation struct {
	XMLName   xml.Name `xml:"http://cloudfront.amazonaws.com/doc/2020-05-31/ InvalidationBatch"`
	Quantity  int      `xml:"Paths>Quantity"`
	Paths     []string `xml:"Paths>Items>Path"`
	Reference string   `xml:"CallerReference"`
}

func (b *bucket) invalidate(ctx context.Context, api, push string, paths []string) error {
	told := make([]string, 0, mostPaths)
	for _, path := range paths {
		told = append(told, (&url.URL{Path: path}).EscapedPath())
	}
	if len(told) > mostPaths {
		told = []string{"/*"}
	}
	body, err := xml.Marshal(invalidation{Quantity: len(told), Paths: told, Reference: push})
	if err != nil {
		return err
	}
	status, answer, err := b.do(ctx, b.client, awsCall{
		method: http.MethodPost, url: api + url.PathEscape(b.CloudFront) + "/invalidation", mediaType: "text/xml", body: body,
		service: "cloudfront", region: "us-east-1", action: "CreateInvalidation",
	})
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("status %d: %s", status, shorten(answer))
	}
	return err
}

// postPurge posts {"paths": [...]} to the owner's own hook.
func (b *bucket) postPurge(ctx context.Context, paths []string) error {
	body, err := json.Marshal(map[string][]string{"paths": paths})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.Purge, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if name, value, ok := strings.Cut(b.PurgeHeader.Reveal(), ":"); ok {
		r.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, 300)) // only for the message
		return fmt.Errorf("status %d: %s", resp.StatusCode, shorten(answer))
	}
	return nil
}

// shorten makes an answer of a stranger fit into an error.
func shorten(answer []byte) string {
	return strings.Join(strings.Fields(string(answer[:min(len(answer), 300)])), " ")
}
