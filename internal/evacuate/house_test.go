package evacuate

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
)

func TestHomeIsAskedBeforeTheNamesComeBack(t *testing.T) {
	broken := map[string]bool{}
	asked := map[string]bool{}
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path] = true
		switch {
		case !strings.HasPrefix(r.Host, "blog.example.org"):
			http.Error(w, "another site", http.StatusNotFound)
		case broken[r.URL.Path]:
			http.Error(w, "broken", http.StatusInternalServerError)
		case r.URL.Path == "/empty":
		default:
			fmt.Fprint(w, "a page")
		}
	}))
	defer home.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(home.URL, "http://"), ":")
	house := House{Public: &url.URL{Scheme: "http", Host: "blog.example.org:" + port}}
	at := func(address string) []dns.Set {
		return []dns.Set{{Name: "blog.example.org.", Type: "A", TTL: 1, Data: []string{address}}}
	}
	tree := refuge.Tree{}
	for i := range 100 {
		tree.Objects = append(tree.Objects, refuge.Object{Key: fmt.Sprintf("/%d", i), Page: true, Status: 200})
	}
	here := at("127.0.0.1")
	if err := house.Answers(t.Context(), here, tree); err != nil || len(asked) != tasted {
		t.Fatalf("home answers: %v, %d pages were asked for, want %d", err, len(asked), tasted)
	}
	alias := append(at("127.0.0.1"), dns.Set{Name: "www.example.org.", Type: "CNAME", TTL: 1, Data: []string{"Blog.example.org."}})
	www := House{Public: &url.URL{Scheme: "http", Host: "www.example.org:" + port}}
	if err := www.Answers(t.Context(), alias, tree); err == nil || !strings.Contains(err.Error(), "127.0.0.1:"+port+": status 404") {
		t.Errorf("another name, by its alias: %v", err)
	}
	broken["/0"] = true
	if err := house.Answers(t.Context(), here, tree); err == nil || !strings.Contains(err.Error(), "/0 at 127.0.0.1:"+port+": status 500") {
		t.Errorf("a broken page: %v", err)
	}
	tree.Objects = []refuge.Object{{Key: "/empty", Page: true, Status: 200}}
	if err := house.Answers(t.Context(), here, tree); err == nil || !strings.Contains(err.Error(), "an empty page") {
		t.Errorf("an empty page: %v", err)
	}
	tree.Objects = nil
	if err := house.Answers(t.Context(), at("127.0.0.99"), tree); err == nil {
		t.Error("nobody is there, and it answered")
	}
	house.Address = "127.0.0.1:" + port
	if err := house.Answers(t.Context(), at("127.0.0.99"), tree); err != nil {
		t.Errorf("where the owner says it is: %v", err)
	}
}
