package site

import (
	"net/url"
	"testing"
)

func TestKey(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a bare host is its front page", "http://h", "/"},
		{"scheme, host and fragment do not count", "https://h:8/a#b", "/a"},
		{"lower-case escapes become upper case", "http://h/%d0%bf", "/%D0%BF"},
		{"a bare letter of another script is escaped", "http://h/é", "/%C3%A9"},
		{"an escaped unreserved letter is bare", "http://h/%7Euser/%61", "/~user/a"},
		{"an escaped slash stays escaped", "http://h/a%2fb", "/a%2Fb"},
		{"an escaped question mark stays escaped", "http://h/a%3Fb", "/a%3Fb"},
		{"dot segments go", "http://h/a/./b/../c", "/a/c"},
		{"dots cannot climb over the root", "http://h/../../c", "/c"},
		{"a closing dot segment is a folder", "http://h/a/b/..", "/a/"},
		{"double slashes stay, servers tell them apart", "http://h//a//b", "//a//b"},
		{"the query keeps its order", "http://h/?b=1&a=2", "/?b=1&a=2"},
		{"a bare question mark is no query", "http://h/a?", "/a"},
		{"spaces in a query are escaped", "http://h/?q=a b", "/?q=a%20b"},
		{"a stray percent sign is escaped", "http://h/?q=5%", "/?q=5%25"},
		{"brackets of PHP arrays stay", "http://h/?a[]=1", "/?a[]=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, err := url.Parse(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := Key(u); got != c.want {
				t.Errorf("Key(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{"/a/../b?x=%zz", "//", "/%", "/é?é", "/a/./.."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse("http://h" + s)
		if err != nil {
			return
		}
		key := Key(u)
		again, err := url.Parse("http://h" + key)
		if err != nil {
			t.Fatalf("key %q of %q does not parse: %v", key, s, err)
		}
		if twice := Key(again); twice != key {
			t.Errorf("key of %q is %q, whose own key is %q", s, key, twice)
		}
	})
}
