package refuge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"buzzproof/internal/coding"
)

// tagName is the metadata in which an object says what it is.
const tagName = "buzzproof"

// Push uploads what the bucket does not hold: first what pages are made of,
// then pages, and last it deletes what is no more. A visitor meets old pages or
// new ones, each with all that it needs.
//
// Who pushes in calm weather and who evacuates may be two processes that meet
// here. Then each finds what the other has brought, and goes on from there.
func (b *bucket) Push(ctx context.Context, t Tree, progress func(done, total int64)) (err error) {
	for range 5 {
		if err = b.push(ctx, t, progress); !errors.Is(err, ErrRaced) {
			return err
		}
		if e := wait(ctx, time.Duration(rand.Int64N(int64(2*time.Second)))); e != nil {
			return e
		}
	}
	return err
}

func (b *bucket) push(ctx context.Context, t Tree, progress func(done, total int64)) error {
	items, err := b.layout(t)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return errors.New("push: the snapshot has nothing that a bucket can hold")
	}
	m, err := b.read(ctx)
	if err != nil {
		return err
	}
	missing, gone, err := b.compare(ctx, m, items)
	if err != nil {
		return err
	}
	if len(missing)+len(gone)+len(m.Doubt)+len(m.Parts) == 0 && m.ID == t.ID && m.Error == errorKey(t) {
		return b.configure(ctx, errorKey(t))
	}
	p := &bucketPush{bucket: b, tree: t, manifest: m, meter: &meter{progress: progress}}
	return p.run(ctx, items, missing, gone)
}

// compare finds what has to be put and what deleted. What an earlier push left
// in doubt is looked at.
func (b *bucket) compare(ctx context.Context, m *bucketManifest, items []*item) (missing []*item, gone []string, err error) {
	wanted := map[string]*item{}
	var doubtful []*item
	for _, i := range items {
		wanted[i.key] = i
		switch {
		case slices.Contains(m.Doubt, i.key):
			doubtful = append(doubtful, i)
		case m.Held[i.key] != i.tag:
			missing = append(missing, i)
		}
	}
	for _, key := range m.keys() {
		if wanted[key] == nil {
			gone = append(gone, key)
		}
	}
	there := make([]bool, len(doubtful))
	at := make([]int, len(doubtful))
	for n := range at {
		at[n] = n
	}
	err = parallel(ctx, bucketWorkers, at, func(ctx context.Context, n int) (err error) {
		there[n], err = b.holds(ctx, doubtful[n])
		return err
	})
	for n, i := range doubtful {
		if there[n] {
			m.Held[i.key] = i.tag
		} else {
			missing = append(missing, i)
		}
	}
	return missing, gone, err
}

// holds asks the store whether an object is there as it should be.
func (b *bucket) holds(ctx context.Context, i *item) (bool, error) {
	out, err := b.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Bucket, Key: &i.key})
	if hasCode(err, "NotFound", "NoSuchKey") {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at %s of bucket %s: %w", i.key, b.Bucket, err)
	}
	return out.Metadata[tagName] == i.tag, nil
}

// A bucketPush is one push under way.
type bucketPush struct {
	*bucket
	tree     Tree
	manifest *bucketManifest
	meter    *meter
}

func (p *bucketPush) run(ctx context.Context, items, missing []*item, gone []string) error {
	m := p.manifest
	earlier := m.Doubt // caches may have been told of these, or not
	m.ID, m.Error, m.Doubt = p.tree.ID, errorKey(p.tree), nil
	for _, i := range missing {
		p.meter.total += i.size()
		m.Doubt = append(m.Doubt, i.key)
		delete(m.Held, i.key)
	}
	for _, key := range gone {
		m.Doubt = append(m.Doubt, key)
		delete(m.Held, key)
	}
	p.meter.add(0)
	if err := p.write(ctx, m); err != nil {
		return err
	}
	for _, phase := range order(missing) {
		if err := p.putAll(ctx, phase); err != nil {
			return fmt.Errorf("push to bucket %s: %w", p.Bucket, err)
		}
	}
	if err := p.configure(ctx, m.Error); err != nil {
		return err
	}
	if err := p.remove(ctx, gone); err != nil {
		return err
	}
	if err := p.dropUploads(ctx, m, items); err != nil {
		return err
	}
	if err := p.purge(ctx, m.Nonce, changed(append(earlier, m.Doubt...))); err != nil {
		return err
	}
	m.Doubt = nil
	for _, i := range items {
		m.Held[i.key] = i.tag
	}
	return p.write(ctx, m)
}

