package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhyAnOriginDoesNotAnswerIsTold(t *testing.T) {
	secure, open := httptest.NewTLSServer(nil), httptest.NewServer(nil)
	t.Cleanup(secure.Close)
	t.Cleanup(open.Close)
	for _, c := range []struct{ name, url, want string }{
		{"a certificate that nobody vouches for", secure.URL, "renew its certificate, or freeze it by where it answers without one: buzzproof freeze URL --inside"},
		{"no TLS", strings.Replace(open.URL, "http:", "https:", 1), "does it speak http:// there?"},
		{"nobody", "http://127.0.0.1:1", "is the CMS running"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultTransport.RoundTrip(request)
			if err == nil {
				resp.Body.Close()
				t.Fatal("it answered")
			}
			if got := whyDown(err); !strings.Contains(got, c.want) {
				t.Errorf("%v is explained by %q, want %q", err, got, c.want)
			}
		})
	}
}
