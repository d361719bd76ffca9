package freeze

import (
	"strings"
	"testing"
)

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

func TestAListOfPagesToChooseFromIsFollowed(t *testing.T) {
	site := pages{"/2015/01/": markup("January"), "/en/": markup("English")}
	o := newOrigin(t, site)
	site["/"] = `<html><select onchange="location = this.value"><option value="">Month<option value="` + o.URL + `/2015/01/">January</select>` +
		`<form><select name="lang"><option value="en">English<option value="/en/">x</select></form>`
	dir := t.TempDir()
	if r := wholeCopy(t, dir, o.URL+"/", Config{Public: parse(t, "https://blog.example.org/")}); r.Pages != 2 {
		t.Errorf("%d pages, want 2", r.Pages)
	}
	if got := answered(t, open(t, dir), "/"); !strings.Contains(got, `<option value="https://blog.example.org/2015/01/">`) {
		t.Errorf("the list leads elsewhere: %s", got)
	}
}
