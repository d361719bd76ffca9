package refuge

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	// bigFile is sent in parts: at 1 Mbit/s 16 MB take two minutes, and a cut
	// should not cost more.
	bigFile = 16 << 20
	// leastPart is above the 5 MB that the API demands.
	leastPart = 8 << 20
	// mostParts is below the 10,000 that it takes.
	mostParts = 9000
)

// putBig uploads an item in parts, or those that an earlier try did not.
func (p *bucketPush) putBig(ctx context.Context, i *item) error {
	id, have, err := p.upload(ctx, i)
	if err != nil {
		return err
	}
	done, err := p.putParts(ctx, i, id, have)
	if err != nil {
		return fmt.Errorf("put %s: %w", i.key, err)
	}
	_, err = p.api.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &p.Bucket, Key: &i.key, UploadId: &id, MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	if err != nil {
		if there, e := p.holds(ctx, i); e == nil && there {
			err = nil // the first answer was lost
		}
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", i.key, err)
	}
	delete(p.manifest.Parts, i.key)
	return nil
}

// upload returns the upload of an item that is under way, with the parts that
// the store has, or begins one and notes it.
func (p *bucketPush) upload(ctx context.Context, i *item) (id string, have map[int32]string, err error) {
	if u, ok := p.manifest.Parts[i.key]; ok && u.Tag == i.tag {
		if have, err = p.parts(ctx, i.key, u.ID); err == nil {
			return u.ID, have, nil
		}
		if !hasCode(err, "NoSuchUpload") {
			return "", nil, err
		}
	}
	out, err := p.api.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &p.Bucket, Key: &i.key, ContentType: text(i.Type), CacheControl: text(i.Cache),
		ACL: types.ObjectCannedACL(p.ACL), Metadata: map[string]string{tagName: i.tag},
	})
	if err != nil {
		return "", nil, fmt.Errorf("put %s: %w", i.key, err)
	}
	id = aws.ToString(out.UploadId)
	p.manifest.Parts[i.key] = bucketUpload{ID: id, Tag: i.tag}
	return id, nil, p.write(ctx, p.manifest)
}

// parts lists what the store has of an upload: MD5 in hex by number.
func (b *bucket) parts(ctx context.Context, key, id string) (map[int32]string, error) {
	have := map[int32]string{}
	pages := s3.NewListPartsPaginator(b.api, &s3.ListPartsInput{Bucket: &b.Bucket, Key: &key, UploadId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list parts of %s: %w", key, err)
		}
		for _, part := range page.Parts {
			have[aws.ToInt32(part.PartNumber)] = strings.Trim(aws.ToString(part.ETag), `"`)
		}
	}
	return have, nil
}

// putParts uploads the parts that are missing. A file that is not what the
// snapshot says is found out before the upload is completed.
func (p *bucketPush) putParts(ctx context.Context, i *item, id string, have map[int32]string) ([]types.CompletedPart, error) {
	f, err := p.tree.Open(i.Object)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	whole := sha256.New()
	part := make([]byte, max(leastPart, i.Size/mostParts+1))
	var done []types.CompletedPart
	for number := int32(1); ; number++ {
		n, err := io.ReadFull(f, part)
		if n == 0 && err == io.EOF {
			break
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		whole.Write(part[:n])
		etag, err := p.putPart(ctx, i.key, id, number, part[:n], have[number])
		if err != nil {
			return nil, err
		}
		done = append(done, types.CompletedPart{ETag: &etag, PartNumber: aws.Int32(number)})
		p.meter.add(int64(n))
	}
	if got := hex.EncodeToString(whole.Sum(nil)); got != i.Digest {
		return nil, fmt.Errorf("%w: its digest is %s, not %s", errDamaged, got, i.Digest)
	}
	return done, nil
}

func (p *bucketPush) putPart(ctx context.Context, key, id string, number int32, part []byte, have string) (string, error) {
	if sum := md5.Sum(part); have == hex.EncodeToString(sum[:]) {
		return `"` + have + `"`, nil
	}
	out, err := p.api.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &p.Bucket, Key: &key, UploadId: &id, PartNumber: &number, Body: bytes.NewReader(part),
	})
	if err != nil {
		return "", fmt.Errorf("part %d: %w", number, err)
	}
	return aws.ToString(out.ETag), nil
}

// dropUploads gives up the uploads in the manifest that no item needs: parts
// that nobody completes are paid for.
func (b *bucket) dropUploads(ctx context.Context, m *bucketManifest, items []*item) error {
	needed := map[string]string{}
	for _, i := range items {
		needed[i.key] = i.tag
	}
	for key, u := range m.Parts {
		if needed[key] == u.Tag {
			continue
		}
		_, err := b.api.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.Bucket, Key: &key, UploadId: &u.ID})
		if err != nil && !hasCode(err, "NoSuchUpload") {
			return fmt.Errorf("give up the upload of %s: %w", key, err)
		}
		delete(m.Parts, key)
	}
	return nil
}
