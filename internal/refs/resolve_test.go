package refs

import (
	"strings"
	"testing"
)

func TestResolveReadsURLsAsBrowsersDo(t *testing.T) {
	base := must("http://example.org/a/b?q#f")
	for _, c := range []struct{ name, raw, want string }{
		{"a path", "c", "http://example.org/a/c"},
		{"a rooted path", "/c", "http://example.org/c"},
		{"upwards", "../../c", "http://example.org/c"},
		{"upwards in an absolute URL", "http://h/a/../b/./c", "http://h/b/c"},
		{"escaped dots", "/x/%2e%2E/c", "http://example.org/c"},
		{"a query", "?x", "http://example.org/a/b?x"},
		{"an empty reference", "", "http://example.org/a/b?q"},
		{"a fragment", "#x", "http://example.org/a/b?q#x"},
		{"another host", "//h/x", "http://h/x"},
		{"many slashes", "////h/x", "http://h/x"},
		{"a scheme with many slashes", "https:////h/x", "https://h/x"},
		{"a scheme with one slash", "https:/h/x", "https://h/x"},
		{"a scheme without slash", "https:h/x", "https://h/x"},
		{"the own scheme without slash", "http:x?y", "http://example.org/a/x?y"},
		{"the own scheme with one slash", "http:/x", "http://example.org/x"},
		{"upper case", "HTTP://H.TEST/X", "http://h.test/X"},
		{"the usual port", "http://h:80/x", "http://h/x"},
		{"the usual secure port", "https://h:443", "https://h/"},
		{"another port", "http://h:443/x", "http://h:443/x"},
		{"a port left out", "http://h:/x", "http://h/x"},
		{"a host in other letters", "//Bücher.example/x", "http://xn--bcher-kva.example/x"},
		{"a host in escaped letters", "//b%C3%BCcher.example:81/x", "http://xn--bcher-kva.example:81/x"},
		{"a host with an ideographic full stop", "//例。example/x", "http://xn--fsq.example/x"},
		{"a host of letters that none may have", "//a\u00a0b.example/x", ""},
		{"backslashes", `\\h\x`, "http://h/x"},
		{"white space around", " \t/x\n", "http://example.org/x"},
		{"line breaks inside", "ht\ntp://h/\tx", "http://h/x"},
		{"spaces inside", "/a b", "http://example.org/a%20b"},
		{"letters beyond ASCII", "/ä?ö#ü", "http://example.org/%C3%A4?%C3%B6#%C3%BC"},
		{"a stray percent", "/100%?5%#%", "http://example.org/100%25?5%25#%25"},
		{"a second hash", "/a#b#c", "http://example.org/a#b%23c"},
		{"a colon in the first segment", "1:2", "http://example.org/a/1:2"},
		{"a colon later", "x/1:2", "http://example.org/a/x/1:2"},
		{"brackets", "/a[1]?b[]=2", "http://example.org/a[1]?b[]=2"},
		{"control characters", "/a\x01\x7f", "http://example.org/a%01%7F"},
		{"a quote in a query", "?a='b'", "http://example.org/a/b?a=%27b%27"},
		{"another scheme", "mailto:a@b", ""},
		{"a scheme nobody knows", "foo:bar", ""},
		{"a host that is none", "http://a b/", ""},
		{"no host", "http://", ""},
		{"a port that is none", "http://h:x/", ""},
		{"a host of colons", "//::", ""},
		{"a host with two ports", "//h:1:2/", ""},
		{"a host that is an address of version 6", "//[::1]:8080/", "http://[::1]:8080/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if u := Resolve(base, c.raw); u != nil {
				got = u.String()
			}
			if strings.NewReplacer("%5B", "[", "%5D", "]").Replace(got) != c.want {
				t.Errorf("Resolve(%q) = %q, want %q", c.raw, got, c.want)
			}
		})
	}
}

func TestAHostInOtherLettersHasOneSpelling(t *testing.T) {
	for _, raw := range []string{"/x", "x", "?x", "//bücher.example/x", "http://bücher.example/x", "//xn--bcher-kva.example/x"} {
		if u := Resolve(must("http://bücher.example/"), raw); u == nil || u.Host != "xn--bcher-kva.example" {
			t.Errorf("%s leads to %v", raw, u)
		}
	}
}

