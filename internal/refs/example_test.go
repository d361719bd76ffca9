package refs_test

import (
	"fmt"
	"net/url"

	"buzzproof/internal/refs"
)

// One visitor finds what a page refers to, another moves it elsewhere; both go
// through the same function.
func ExampleHTML() {
	page := []byte(`<a href="http://localhost:2368/about/">About &amp; more</a>
<img srcset="/content/a.png 300w,
             /content/b.png 600w" src='../b.png'>
<script>var api = "http:\/\/localhost:2368\/ghost\/";</script>
`)
	home, _ := url.Parse("http://localhost:2368/post/")
	d := refs.Doc{URL: home, Origins: []string{"http://localhost:2368"}}

	refs.HTML(page, d, func(r refs.Ref) refs.Edit {
		fmt.Println(r.Use, r.URL)
		return refs.Keep()
	})
	moved := refs.HTML(page, d, func(r refs.Ref) refs.Edit {
		if r.Absolute {
			return refs.Set("https://example.org" + r.URL.Path)
		}
		return refs.Set(r.URL.Path)
	})
	fmt.Print(string(moved))
	// Output:
	// link http://localhost:2368/about/
	// embed http://localhost:2368/content/a.png
	// embed http://localhost:2368/content/b.png
	// embed http://localhost:2368/b.png
	// mention http://localhost:2368/ghost/
	// <a href="/about/">About &amp; more</a>
	// <img srcset="/content/a.png 300w,
	//              /content/b.png 600w" src='/b.png'>
	// <script>var api = "https:\/\/example.org\/ghost\/";</script>
}
