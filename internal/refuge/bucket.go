package refuge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"buzzproof/internal/secret"
)

// BucketConfig describes a bucket at Amazon's or at any store that speaks S3.
type BucketConfig struct {
	// Endpoint is the URL of the store's API. Amazon's has none: the region says it.
	Endpoint string `toml:"endpoint"`
	// Region is where the bucket is, "auto" at some stores; default us-east-1.
	Region string `toml:"region"`
	// Bucket is its name. A website at Amazon's is found by the name of the
	// site, so there the bucket must be called like it.
	Bucket string `toml:"bucket"`
	AWSKeys
	// PathStyle puts the bucket's name into the path of API addresses, as
	// stores want that have no name of their own for each bucket.
	PathStyle bool `toml:"path_style"`
	// Serve says who stands before the bucket: "website" for the store's own
	// web server, which knows index documents and redirects and sends texts in
	// gzip, or "cdn" for one that compresses by itself and knows neither.
	Serve string `toml:"serve"`
	// ACL is set on each object, such as "public-read", where no policy of the
	// bucket lets everybody read.
	ACL string `toml:"acl"`
	// Base is the URL at which visitors find the bucket, by the store's name
	// for it. For a website at Amazon's it is known.
	Base string `toml:"base"`
	// Name is what a CNAME or ALIAS is to point to; default: the host of Base.
	Name string `toml:"name"`
	// Addrs are fixed addresses, where the CDN has some.
	Addrs []netip.Addr `toml:"addrs"`
	// TLS says that it has a certificate for the site's own name.
	TLS bool `toml:"tls"`
	// Rate is the most that a push takes of the line, such as "500kbit/s".
	Rate string `toml:"rate"`
	// CloudFront is the ID of the distribution to be told of changes.
	CloudFront string `toml:"cloudfront"`
	// Purge is a URL that is posted to after changes.
	Purge string `toml:"purge"`
	// PurgeHeader goes with it: "Authorization: Bearer ...".
	PurgeHeader secret.Text `toml:"purge_header"`
	// Prices names the price list: s3, cloudfront, r2 or none.
	Prices string `toml:"prices"`
	// Metrics is the filter of the bucket's request metrics at CloudWatch, such
	// as "EntireBucket": what is sent is counted by them. CloudFront counts
	// without.
	Metrics string `toml:"metrics"`
	// Meter is the URL of CloudWatch; default: that of the region.
	Meter string `toml:"meter"`
}

const (
	website = "website"
	cdn     = "cdn"
)

// bucketWorkers is how many objects are on their way at once: enough to fill a
// line whose round trip takes longer than a small object.
const bucketWorkers = 16

type bucket struct {
	BucketConfig
	api      *s3.Client
	client   *http.Client
	cost     Cost
	manifest string // key of the list of what is ours
}

// NewBucket opens a bucket. It connects to nothing yet.
func NewBucket(c BucketConfig) (Refuge, error) { return newBucket(c) }

func newBucket(c BucketConfig) (*bucket, error) {
	c.Region, c.Serve, c.Prices = cmp.Or(c.Region, "us-east-1"), cmp.Or(c.Serve, website), cmp.Or(c.Prices, "s3")
	switch {
	case c.Bucket == "":
		return nil, errors.New("bucket: it has no name: set bucket")
	case c.Key.IsZero() || c.Secret.IsZero():
		return nil, errors.New("bucket: it needs key and secret")
	case c.Serve != website && c.Serve != cdn:
		return nil, fmt.Errorf("bucket: serve is %q: want website or cdn", c.Serve)
	}
	if c.Base == "" && c.Endpoint == "" && c.Serve == website {
		c.Base = "http://" + c.Bucket + ".s3-website." + c.Region + ".amazonaws.com"
	}
	base, err := url.Parse(c.Base)
	if err != nil || base.Host == "" {
		return nil, errors.New("bucket: base must be the URL at which visitors find it")
	}
	c.Base = strings.TrimSuffix(c.Base, "/")
	if c.Name == "" && len(c.Addrs) == 0 {
		c.Name = base.Hostname() + "."
	}
	p, err := newPace(c.Rate)
	if err != nil {
		return nil, fmt.Errorf("bucket: rate: %w", err)
	}
	b := &bucket{BucketConfig: c, client: newHTTP(p.dial), manifest: ownFolder + "bucket.json"}
	if b.cost, err = priceList(c.Prices); err != nil {
		return nil, fmt.Errorf("bucket: prices: %w", err)
	}
	b.api = b.open()
	return b, nil
}

// open makes the client of the API. Checksums are sent only where the API wants
// them: the SDK's default wraps bodies in chunks that other stores keep as they
// come, and what is read back is compared by digest anyway.
func (b *bucket) open() *s3.Client {
	o := s3.Options{
		Region: b.Region, Credentials: b.AWSKeys, UsePathStyle: b.PathStyle, HTTPClient: b.client,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff = 8, 10*time.Second
		}),
	}
	if b.Endpoint != "" {
		o.BaseEndpoint = aws.String(b.Endpoint)
	}
	return s3.New(o)
}

// Place is fixed: somebody else runs the web server.
func (b *bucket) Place(context.Context) (Place, error) {
	place, _ := b.Foresee()
	return place, nil
}

// Foresee is the place before anything was pushed.
func (b *bucket) Foresee() (Place, bool) {
	return Place{
		Addrs: b.Addrs, Name: b.Name, Base: b.Base, TLS: b.TLS,
		Terms: Terms{Files: true, Gzip: b.Serve == website, Moved: b.Serve == website, Refresh: b.Serve == cdn},
	}, true
}

func (b *bucket) Cost() Cost { return b.cost }

// Leave removes what was pushed, unless it may stay.
func (b *bucket) Leave(ctx context.Context, keep bool) error {
	if keep {
		return nil
	}
	m, err := b.read(ctx)
	if err != nil || m.etag == "" {
		return err
	}
	if err := b.dropUploads(ctx, m, nil); err != nil {
		return err
	}
	if err := b.remove(ctx, m.keys()); err != nil {
		return err
	}
	return b.remove(ctx, []string{b.manifest}) // last: it knows what else there is
}

// remove deletes objects, a thousand to a request, as the API allows.
func (b *bucket) remove(ctx context.Context, keys []string) error {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	slices.Reverse(keys) // what is in a folder before the folder
	for len(keys) > 0 {
		some := keys[:min(len(keys), 1000)]
		keys = keys[len(some):]
		ids := make([]types.ObjectIdentifier, len(some))
		for i, key := range some {
			ids[i].Key = aws.String(key)
		}
		out, err := b.api.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &b.Bucket, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
		})
		if err != nil {
			return fmt.Errorf("delete %d objects of bucket %s: %w", len(some), b.Bucket, err)
		}
		for _, e := range out.Errors {
			if aws.ToString(e.Code) == "NoSuchKey" {
				continue // by one who was killed in the middle; some stores mind
			}
			if strings.HasSuffix(aws.ToString(e.Key), "/") && aws.ToString(e.Code) == "ErrDirectoryNotEmpty" {
				continue // the store keeps objects as files, and never had one of this name
			}
			return fmt.Errorf("delete %s of bucket %s: %s", aws.ToString(e.Key), b.Bucket, aws.ToString(e.Message))
		}
	}
	return nil
}
