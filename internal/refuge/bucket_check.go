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

// checkWidth looks whether the key reaches more than this bucket. At Amazon's
// nobody who may list buckets has a key for one alone.
func (b *bucket) checkWidth(ctx context.Context) site.Finding {
	f := site.Finding{About: "key", OK: true, Found: "the key cannot list other buckets"}
	all, err := b.api.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		if !hasCode(err, "AccessDenied") {
			f.Found = "whether the key reaches other buckets could not be asked: " + err.Error()
		}
		return f
	}
	if b.Endpoint == "" {
		f.OK, f.Found, f.Mend = false, "the key can list all buckets of the account", b.narrow()
	}
	for _, other := range all.Buckets {
		if aws.ToString(other.Name) == b.Bucket {
			continue
		}
		f.OK, f.Found, f.Mend = false, "the key can list other buckets", b.narrow()
		if _, err := b.api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: other.Name, MaxKeys: aws.Int32(1)}); err == nil {
			f.Found += ", and look into " + aws.ToString(other.Name)
			break
		}
	}
	return f
}

// narrow is how a key is bound to this bucket.
func (b *bucket) narrow() string {
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:PutObjectAcl","s3:DeleteObject","s3:AbortMultipartUpload","s3:ListMultipartUploadParts"],"Resource":"arn:aws:s3:::%[1]s/*"},`+
		`{"Effect":"Allow","Action":["s3:ListBucket","s3:ListBucketMultipartUploads","s3:GetBucketWebsite","s3:PutBucketWebsite"],"Resource":"arn:aws:s3:::%[1]s"}]}`, b.Bucket)
	if b.Endpoint == "" {
		return "let this be all that the user of the key has: aws iam put-user-policy --user-name NAME --policy-name buzzproof --policy-document '" + policy + "'"
	}
	return "give the key this policy alone, as the store does that: " + policy
}

// Room says what is known of the room for a site.
func (b *bucket) Room(_ context.Context, t Tree) site.Finding {
	var size int64
	for _, o := range t.Objects {
		size += o.Size
	}
	f := site.Finding{About: "quota", OK: true, Found: fmt.Sprintf("the site takes %d MB; a bucket has no limit at Amazon's", size>>20)}
	if b.Endpoint != "" {
		f.Found = fmt.Sprintf("the site takes %d MB; a store does not tell how much it takes yet", size>>20)
	}
	return f
}
