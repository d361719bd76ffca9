package lighten

import "testing"

func TestMinified(t *testing.T) {
	for _, c := range []struct{ name, contentType, text, want string }{
		{"comments and indents of a page go", "text/html; charset=utf-8", "<!DOCTYPE html><p>a  b</p>\n\n   <!-- note --><p id=\"x\">c</p>", "<!doctype html><p>a b</p>\n<p id=\"x\">c</p>"},
		{"what is set as it is written stays", "text/html", "<!DOCTYPE html><pre>  a\n\n  b</pre><textarea>\n c  d</textarea>", "<!DOCTYPE html><pre>  a\n\n  b</pre><textarea>\n c  d</textarea>"},
		{"end tags and quotes stay", "text/html", "<ul class=\"a\"><li>x</li>  </ul>", "<ul class=\"a\"><li>x</li> </ul>"},
		{"a style sheet", "text/css", "p {\n  color : red ;\n}\n/* note */", "p{color:red}"},
		{"a script keeps its names", "text/javascript", "function hello ( name ) {\n  return name + 1 ;\n}\n", "function hello(name){return name+1}"},
		{"data", "application/json", "{ \"a\" : 1.0 }", "{\"a\":1.0}"},
		{"what is not known stays", "text/plain", "a   b", "a   b"},
		{"what cannot be read stays", "text/javascript", "var  a = (  ;", "var  a = (  ;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(minified([]byte(c.text), c.contentType)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