// putAll uploads some items. Big ones go first and one after the other: each
// is noted in the manifest so that it can go on after a cut.
func (p *bucketPush) putAll(ctx context.Context, items []*item) error {
	var small []*item
	for _, i := range items {
		if i.Size < bigFile || i.gzip || i.body != nil {
			small = append(small, i)
			continue
		}
		if err := p.putBig(ctx, i); err != nil {
			return err
		}
	}
	return parallel(ctx, bucketWorkers, small, p.put)
}

// put uploads one item at once.
func (p *bucketPush) put(ctx context.Context, i *item) error {
	body, err := p.body(i)
	if err != nil {
		return err
	}
	in := &s3.PutObjectInput{
		Bucket: &p.Bucket, Key: &i.key, Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
		ContentType: text(i.Type), CacheControl: text(i.Cache), ACL: types.ObjectCannedACL(p.ACL),
		WebsiteRedirectLocation: text(websiteLocation(i.Location)), Metadata: map[string]string{tagName: i.tag},
	}
	if i.gzip {
		in.ContentEncoding = aws.String(coding.Gzip.String())
	}
	_, err = p.api.PutObject(ctx, in)
	if i.under && hasCode(err, "ExistingObjectIsDirectory", "DirectoryObjectContainsData", "XMinioObjectExistsAsDirectory") {
		err = nil // the store keeps objects as files; the page is under its file's name too
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", i.key, err)
	}
	p.meter.add(i.size())
	return nil
}

// body reads what is to be uploaded and makes sure that it is what the
// snapshot says.
func (p *bucketPush) body(i *item) ([]byte, error) {
	if i.body != nil || i.Location != "" {
		return i.body, nil
	}
	plain, err := readObject(p.tree, i.Object)
	if err != nil || !i.gzip {
		return plain, err
	}
	return coding.Encode(plain, coding.Gzip, coding.Small)
}

// readObject reads the body of an object and compares its digest.
func readObject(t Tree, o Object) ([]byte, error) {
	f, err := t.Open(o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, o.Size+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.Key, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != o.Digest {
		return nil, fmt.Errorf("read %s: %w: its digest is not %s", o.Key, errDamaged, o.Digest)
	}
	return data, nil
}

// websiteLocation is a redirect's target as S3 takes it: a path or a URL.
func websiteLocation(to string) string {
	if to == "" || strings.HasPrefix(to, "/") || strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "https://") {
		return to
	}
	return "/" + to
}

// putText writes a document of our own that only its last writer has to agree with.
func (b *bucket) putText(ctx context.Context, key, content string) error {
	_, err := b.api.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.Bucket, Key: &key, Body: strings.NewReader(content),
		ContentType: aws.String("text/plain"), CacheControl: aws.String("no-store"),
	})
	return err
}

// text is a string of the API: none when it is empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// configure makes the bucket a website with this page for what is not found.
// Stores without such a setting have theirs elsewhere, and verifying shows
// whether it is right.
func (b *bucket) configure(ctx context.Context, errorPage string) error {
	if b.Serve != website {
		return nil
	}
	want := &types.WebsiteConfiguration{IndexDocument: &types.IndexDocument{Suffix: aws.String(indexName)}}
	if errorPage != "" {
		want.ErrorDocument = &types.ErrorDocument{Key: &errorPage}
	}
	now, err := b.api.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: &b.Bucket})
	if err == nil && now.IndexDocument != nil && aws.ToString(now.IndexDocument.Suffix) == indexName &&
		(errorPage == "" || now.ErrorDocument != nil && aws.ToString(now.ErrorDocument.Key) == errorPage) {
		return nil
	}
	if hasCode(err, "NotImplemented", "AccessDenied", "MethodNotAllowed") {
		return nil
	}
	_, err = b.api.PutBucketWebsite(ctx, &s3.PutBucketWebsiteInput{Bucket: &b.Bucket, WebsiteConfiguration: want})
	if err != nil && !hasCode(err, "NotImplemented", "AccessDenied", "MethodNotAllowed") {
		return fmt.Errorf("make bucket %s a website: %w", b.Bucket, err)
	}
	return nil
}

// changed lists the paths that caches have to forget.
func changed(keys []string) []string {
	paths := map[string]bool{}
	for _, key := range keys {
		paths["/"+key] = true
		if folder, ok := strings.CutSuffix(key, indexName); ok {
			paths["/"+folder] = true
		}
	}
	return slices.Sorted(maps.Keys(paths))
}
