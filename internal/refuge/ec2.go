package refuge

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// EC2Config describes a machine that is rented at Amazon's for the stay, and the
// bucket by which it gets the site. A home line that is full cannot feed it.
type EC2Config struct {
	// Region is where; default us-east-1.
	Region string `toml:"region"`
	AWSKeys
	// Endpoint is the URL of the API; default: that of the region.
	Endpoint string `toml:"endpoint"`
	// Name tells machines of several sites apart: the tag "buzzproof".
	Name string `toml:"name"`
	// AMI is the image, of any Linux with cloud-init and curl, for the kind of
	// processor that Types have.
	AMI string `toml:"ami"`
	// Types are tried in this order where there is no capacity; default
	// t4g.small, then t4g.medium. All must have one kind of processor.
	Types []string `toml:"types"`
	// Subnet is where it is put; default: one of the default network.
	Subnet string `toml:"subnet"`
	// Group is the security group, which must let in what Listen names, and 80
	// with TLS.
	Group string `toml:"group"`
	// KeyName is an ssh key to log in with; default none.
	KeyName string `toml:"key_name"`
	// Program is a buzzproof for that kind of processor; default: this one.
	Program string `toml:"program"`
	// Listen is where it serves; default :80, or :443 with TLS.
	Listen string `toml:"listen"`
	// TLS is "off" or "auto": a certificate by ACME, once the name leads there.
	TLS string `toml:"tls"`
	// Bucket is the one that the program and the site are fetched from.
	Bucket string `toml:"bucket"`
	// S3 is the URL of the bucket's API; default: Amazon's.
	S3 string `toml:"s3"`
	// PathStyle is that of the bucket.
	PathStyle bool `toml:"path_style"`
	// Rate is the most that a push takes of the line, such as "500kbit/s".
	Rate string `toml:"rate"`
	// Hours is the longest that a machine lives; default 72. It is ended from
	// within, whatever happens here.
	Hours float64 `toml:"hours"`
	// Silence is how many hours it goes on without a word from home; default 12.
	Silence float64 `toml:"silence"`
	// Cap is the most that its hours may cost in US dollars: it shortens Hours.
	Cap float64 `toml:"cap"`
	// Meter is the URL of CloudWatch, where what is sent is counted; default:
	// that of the region.
	Meter string `toml:"meter"`
	// Quotas is the URL of Service Quotas; default: that of the region.
	Quotas string `toml:"quotas"`
}

type ec2 struct {
	EC2Config
	bucket *bucket
	cost   Cost
	poll   time.Duration // how often the API is asked again
	settle time.Duration // how long what was begun may stay unseen
}

// NewEC2 opens the account. Nothing is asked or rented yet.
func NewEC2(c EC2Config) (Refuge, error) {
	c.Region, c.Name, c.TLS = cmp.Or(c.Region, "us-east-1"), cmp.Or(c.Name, "buzzproof"), cmp.Or(c.TLS, "off")
	c.Hours, c.Silence = cmp.Or(c.Hours, 72), cmp.Or(c.Silence, 12)
	c.Listen = cmp.Or(c.Listen, map[bool]string{true: ":80", false: ":443"}[c.TLS == "off"])
	if len(c.Types) == 0 {
		c.Types = []string{"t4g.small", "t4g.medium"}
	}
	e := &ec2{EC2Config: c, poll: 5 * time.Second, settle: time.Minute}
	if c.Endpoint == "" {
		e.Endpoint = "https://ec2." + c.Region + ".amazonaws.com/"
		e.Quotas = cmp.Or(c.Quotas, "https://servicequotas."+c.Region+".amazonaws.com/")
	} else if strings.HasPrefix(c.Endpoint, "http://127.0.0.1:") {
		e.poll, e.settle = 20*time.Millisecond, time.Second // nothing is rented on loopback
	}
	if err := e.valid(); err != nil {
		return nil, fmt.Errorf("ec2: %w", err)
	}
	e.cost = traffic["s3"] // the same list for what leaves Amazon's
	e.cost.Requests, e.cost.Source = 0, "aws.amazon.com/ec2/pricing"
	for _, kind := range c.Types { // the dearest may be the one that is free
		e.cost.Hour = max(e.cost.Hour, instances[kind]+addressHour+diskHour)
	}
	if c.Cap > 0 {
		e.Hours = min(e.Hours, c.Cap/e.cost.Hour)
	}
	b, err := newBucket(BucketConfig{
		Endpoint: c.S3, Region: c.Region, Bucket: c.Bucket, AWSKeys: c.AWSKeys, PathStyle: c.PathStyle,
		Serve: cdn, Base: cmp.Or(c.S3, "https://s3."+c.Region+".amazonaws.com"), Rate: c.Rate, Prices: "none",
	})
	if err != nil {
		return nil, fmt.Errorf("ec2: %w", err)
	}
	b.manifest = ownFolder + "ec2-" + c.Name + ".json"
	e.bucket = b
	return e, nil
}

func (e *ec2) valid() error {
	switch {
	case e.AMI == "":
		return errors.New("it needs an ami: the image of a Linux in this region")
	case strings.ContainsAny(e.Name, "/ \"'\\"):
		return fmt.Errorf("name %q is no plain word", e.Name)
	case e.TLS != "off" && e.TLS != "auto":
		return fmt.Errorf("tls is %q: want off or auto", e.TLS)
	case e.Hours < 0.1 || e.Silence < 0.1:
		return errors.New("hours and silence must be more than a few minutes")
	}
	for _, kind := range e.Types {
		if machineOf(kind) != machineOf(e.Types[0]) {
			return fmt.Errorf("types %s and %s have different processors", e.Types[0], kind)
		}
		if instances[kind] == 0 {
			return fmt.Errorf("the price of type %q is not known here, so nobody could cap it", kind)
		}
	}
	_, err := portOf(e.Listen)
	return err
}