// FuzzResolve holds the short way for plain paths to the long one, and a
// resolved URL to resolving to itself.
func FuzzResolve(f *testing.F) {
	for _, raw := range []string{"/a/b?c=d", "/a//b/../c", "/.a?b?c", "//h/x", "http:/x", "/ä%zz#?", `\\h:80\`, "/%2E%2e/x?#", "//::"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		w := walk{base: must("http://example.org:80/a/b?q#f")}
		u := Resolve(w.base, raw)
		if u == nil {
			return
		}
		if again := Resolve(w.base, u.String()); again == nil || again.String() != u.String() {
			t.Fatalf("%q gave %q, which gave %q", raw, u, again)
		}
		if short := w.rooted(raw); short != nil {
			long := w.base.ResolveReference(must(raw))
			long.Host = "example.org"
			if *short != *long {
				t.Fatalf("%q: the short way gave %#v, the long one %#v", raw, short, long)
			}
		}
	})
}

func TestRefresh(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"0; url=/x", "/x"},
		{"0;URL='/x'", "/x"},
		{`5 ; Url = "/x" tail`, "/x"},
		{"0,/x", "/x"},
		{"0 /x", "/x"},
		{" 0.5; url=/x ", "/x"},
		{"0; url='/x", "/x"},
		{"0; urls", "urls"},
		{"0", ""},
		{"0;", ""},
		{"url=/x", ""},
		{"0x; url=/x", ""},
		{"", ""},
	} {
		t.Run(c.in, func(t *testing.T) {
			start, end, ok := Refresh(c.in)
			if got := c.in[start:end]; got != c.want || ok != (c.want != "") {
				t.Errorf("Refresh(%q) = %q, %v, want %q", c.in, got, ok, c.want)
			}
		})
	}
}

func TestLinkHeader(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"WordPress", `<https://example.org/wp-json/>; rel="https://api.w.org/", <https://example.org/?p=1>; rel=shortlink`,
			"service https://example.org/wp-json/\nshortlink https://example.org/?p=1",
		},
		{"a preload", `</s.css>; rel=preload; as=style; nopush, </f.woff2>;rel="preload";crossorigin`, "embed /s.css\nembed /f.woff2"},
		{"commas and semicolons in quotes", `</a>; title="x, <y>; \"z\""; rel=next, </b>; rel=canonical`, "link /a\nname /b"},
		{"commas in the URL", `</a,b;c>; rel=icon`, "embed /a,b;c"},
		{"the first rel counts", `</a>; rel=next; rel=icon`, "link /a"},
		{"a feed", `</rss>; rel=alternate; type="application/rss+xml"`, "feed /rss"},
		{"what is no link", `foo, bar; rel=x, </a>; rel=next`, "link /a"},
		{"a link that never ends", `</a`, ""},
		{"nothing", ``, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lines []string
			for _, r := range LinkHeader([]string{c.in}, page.URL) {
				lines = append(lines, r.Use.String()+" "+strings.TrimPrefix(r.URL.String(), home))
			}
			if got := strings.Join(lines, "\n"); got != c.want {
				t.Errorf("LinkHeader(%q) gave\n%s\nwant\n%s", c.in, got, c.want)
			}
		})
	}
}

func TestReplaceEncodedOrigin(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"once encoded", "https://x.test/s?u=http%3A%2F%2Flocalhost%3A2368%2Fp%2F&t=1", "https://x.test/s?u=https%3A%2F%2Fexample.org%2Fp%2F&t=1"},
		{"in lower case", "https://x.test/s?u=http%3a%2f%2flocalhost%3a2368", "https://x.test/s?u=https%3A%2F%2Fexample.org"},
		{"twice encoded", "https://x.test/s?u=http%253A%252F%252Flocalhost%253A2368%252F", "https://x.test/s?u=https%253A%252F%252Fexample.org%252F"},
		{"with bare colons", "?u=http:%2F%2Flocalhost:2368%2Fp", "?u=https:%2F%2Fexample.org%2Fp"},
		{"two of them", "http%3A%2F%2Flocalhost%3A2368+http%3A%2F%2Flocalhost%3A2368", "https%3A%2F%2Fexample.org+https%3A%2F%2Fexample.org"},
		{"another port", "?u=http%3A%2F%2Flocalhost%3A23680", ""},
		{"a longer host", "?u=http%3A%2F%2Flocalhost%3A2368.evil", ""},
		{"not encoded", "?u=http://localhost:2368/", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, changed := ReplaceEncodedOrigin(c.in, []string{home + "/"}, "https://example.org/")
			if changed != (c.want != "") || changed && got != c.want || !changed && got != c.in {
				t.Errorf("got %q, %v, want %q", got, changed, c.want)
			}
		})
	}
}

func TestRobotsSitemapsAreRewrittenAlone(t *testing.T) {
	const doc = "Sitemap:\t/a.xml\t# x\nDisallow: /a.xml\n"
	if got, want := setAll(Robots, doc, page, "https://example.org/a b"), "Sitemap:\thttps://example.org/a%20b\t# x\nDisallow: /a.xml\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
