package freeze

import "testing"

func TestASitemapOfLinesTellsOfPages(t *testing.T) {
	site := pages{"/": markup("front"), "/only/": markup("only there"), "/only/?p=2&q=3": markup("more of it")}
	o := newOrigin(t, site)
	site["/robots.txt"] = "text/plain|Sitemap: " + o.URL + "/urls.txt\n"
	site["/urls.txt"] = "text/plain|" + o.URL + "/only/\r\n" + o.URL + "/only/?p=2&q=3\r\n"
	dir := t.TempDir()
	if r := wholeCopy(t, dir, o.URL+"/", Config{Public: parse(t, "https://blog.example.org/")}); r.Pages != 3 {
		t.Errorf("%d pages, want 3", r.Pages)
	}
	want := "https://blog.example.org/only/\r\nhttps://blog.example.org/only/?p=2&q=3\r\n"
	if got := answered(t, open(t, dir), "/urls.txt"); got != want {
		t.Errorf("the sitemap in the copy is %q, want %q", got, want)
	}
}