// machineOf is what uname -m will say: names of families with Amazon's own
// processors have a g after the number, as t4g and c7gn have.
func machineOf(kind string) string {
	family, _, _ := strings.Cut(kind, ".")
	if at := strings.IndexAny(family, "0123456789"); at >= 0 && strings.Contains(family[at:], "g") {
		return "aarch64"
	}
	return "x86_64"
}

func (e *ec2) Cost() Cost { return e.cost }

// Push brings the program and the site to the bucket, and tells a machine that
// runs already what it is to fetch.
func (e *ec2) Push(ctx context.Context, t Tree, progress func(done, total int64)) error {
	luggage, err := e.pack(ctx, t)
	if err != nil {
		return err
	}
	if err := e.bucket.Push(ctx, luggage.tree, progress); err != nil {
		return err
	}
	return e.tell(ctx, luggage.parcel)
}

// Place rents a machine unless there is one, and waits until it answers.
func (e *ec2) Place(ctx context.Context) (Place, error) {
	want, err := e.wanted(ctx)
	if err != nil {
		return Place{}, err
	}
	m, err := e.rent(ctx)
	if err != nil {
		return Place{}, err
	}
	if m, err = e.running(ctx, m.ID); err != nil {
		return Place{}, err
	}
	addr, err := netip.ParseAddr(m.Address)
	if err != nil {
		return Place{}, fmt.Errorf("address of %s: %w", m.ID, err)
	}
	h := host{HostConfig: HostConfig{Listen: e.Listen, TLS: e.TLS}}
	place, err := h.at([]netip.Addr{addr})
	if err != nil {
		return Place{}, err
	}
	return place, e.answers(ctx, m.ID, place, want.Taste)
}

// bootsWithin is how long a machine may take from its start to its first
// answer: cloud-init takes a minute or two, the download another.
const bootsWithin = 8 * time.Minute

// answers waits until it serves what was pushed last: it looks for that once a
// minute.
func (e *ec2) answers(ctx context.Context, id string, place Place, want taste) error {
	ctx, cancel := context.WithTimeout(ctx, bootsWithin)
	defer cancel()
	client := insecureHTTP()
	defer client.CloseIdleConnections()
	for {
		err := tasted(ctx, client, place, want)
		if err == nil {
			return nil
		}
		if wait(ctx, e.poll) != nil {
			return fmt.Errorf("machine %s does not answer at %s: %w", id, place.Base, err)
		}
	}
}

// Leave ends every machine of ours, those included whose start was not
// confirmed to us, and deletes what was pushed unless it may stay.
func (e *ec2) Leave(ctx context.Context, keep bool) error {
	if err := e.end(ctx); err != nil {
		return err
	}
	if keep {
		return nil
	}
	if err := e.bucket.remove(ctx, []string{e.wantKey()}); err != nil {
		return err
	}
	return e.bucket.Leave(ctx, false)
}

func (e *ec2) program() (programFile, error) {
	h := host{HostConfig: HostConfig{Program: e.Program, Address: "ec2"}}
	return h.program(machineOf(e.Types[0]))
}

// A luggage is what goes to the bucket, and how the machine finds it there.
type luggage struct {
	tree   Tree
	parcel parcel
}

// pack makes two objects of a tree: the program, and the site in a tar.
func (e *ec2) pack(ctx context.Context, t Tree) (*luggage, error) {
	r, err := newRelease(t)
	if err != nil {
		return nil, err
	}
	p, err := e.program()
	if err != nil {
		return nil, err
	}
	unpacks, err := e.unpacks(ctx)
	if err != nil {
		return nil, err
	}
	program, open, err := e.cargo(p, unpacks)
	if err != nil {
		return nil, err
	}
	size, digest, err := r.measure(ctx)
	if err != nil {
		return nil, err
	}
	site := e.object(digest, size, "application/gzip")
	return &luggage{
		tree: Tree{ID: t.ID, Host: t.Host, Objects: []Object{program, site}, Open: func(o Object) (io.ReadCloser, error) {
			if o.Digest == program.Digest {
				return open()
			}
			return r.reader(ctx), nil
		}},
		parcel: parcel{
			Program: program.Key[1:], ProgramDigest: p.digest, Packed: unpacks,
			Site: site.Key[1:], SiteDigest: digest, Taste: tasteOf(t, nil),
		},
	}, nil
}

// unpacks reports whether the machine that runs, or may begin to, takes a
// program in gzip.
func (e *ec2) unpacks(ctx context.Context) (bool, error) {
	r, err := e.rental(ctx)
	return r.etag == "" || r.Unpacks, err
}

// cargo makes an object of the program, packed or not.
func (e *ec2) cargo(p programFile, packed bool) (Object, func() (io.ReadCloser, error), error) {
	if !packed {
		return e.object(p.digest, p.size, "application/octet-stream"), p.open, nil
	}
	raw, err := p.packed()
	sum := sha256.Sum256(raw)
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	return e.object(hex.EncodeToString(sum[:]), int64(len(raw)), "application/gzip"), open, err
}

func (e *ec2) object(digest string, size int64, kind string) Object {
	return Object{Key: "/buzzproof-ec2/" + e.Name + "/" + digest, Digest: digest, Size: size, Type: kind, Status: http.StatusOK}
}
