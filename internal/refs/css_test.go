package refs

import "testing"

func TestCSSFindsWhatAStyleSheetRefersTo(t *testing.T) {
	d := Doc{URL: must(home + "/css/a.css"), Origins: []string{home}}
	for _, c := range []struct{ name, doc, want string }{
		{"without quotes", `a{b:url(x.png)}`, "embed /css/x.png"},
		{"with quotes", `a{b:url( "x.png" )}`, "embed /css/x.png"},
		{"with single quotes", `a{b:url('../x.png')}`, "embed /x.png"},
		{"white space inside", "a{b:url(\n x.png\t)}", "embed /css/x.png"},
		{"upper case", `a{b:URL(x)}`, "embed /css/x"},
		{"an escaped name", `a{b:\75 rl(x)}`, "embed /css/x"},
		{"escapes in a URL", `a{b:url(a\(1\)\28 2\29.png)}`, "embed /css/a(1)(2).png"},
		{"escapes in a string", `a{b:url("a\"b\
c")}`, "embed /css/a%22bc"},
		{"several sources of a font", `@font-face{src:url(a.woff2)format("woff2"),url(b.woff) format('woff')}`, "embed /css/a.woff2\nembed /css/b.woff"},
		{"an import", `@import "a.css";`, "embed /css/a.css"},
		{"an import by url", `@import url(a.css) screen;`, "embed /css/a.css"},
		{"an import with conditions", `@import 'a.css' layer(x) supports(display:grid) screen and (min-width:1px);`, "embed /css/a.css"},
		{"an import behind a comment", `@import /* "b.css" */ "a.css";`, "embed /css/a.css"},
		{"an escaped import", `@\69mport "a.css";`, "embed /css/a.css"},
		{"a charset is none", `@charset "utf-8"; a{b:url(x)}`, "embed /css/x"},
		{"a namespace is none", `@namespace svg url(http://localhost:2368/svg); @namespace "x";a{b:url(y)}`, "embed /css/y"},
		{"an image set", `a{b:image-set("a.png" 1x, url(b.png) 2x type("image/png"), 'c.png' 3x)}`, "embed /css/a.png\nembed /css/b.png\nembed /css/c.png"},
		{"a prefixed image set", `a{b:-webkit-image-set(url("a.png") 1x)}`, "embed /css/a.png"},
		{"a string elsewhere is none", `a{content:"x.png";b:foo("y.png")}`, ""},
		{"a comment is none", `/* url(x) */ a{/*url(y)*/b:c}`, ""},
		{"a comment that never ends", `/* url(x)`, ""},
		{"a comment inside url is part of it", `a{b:url(/*x*/)}`, "embed /*x*/"},
		{"a bad url", `a{b:url(a b) url(x"y) url(a(b)); c:url(z)}`, "embed /css/z"},
		{"a string that breaks", "a{b:url('x\n;c:url(y)}", "embed /css/y"},
		{"another function", `a{b:xurl(x) url-prefix(y) -url(z) 1url(w) #url(v)}`, ""},
		{"data is none", `a{b:url(data:image/png;base64,AA==) url("data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'/%3E")}`, ""},
		{"a fragment is none", `a{filter:url(#f)}`, ""},
		{"a URL that the end cuts off", `a{b:url(x`, "embed /css/x"},
		{"a string that the end cuts off", `a{b:url("x`, "embed /css/x"},
		{"an empty URL is none", `a{b:url() url("")}`, ""},
		{"a variable", `:root{--a:url(x.png)}`, "embed /css/x.png"},
		{"src()", `a{b:src("x.png")}`, "embed /css/x.png"},
		{"a mention in a comment", `/* see http://localhost:2368/about/. */`, "mention /about/"},
		{"a mention in a string", `:root{--api:"http://localhost:2368/api"}`, "mention /api"},
		{"CDC and a selector like a name", `--> a{b:url(x)} <!--`, "embed /css/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := list(CSS, c.doc, d); got != c.want {
				t.Errorf("CSS(%s) found\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestCSSWritesInTheSyntaxOfThePlace(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"without quotes", `a{b:url( x )}`, `a{b:url( a\'b\(\"\)\20 c )}`},
		{"double quotes", `a{b:url("x")}`, `a{b:url("a\'b(\") c")}`},
		{"single quotes", `@import 'x';`, `@import 'a\'b(\") c';`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := setAll(CSS, c.doc, page, `a'b(") c`); got != c.want {
				t.Errorf("CSS(%s) = %s, want %s", c.doc, got, c.want)
			}
		})
	}
}
