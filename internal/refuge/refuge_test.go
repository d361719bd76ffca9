package refuge

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"buzzproof/internal/secret"
)

func testBucket(t *testing.T, serve string) *bucket {
	t.Helper()
	b, err := newBucket(BucketConfig{
		Bucket: "blog.example.org", Serve: serve, Base: "http://blog.example.org.test",
		AWSKeys: AWSKeys{Key: secret.Of("key"), Secret: secret.Of("planted")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryAddressHasItsKeyInABucket(t *testing.T) {
	at := func(key, file string) Object {
		return Object{Key: key, File: file, Status: 200, Type: "text/html", Size: 5000, Page: true}
	}
	tree := Tree{Objects: []Object{
		at("/", "index.html"), at("/a/", "a/index.html"), at("/b", "b/index.html"), at("/?p=7", "index-p=7.html"), at("/c+d.html", "c+d.html"),
		at("/%D0%BF/", "п/index.html"), at("/feed/", "feed/index.xml"),
		{Key: "/old", Status: 301, Location: "/a/"},
		{Key: "/?q=1", Status: 301, Location: "/a/"},
		{Key: "/404.html", File: "404.html", Status: 404, Type: "text/html"},
		at("/.buzzproof/bucket.json", ".buzzproof/bucket.json"),
	}}
	for _, c := range []struct {
		serve string
		want  []string
	}{
		{website, []string{"404.html", "a/index.html", "b", "b/index.html", "c d.html", "c+d.html", "feed/index.html", "feed/index.xml", "index-p=7.html", "index.html", "old", "п/index.html"}},
		{cdn, []string{"404.html", "a/", "a/index.html", "b", "b/index.html", "c d.html", "c+d.html", "feed/", "feed/index.html", "feed/index.xml", "index-p=7.html", "index.html", "old", "п/", "п/index.html"}},
	} {
		t.Run(c.serve, func(t *testing.T) {
			items, err := testBucket(t, c.serve).layout(tree)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, i := range items {
				keys = append(keys, i.key)
				if i.key == "old" && (i.Location == "") != (c.serve == cdn) {
					t.Errorf("the redirect is %+v", i)
				}
				if i.gzip != (c.serve == website && i.Type == "text/html" && i.Size > 0) {
					t.Errorf("%s is in gzip: %t", i.key, i.gzip)
				}
			}
			if !slices.Equal(keys, c.want) {
				t.Errorf("keys\n%q, want\n%q", keys, c.want)
			}
		})
	}
}

func TestPagesGoUpAfterWhatTheyNeedAndTheFrontPageLast(t *testing.T) {
	page := func(key string, page, under bool) *item {
		return &item{Object: Object{Page: page}, key: key, under: under}
	}
	var keys []string
	for _, phase := range order([]*item{page("a", true, true), page("a/index.html", true, false), page("app.css", false, false), page("index.html", true, false)}) {
		for _, i := range phase {
			keys = append(keys, i.key)
		}
	}
	if want := []string{"app.css", "a/index.html", "index.html", "a"}; !slices.Equal(keys, want) {
		t.Errorf("order %q, want %q", keys, want)
	}
}

func TestCachesAreToldWhatHasChanged(t *testing.T) {
	var asked []*http.Request
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(raw)
		asked, bodies = append(asked, r), append(bodies, string(raw))
		if strings.Contains(r.URL.Path, "distribution") {
			w.WriteHeader(http.StatusCreated)
		}
	}))
	defer server.Close()
	b := testBucket(t, cdn)
	b.CloudFront, b.Purge, b.PurgeHeader = "E1", server.URL+"/hook", secret.Of("Authorization: Bearer planted")
	paths := changed([]string{"a/index.html", "с.css"})
	if err := b.invalidate(t.Context(), server.URL+"/2020-05-31/distribution/", "push-1", paths); err != nil {
		t.Fatal(err)
	}
	if err := b.postPurge(t.Context(), paths); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<Path>/a/</Path>", "<Path>/a/index.html</Path>", "<Path>/%D1%81.css</Path>", "<Quantity>3</Quantity>", "<CallerReference>push-1</CallerReference>"} {
		if !strings.Contains(bodies[0], part) {
			t.Errorf("CloudFront is not told %s: %s", part, bodies[0])
		}
	}
	if auth := asked[0].Header.Get("Authorization"); !strings.Contains(auth, "/us-east-1/cloudfront/aws4_request") {
		t.Errorf("signed by %q", auth)
	}
	if bodies[1] != `{"paths":["/a/","/a/index.html","/с.css"]}` || asked[1].Header.Get("Authorization") != "Bearer planted" {
		t.Errorf("the hook is told %s", bodies[1])
	}
	server.Close()
	if err := b.postPurge(t.Context(), paths); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("nobody there: %v", err)
	}
	if got := changed([]string{"index.html"}); !slices.Equal(got, []string{"/", "/index.html"}) {
		t.Errorf("changed paths %q", got)
	}
}

