package freeze

import (
	"bytes"
	"strings"
	"testing"
)

func TestSteady(t *testing.T) {
	for _, c := range []struct {
		name, one, two string
		same           bool
	}{
		{"a script's nonce is noise", `<script nonce="abc">`, `<script nonce="xyz">`, true},
		{"a token against forgery is noise", `<input name="_csrf" value="a+b=">`, `<input name="_csrf" value="c/d">`, true},
		{"a token of Rails is noise", `<meta name="csrf-token" content="aZ==">`, `<meta name="csrf-token" content="bY==">`, true},
		{"a token in an address is noise", `<a href="/?_wpnonce=1a2b">`, `<a href="/?_wpnonce=9z">`, true},
		{"a request's id in a script is noise", `<script>x={"wgRequestId":"1a"}</script>`, `<script>x={"wgRequestId":"2b"}</script>`, true},
		{"a request's id escaped in a script is noise", `{\"requestId\":\"1a\"}`, `{\"requestId\":\"2b\"}`, true},
		{"a time in milliseconds in a tag is noise", `<p data-t="1473107400001">`, `<p data-t="1473107400002">`, true},
		{"a time in a script is noise", `<script>if (a > b) t=1473107400</script>`, `<script>if (a > b) t=1473107999</script>`, true},
		{"a comment is noise", `<p>x</p><!-- 0.1 s -->`, `<p>x</p><!-- 0.2 s -->`, true},
		{"a telephone number is none", `<p>0123456789</p>`, `<p>0123456780</p>`, false},
		{"a text about tokens is none", `<p>token: gold</p>`, `<p>token: clay</p>`, false},
		{"a text after a script is none", `<script>a</script><p>token=1</p>`, `<script>a</script><p>token=2</p>`, false},
		{"an address about tokens is none", `<a href="/token-rings/">`, `<a href="/token-things/">`, false},
		{"a short number is none", `<img width="300">`, `<img width="301">`, false},
		{"a comment without end is none", `<p>a<!-- b`, `<p>a<!-- c`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			one, two := steady([]byte(c.one)), steady([]byte(c.two))
			if bytes.Equal(one, two) != c.same {
				t.Errorf("%q and %q", one, two)
			}
		})
	}
}

func FuzzSteady(f *testing.F) {
	for _, s := range []string{"", "<!--", "<!-- x --><p>1</p>", `nonce="`, "token==", "İ nonce=1", strings.Repeat("<", 99), `<script>>>></script>12345678901`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		before := bytes.Clone(doc)
		if got := steady(doc); len(got) > len(doc) {
			t.Errorf("%q became longer: %q", doc, got)
		}
		if !bytes.Equal(doc, before) {
			t.Error("the document itself was changed")
		}
	})
}
