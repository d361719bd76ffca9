package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"testing"
	"time"
)

// A ghostOwner is somebody who is logged in to a Ghost and writes through its
// admin API, as the editor in the browser does.
type ghostOwner struct {
	site   *origin
	client *http.Client
}

func newGhostOwner(t testing.TB, site *origin) *ghostOwner {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &ghostOwner{site, &http.Client{Jar: jar, Timeout: time.Minute}}
	const email, password = "owner@example.org", "correct horse battery"
	g.send(t, http.MethodPost, "authentication/setup/", map[string]any{"setup": []any{map[string]string{
		"name": "Zoé Lefèvre", "email": email, "password": password, "blogTitle": "An Evening in September",
	}}}, nil)
	g.send(t, http.MethodPost, "session/", map[string]string{"username": email, "password": password}, nil)
	return g
}

// send calls the admin API with a JSON body and decodes the reply, if wanted.
func (g *ghostOwner) send(t testing.TB, method, path string, body, reply any) {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	g.do(t, method, path, "application/json", bytes.NewReader(encoded), reply)
}

// upload stores a picture of its own number and returns its address.
func (g *ghostOwner) upload(t testing.TB, number int) string {
	t.Helper()
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="evening-%d.jpg"`, number)},
		"Content-Type":        {"image/jpeg"},
	})
	if err == nil {
		_, err = file.Write(picture(number, 1800, 1200))
	}
	if err == nil {
		err = parts.WriteField("purpose", "image")
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	var reply struct{ Images []struct{ URL string } }
	g.do(t, http.MethodPost, "images/upload/", parts.FormDataContentType(), &form, &reply)
	if len(reply.Images) != 1 {
		t.Fatalf("Ghost says of its new picture: %+v", reply)
	}
	return reply.Images[0].URL
}

func (g *ghostOwner) do(t testing.TB, method, path, contentType string, body io.Reader, reply any) {
	t.Helper()
	req, err := http.NewRequest(method, g.site.URL+"ghost/api/admin/"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Origin", g.site.URL[:len(g.site.URL)-1])
	req.Header.Set("Accept-Version", "v5.0")
	resp, err := g.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		t.Fatalf("Ghost answers %s %s with %s\n%s", method, path, resp.Status, said)
	}
	if reply == nil {
		return
	}
	if err := json.Unmarshal(said, reply); err != nil {
		t.Fatalf("Ghost answers %s %s with %s: %v", method, path, said, err)
	}
}
