package evacuate

import "testing"

func TestWherePeopleMayBeSent(t *testing.T) {
	for _, c := range []struct{ sentence, redirect, want string }{
		{"nowhere", "", ""},
		{"an address of its own", "https://d1234.cloudfront.net", "https://d1234.cloudfront.net"},
		{"with a slash at its end", "http://blog.s3-website.example:8080/", "http://blog.s3-website.example:8080"},
		{"no scheme", "d1234.cloudfront.net", "refused"},
		{"another scheme", "ftp://d1234.cloudfront.net", "refused"},
		{"a folder", "https://example.net/blog/", "refused"},
		{"a query", "https://example.net/?a", "refused"},
		{"a password", "https://me:secret@example.net", "refused"},
		{"a name that is moved itself", "https://WWW.example.org", "refused"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			config := Config{Redirect: c.redirect, Names: []string{"example.org", "www.example.org"}}
			err := config.Check()
			if (err != nil) != (c.want == "refused") || err == nil && config.Redirect != c.want {
				t.Errorf("%q: %v", config.Redirect, err)
			}
		})
	}
}
