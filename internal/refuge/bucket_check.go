package refuge

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"buzzproof/internal/site"
)

// Check writes a probe, reads it as a stranger and takes it away.
func (b *bucket) Check(ctx context.Context) []site.Finding {
	key := ownFolder + "probe-" + nonce() + ".txt"
	findings := []site.Finding{b.checkWrite(ctx, key)}
	if findings[0].OK {
		findings = append(findings, b.checkConditions(ctx, key), b.checkReading(ctx, key), b.checkDelete(ctx, key))
	}
	if b.Endpoint == "" {
		findings = append(findings, b.checkWidth(ctx))
	}
	return findings
}

const probeText = "buzzproof was here\n"

func (b *bucket) probe(key string) *s3.PutObjectInput {
	return &s3.PutObjectInput{
		Bucket: &b.Bucket, Key: &key, Body: strings.NewReader(probeText), ContentType: aws.String("text/plain"),
		CacheControl: aws.String("no-store"), ACL: types.ObjectCannedACL(b.ACL),
	}
}

func (b *bucket) checkWrite(ctx context.Context, key string) site.Finding {
	f := site.Finding{About: "bucket", OK: true, Found: "objects can be written to " + b.Bucket}
	if _, err := b.api.PutObject(ctx, b.probe(key)); err != nil {
		f.OK, f.Found = false, fmt.Sprintf("writing to bucket %s: %v", b.Bucket, err)
		f.Mend = "make the bucket, and let the key do s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListMultipartUploadParts in it"
	}
	return f
}

// checkConditions finds out whether the store refuses to overwrite. One that
// does not is watched by reading back, so that is nothing to mend.
func (b *bucket) checkConditions(ctx context.Context, key string) site.Finding {
	in := b.probe(key)
	in.IfNoneMatch = aws.String("*")
	_, err := b.api.PutObject(ctx, in)
	f := site.Finding{About: "conditional writes", OK: true, Found: "the store refuses to overwrite unseen"}
	if !hasCode(err, "PreconditionFailed") {
		f.Found = "the store overwrites unseen: let only one machine push to this bucket"
	}
	return f
}

// checkReading reads the probe as visitors will.
func (b *bucket) checkReading(ctx context.Context, key string) site.Finding {
	f := site.Finding{About: "reading", Found: "strangers can read objects at " + b.Base, OK: true}
	mend := "let everybody read objects: a bucket policy with s3:GetObject for *, or acl = \"public-read\""
	err := b.configure(ctx, "") // a bucket that is no website yet answers nobody
	if err != nil {
		return site.Finding{About: f.About, Found: err.Error(), Mend: "let the key do s3:PutBucketWebsite, or make the bucket a website"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Base+"/"+key, nil)
	if err != nil {
		return site.Finding{About: f.About, Found: err.Error(), Mend: "mend base"}
	}
	if b.Serve == website && strings.Contains(b.Bucket, ".") {
		r.Host = b.Bucket // the name of the site, by which a store finds the bucket
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return site.Finding{About: f.About, Found: err.Error(), Mend: "mend base, or wait until its name is known"}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	switch {
	case err != nil:
		f.OK, f.Found, f.Mend = false, err.Error(), mend
	case resp.StatusCode != http.StatusOK:
		f.OK, f.Found, f.Mend = false, fmt.Sprintf("a stranger who reads at %s gets status %d", b.Base, resp.StatusCode), mend
	case string(body) != probeText || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain"):
		f.OK, f.Found, f.Mend = false, "a stranger who reads at "+b.Base+" does not get what was written", "mend base: it leads elsewhere"
	}
	return f
}

func (b *bucket) checkDelete(ctx context.Context, key string) site.Finding {
	if err := b.remove(ctx, []string{key}); err != nil {
		return site.Finding{About: "deleting", Found: err.Error(), Mend: "let the key do s3:DeleteObject in the bucket"}
	}
	return site.Finding{About: "deleting", OK: true, Found: "objects can be deleted"}
}

// checkWidth looks whether the key can do more than it needs. Only Amazon's own
// keys can be bound to one bucket everywhere.
func (b *bucket) checkWidth(ctx context.Context) site.Finding {
	if _, err := b.api.ListBuckets(ctx, &s3.ListBucketsInput{}); err == nil {
		return site.Finding{
			About: "key", Found: "the key can list all buckets of the account",
			Mend: "give it a policy for this bucket alone: arn:aws:s3:::" + b.Bucket + " and arn:aws:s3:::" + b.Bucket + "/*",
		}
	}
	return site.Finding{About: "key", OK: true, Found: "the key cannot list other buckets"}
}
