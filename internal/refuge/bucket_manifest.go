package refuge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// ownFolder is what we keep for ourselves in the bucket.
const ownFolder = ".buzzproof/"

// ErrRaced says that somebody else pushes to the same place.
var ErrRaced = errors.New("somebody else is pushing there at the same time")

// A bucketManifest says what we have put into a bucket. It is written before
// anything else changes and again when all is done; in between it says what
// may be there or not. The nonce tells two of the same content apart: the ETag
// is that of the bytes, and a compare-and-swap by it would not notice that
// somebody has changed them and changed them back.
type bucketManifest struct {
	Schema int                     `json:"schema"`
	ID     string                  `json:"id"` // of the snapshot
	Nonce  string                  `json:"nonce"`
	Error  string                  `json:"error,omitempty"` // key of the page of what is not found
	Held   map[string]string       `json:"held"`            // tag by key: what is there
	Doubt  []string                `json:"doubt,omitempty"` // what is being put or deleted
	Parts  map[string]bucketUpload `json:"parts,omitempty"` // big files that are under way, by key

	etag string // of the manifest as it was read or written; empty when there is none
}

// A bucketUpload is a multipart upload under way.
type bucketUpload struct {
	ID  string `json:"id"`
	Tag string `json:"tag"`
}

// keys are all that may be there.
func (m *bucketManifest) keys() []string {
	all := map[string]bool{}
	for key := range m.Held {
		all[key] = true
	}
	for _, key := range m.Doubt {
		all[key] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// read returns the manifest; one without etag is that of a bucket with nothing of ours.
func (b *bucket) read(ctx context.Context) (*bucketManifest, error) {
	m := &bucketManifest{Schema: 1, Held: map[string]string{}, Parts: map[string]bucketUpload{}}
	raw, etag, err := b.load(ctx, b.manifest)
	if err != nil || etag == "" {
		return m, err
	}
	err = json.Unmarshal(raw, m)
	if err == nil && m.Schema != 1 {
		err = fmt.Errorf("schema %d is not 1: made by another version of buzzproof", m.Schema)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of bucket %s: %w", b.manifest, b.Bucket, err)
	}
	m.etag = etag
	if m.Held == nil {
		m.Held = map[string]string{}
	}
	if m.Parts == nil {
		m.Parts = map[string]bucketUpload{}
	}
	return m, nil
}

// write replaces the manifest that m was read as. The store refuses when it is
// not that one any more, where it can; one that cannot is asked before and
// after, which leaves a gap of one round trip.
func (b *bucket) write(ctx context.Context, m *bucketManifest) error {
	if err := b.still(ctx, m); err != nil {
		return err
	}
	m.Nonce = nonce()
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write %s: %w", b.manifest, err)
	}
	etag, err := b.store(ctx, b.manifest, raw, m.etag)
	switch {
	case errors.Is(err, ErrRaced):
		return b.settled(ctx, m) // a first try may have been done and its answer lost
	case err != nil:
		return err
	}
	m.etag = etag
	return b.still(ctx, m)
}

// load reads one of our own documents; without etag there is none.
func (b *bucket) load(ctx context.Context, key string) (raw []byte, etag string, err error) {
	out, err := b.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Bucket, Key: &key})
	if _, missing := errors.AsType[*types.NoSuchKey](err); missing {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read %s of bucket %s: %w", key, b.Bucket, err)
	}
	defer out.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(out.Body, 256<<20))
	if err != nil {
		return nil, "", fmt.Errorf("read %s of bucket %s: %w", key, b.Bucket, err)
	}
	return raw, aws.ToString(out.ETag), nil
}

// store writes one of our own documents if it still is the one with that etag,
// or if there still is none. Otherwise it returns ErrRaced.
func (b *bucket) store(ctx context.Context, key string, raw []byte, etag string) (string, error) {
	in := &s3.PutObjectInput{
		Bucket: &b.Bucket, Key: &key, Body: bytes.NewReader(raw),
		ContentType: aws.String("application/json"), CacheControl: aws.String("no-store"),
	}
	if etag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(etag)
	}
	out, err := b.api.PutObject(ctx, in)
	if hasCode(err, "NotImplemented") {
		in.IfMatch, in.IfNoneMatch, in.Body = nil, nil, bytes.NewReader(raw)
		out, err = b.api.PutObject(ctx, in)
	}
	switch {
	case hasCode(err, "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"):
		return "", fmt.Errorf("bucket %s: %w", b.Bucket, ErrRaced)
	case err != nil:
		return "", fmt.Errorf("write %s of bucket %s: %w", key, b.Bucket, err)
	}
	return aws.ToString(out.ETag), nil
}

// still makes sure that the manifest is the one that m was read or written as.
func (b *bucket) still(ctx context.Context, m *bucketManifest) error {
	now, err := b.read(ctx)
	if err == nil && now.Nonce != m.Nonce {
		err = fmt.Errorf("bucket %s: %w", b.Bucket, ErrRaced)
	}
	return err
}

// settled accepts a manifest that was written although the store said no.
func (b *bucket) settled(ctx context.Context, m *bucketManifest) error {
	now, err := b.read(ctx)
	if err == nil && now.Nonce != m.Nonce {
		err = fmt.Errorf("bucket %s: %w", b.Bucket, ErrRaced)
	}
	if err == nil {
		m.etag = now.etag
	}
	return err
}

// hasCode reports whether a store answered with one of these errors.
func hasCode(err error, codes ...string) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains(codes, api.ErrorCode())
}