func TestASettingThatCannotBeRightIsRefused(t *testing.T) {
	keys := AWSKeys{Key: secret.Of("key"), Secret: secret.Of("planted")}
	bucket := func(change func(*BucketConfig)) error {
		c := BucketConfig{Bucket: "b", AWSKeys: keys}
		change(&c)
		_, err := NewBucket(c)
		return err
	}
	host := func(change func(*HostConfig)) error {
		c := HostConfig{Address: "192.0.2.7"}
		change(&c)
		_, err := NewHost(c)
		return err
	}
	folder := func(c FolderConfig) error { _, err := NewFolder(c); return err }
	rent := func(change func(*EC2Config)) error {
		c := EC2Config{AWSKeys: keys, AMI: "ami-1", Bucket: "b"}
		change(&c)
		_, err := NewEC2(c)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want string // "" if it is right
	}{
		{"a bucket at Amazon's", bucket(func(*BucketConfig) {}), ""},
		{"a bucket without a name", bucket(func(c *BucketConfig) { c.Bucket = "" }), "set bucket"},
		{"a bucket without keys", bucket(func(c *BucketConfig) { c.Secret = secret.Text{} }), "key and secret"},
		{"a bucket elsewhere without base", bucket(func(c *BucketConfig) { c.Endpoint = "http://s3.test" }), "base"},
		{"a bucket served by nobody", bucket(func(c *BucketConfig) { c.Serve = "magic" }), "website or cdn"},
		{"a bucket at a price nobody knows", bucket(func(c *BucketConfig) { c.Prices = "moon" }), "cloudfront, none, r2, s3"},
		{"a rate without unit", bucket(func(c *BucketConfig) { c.Rate = "1000" }), "rate"},
		{"a machine", host(func(*HostConfig) {}), ""},
		{"a machine of IPv6", host(func(c *HostConfig) { c.Address = "2001:db8::7" }), ""},
		{"no machine", host(func(c *HostConfig) { c.Address = "" }), "address"},
		{"the root of a machine", host(func(c *HostConfig) { c.Dir = "/" }), "folder of its own"},
		{"a folder with a shell in it", host(func(c *HostConfig) { c.Dir = "/opt/$(reboot)" }), "folder of its own"},
		{"half a certificate", host(func(c *HostConfig) { c.Cert = "cert.pem" }), "together"},
		{"a price without a date", host(func(c *HostConfig) { c.Hour = 1 }), "the day when"},
		{"a folder", folder(FolderConfig{Dir: "/srv/www", Base: "http://192.0.2.7"}), ""},
		{"a folder somewhere", folder(FolderConfig{Dir: "www", Base: "http://192.0.2.7"}), "whole name"},
		{"a folder that nobody can ask for", folder(FolderConfig{Dir: "/srv/www"}), "base"},
		{"a machine to rent", rent(func(*EC2Config) {}), ""},
		{"a machine of no image", rent(func(c *EC2Config) { c.AMI = "" }), "ami"},
		{"two kinds of processors", rent(func(c *EC2Config) { c.Types = []string{"t4g.nano", "t3.nano"} }), "different processors"},
		{"a machine whose price is not known", rent(func(c *EC2Config) { c.Types = []string{"x9.mega"} }), "price"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if (c.err == nil) != (c.want == "") || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("it says %v, want %q", c.err, c.want)
			}
		})
	}
}

