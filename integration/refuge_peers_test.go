package integration

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"buzzproof/internal/refuge"
)

// An s3Server is a real store on loopback with one bucket, which is called like
// the site. Everybody may read it.
type s3Server struct {
	refuge.BucketConfig        // complete
	dir                 string // of the bucket's files
	process             *process
	command             func() *exec.Cmd
}

// s3Host is the name of the site, and of the bucket.
const s3Host = "blog.example.org"

const s3Secret = "planted-s3-secret"

// start starts the server, again if need be, with what it holds.
func (v *s3Server) start(t testing.TB, s *stage) {
	t.Helper()
	v.process = s.start(t, filepath.Join(s.folder(), "versitygw.log"), v.command())
	waitUntil(t, v.process, 20*time.Second, "versitygw", func() bool {
		resp, err := http.Get(v.Endpoint + "/")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
}

// publish makes the bucket and lets everybody read it.
func (v *s3Server) publish(t testing.TB) {
	t.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + s3Host + `/*"}]}`
	api := s3.New(s3.Options{Region: "us-east-1", Credentials: v.AWSKeys, UsePathStyle: true, BaseEndpoint: aws.String(v.Endpoint)})
	_, err := api.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(s3Host)})
	if err == nil {
		_, err = api.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(s3Host), Policy: aws.String(policy)})
	}
	if err != nil {
		t.Fatal(err)
	}
}