func TestACapShortensAStay(t *testing.T) {
	r, err := NewEC2(EC2Config{
		AWSKeys: AWSKeys{Key: secret.Of("key"), Secret: secret.Of("planted")}, AMI: "ami-1", Bucket: "b", Types: []string{"t4g.small"}, Cap: 0.5,
	})
	if err != nil {
		t.Fatal(err)
	}
	e := r.(*ec2)
	if paid := e.Hours * e.Cost().Hour; paid > 0.5 || paid < 0.49 {
		t.Errorf("%g hours cost %g", e.Hours, paid)
	}
	text, err := e.userData(rental{Nonce: "n", Signed: time.Unix(1_800_000_000, 0).UTC()})
	again, _ := e.userData(rental{Nonce: "n", Signed: time.Unix(1_800_000_000, 0).UTC()})
	if err != nil || text != again || strings.Contains(text, "planted") || !strings.Contains(text, "X-Amz-Signature=") {
		t.Errorf("user data %v:\n%s", err, text)
	}
}

func TestSystemdFindsNothingWrongWithTheUnit(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
			t.Fatal("systemd-analyze is missing: run .ci/install")
		}
		t.Skip("systemd-analyze is missing: .ci/install brings it")
	}
	for _, c := range []HostConfig{{TLS: "off"}, {TLS: "auto"}, {Cert: "/etc/cert.pem", CertKey: "/etc/key.pem"}} {
		dir := t.TempDir()
		c.Address, c.Dir = "192.0.2.7", dir
		h, err := newHost(c)
		if err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(dir, "current", "buzzproof")
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, unitName+".service")
		if err := os.WriteFile(file, []byte(h.unit()), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("systemd-analyze", "verify", "--man=no", file).CombinedOutput(); err != nil || strings.Contains(string(out), unitName) {
			t.Errorf("tls %s: %v\n%s", h.TLS, err, out)
		}
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", file).CombinedOutput()
		if err != nil {
			t.Errorf("tls %s: exposed: %v\n%s", h.TLS, err, out)
		}
	}
}

func TestAPaceIsKeptByAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := newPace("80kbit/s") // 10,000 bytes a second
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for range 4 {
			time.Sleep(p.reserve(time.Now(), 5000))
		}
		if took := time.Since(began); took != 1500*time.Millisecond { // the last one is on its way yet
			t.Errorf("20,000 bytes took %v", took)
		}
	})
}

func TestTheFirstErrorEndsWhatRunsBeside(t *testing.T) {
	want := errors.New("broken")
	var done int
	err := parallel(t.Context(), 1, []int{1, 2, 3, 4}, func(_ context.Context, n int) error {
		done = n
		if n == 2 {
			return want
		}
		return nil
	})
	if !errors.Is(err, want) || done > 3 {
		t.Errorf("%v after %d", err, done)
	}
}

func FuzzReadInventory(f *testing.F) {
	digest := strings.Repeat("a", 64)
	f.Add("uid 0\nmachine x86_64\nfree 100\ncurrent releases/x\nrelease releases/x\n" + digest + " 5 site/a b.html\n")
	f.Add("free x\nrelease\n" + digest + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		for d, file := range readInventory(text).files {
			if len(d) != 64 || file == "" {
				t.Errorf("%q is in %q", d, file)
			}
		}
	})
}
