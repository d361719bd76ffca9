package style

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const testPage = `<!DOCTYPE html><html lang="en"><head><title>t</title></head><body class="home js-page" style="color:var(--ink)">
<header id="top"><nav class="menu"><ul><li class="item current"><a href="/a" title="It">A</a></li></ul></nav></header>
<main><article class="post md:w-1/2"><h1>T</h1><p>One <em>two</em></p><p class="last">x</p>
<details><summary>s</summary></details><input type="checkbox" checked><svg viewBox="0 0 1 1"><linearGradient id="g"/></svg>
<img src="a.png" class="wide"></article></main><noscript><b class="bare">n</b></noscript></body></html>`

func page(t testing.TB, source string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func base(t testing.TB) *url.URL {
	t.Helper()
	u, err := url.Parse("https://e.org/css/s.css")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func pruned(t testing.TB, doc *html.Node, sheet string, o Options) string {
	t.Helper()
	set, err := Read([]Sheet{{Text: sheet, Base: base(t)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(set.Prune(doc, o), "|")
}

func TestARuleStaysIfThePageCanUseIt(t *testing.T) {
	for _, c := range []struct{ name, sheet, want string }{
		{"a tag of the page", "p { color : red }", "p{color:red}"},
		{"a tag that it has not", "table{color:red}", ""},
		{"a tag in capitals", "P{color:red}", "P{color:red}"},
		{"a class of the page", ".post{color:red}", ".post{color:red}"},
		{"a class that it has not", ".missing{color:red}", ""},
		{"a class in another case, in standards mode", ".POST{color:red}", ""},
		{"an id of the page", "#top{color:red}", "#top{color:red}"},
		{"an id that it has not", "#bottom{color:red}", ""},
		{"everything", "*{color:red}", "*{color:red}"},
		{"the root", ":root{color:red}", ":root{color:red}"},
		{"html and body", "html,body{margin:0}", "html,body{margin:0}"},
		{"an escaped class", `.md\:w-1\/2{width:50%}`, `.md\:w-1\/2{width:50%}`},
		{"an escaped class by number", `.md\3a w-1\2f 2{width:50%}`, `.md\3a w-1\2f 2{width:50%}`},
		{"an escaped class that it has not", `.lg\:w-1\/2{width:50%}`, ""},
		{"part of a list", "p,table,.missing,em{color:red}", "p,em{color:red}"},
		{"a descendant", ".menu a{color:red}", ".menu a{color:red}"},
		{"a descendant the wrong way round", "a .menu{color:red}", ""},
		{"a child", "ul > li{color:red}", "ul>li{color:red}"},
		{"a child that is a grandchild", "nav>li{color:red}", ""},
		{"a next sibling", "h1+p{color:red}", "h1+p{color:red}"},
		{"a next sibling that is not next", "h1 + .last{color:red}", ""},
		{"a later sibling", "h1~.last{color:red}", "h1~.last{color:red}"},
		{"an earlier sibling", ".last~h1{color:red}", ""},
		{"a way back up for another ancestor", "main > article p em{color:red}", "main>article p em{color:red}"},
		{"a pointer over it", "a:hover{color:red}", "a:hover{color:red}"},
		{"a pointer over what it has not", "table:hover{color:red}", ""},
		{"a box before it", "p::before{content:\"x\"}", "p::before{content:\"x\"}"},
		{"a state without an element", ":focus{outline:0}", ":focus{outline:0}"},
		{"an exclusion", "p:not(.last){color:red}", "p:not(.last){color:red}"},
		{"an exclusion of all", "p:not(*){color:red}", "p:not(*){color:red}"},
		{"one of a list", ":is(table,p) em{color:red}", ":is(table,p) em{color:red}"},
		{"none of a list", ":is(table,form) em{color:red}", ""},
		{"one of a list in another place", "ul :where(em){color:red}", ""},
		{"a relation", "p:has(em){color:red}", "p:has(em){color:red}"},
		{"a count", "p:nth-child(2n + 1){color:red}", "p:nth-child(2n + 1){color:red}"},
		{"a pseudo-class of tomorrow", "p:tomorrow(x){color:red}", "p:tomorrow(x){color:red}"},
		{"a list with what some browser cannot read stays whole", "p,.missing::-webkit-x{color:red}", "p,.missing::-webkit-x{color:red}"},
		{"a list with a void part stays whole", "p,.missing#1a{color:red}", "p,.missing#1a{color:red}"},
		{"an attribute", "a[title]{color:red}", "a[title]{color:red}"},
		{"an attribute that it has not", "a[rel]{color:red}", ""},
		{"a value", `input[type="checkbox"]{color:red}`, `input[type="checkbox"]{color:red}`},
		{"a value in another case", "input[type=CHECKBOX]{color:red}", "input[type=CHECKBOX]{color:red}"},
		{"another value", "input[type=radio]{color:red}", ""},
		{"the begin of a value", `a[href^="/"]{color:red}`, `a[href^="/"]{color:red}`},
		{"the end of another value", `a[href$=".pdf"]{color:red}`, ""},
		{"part of a class", "[class*=wid]{color:red}", "[class*=wid]{color:red}"},
		{"what visitors open", "details[open]{color:red}", "details[open]{color:red}"},
		{"an SVG element", "linearGradient{color:red}", "linearGradient{color:red}"},
		{"a namespace", "svg|a{color:red}", "svg|a{color:red}"},
		{"what is for visitors without scripts", ".bare{color:red}", ".bare{color:red}"},
		{"a rule without declarations", "p{}", ""},
		{"a condition", "@media (min-width: 9px){p{color:red}table{x:y}}", "@media (min-width: 9px){p{color:red}}"},
		{"a condition with nothing left", "@media (min-width:9px){table{x:y}}", ""},
		{"a condition in a condition", "@supports (a:b){@media all{p{x:y}}}", "@supports (a:b){@media all{p{x:y}}}"},
		{"a container", "@container x (width>9px){p{x:y}table{x:y}}", "@container x (width>9px){p{x:y}}"},
		{"a layer", "@layer a{p{x:y}table{x:y}}", "@layer a{p{x:y}}"},
		{"an empty layer keeps its place", "@layer a{table{x:y}}@layer b{p{x:y}}", "@layer a;@layer b{p{x:y}}"},
		{"an empty layer without a name", "@layer{table{x:y}}", ""},
		{"the order of layers", "@layer a,b;", "@layer a,b;"},
		{"long rules for paper", "@media print{p{" + strings.Repeat("abc:d;", 200) + "}}", ""},
		{"short rules for paper", "@media print{p{a:b}}", "@media print{p{a:b}}"},
		{"a nested rule", ".post{color:red;& p{x:y}table{x:y}}", ".post{color:red;& p{x:y}}"},
		{"a nested rule that leads on", ".post{> p{x:y}}", ".post{>p{x:y}}"},
		{"the parent of a nested rule keeps its list", ".post,#missing{& p{x:y}}", ".post,#missing{& p{x:y}}"},
		{"a nested rule of a parent that is missing", ".missing{& p{x:y}}", ""},
		{"a declaration behind a nested rule", ".post{a:hover{x:y}b:c}", ".post{a:hover{x:y}b:c}"},
		{"a nested condition", ".post{@media print{x:y}}", ".post{@media print{x:y}}"},
		{"frames that are used", "p{animation:a 1s}@keyframes a{from{x:y}}", "p{animation:a 1s}@keyframes a{from{x:y}}"},
		{"frames that are not used", "p{x:y}@keyframes a{0%{x:y}}", "p{x:y}"},
		{"frames for what is missing", "table{animation:a 1s}@keyframes a{0%{x:y}}", ""},
		{"frames called by a property", "p{animation:var(--q)}:root{--q:a 1s}@keyframes a{0%{x:y}}", "p{animation:var(--q)}:root{--q:a 1s}@keyframes a{0%{x:y}}"},
		{"a custom property that is used", ":root{--a:1;--b:2}p{x:var(--a)}", ":root{--a:1}p{x:var(--a)}"},
		{"a custom property used by another", ":root{--a:var(--b);--b:2;--c:var(--d);--d:3}p{x:var(--a)}", ":root{--a:var(--b);--b:2}p{x:var(--a)}"},
		{"a custom property used in an attribute", ":root{--ink:1;--b:2}", ":root{--ink:1}"},
		{"custom properties in a ring", ":root{--a:var(--b);--b:var(--a)}", ""},
		{"an empty custom property", ":root{--ink:;}", ":root{--ink: }"},
		{"a registered property", "@property --ink{syntax:'*'}@property --no{syntax:'*'}", "@property --ink{syntax:'*'}"},
		{"a style of counters", "ul{list-style:q}@counter-style q{system:cyclic}@counter-style r{system:cyclic}", "ul{list-style:q}@counter-style q{system:cyclic}"},
		{"a charset", "@charset \"utf-8\";p{x:y}", "p{x:y}"},
		{"a namespace stands first and alone", "@namespace svg url(http://www.w3.org/2000/svg);p{x:y}", "@namespace svg url(http://www.w3.org/2000/svg);p{x:y}"},
		{"a rule that nobody knows", "@tomorrow x{p{x:y}}", "@tomorrow x{p{x:y}}"},
		{"comments", "/* a */p/**/ {/* b */x/**/:/* c */y/**/}", "p{x:y}"},
		{"a comment between words", "p{x:a/**/b}", "p{x:a/**/b}"},
		{"white space in sums", "p{x:calc( 1px  +  2px )}", "p{x:calc(1px + 2px)}"},
		{"a semicolon between rules still voids the next", "p{x:y};em{x:y}h1{x:y}", "p{x:y};em{x:y}h1{x:y}"},
		{"a brace too many voids the next", "p{x:y}}em{x:y}h1{x:y}", "p{x:y}h1{x:y}"},
		{"an open string voids its declaration", "p{a:\"x\n;b:c}", "p{b:c}"},
		{"a hack of old", "p{*zoom:1;_x:y;b:c}", "p{_x:y;b:c}"},
		{"an end that is missing", "@media all{p{x:f([\"a", "@media all{p{x:f([\"a\"])}}"},
		{"the end of the element in a string", "p{content:\"</style>\"}", "p{content:\"<\\/style>\"}"},
		{"a byte order mark and marks of comments", "\ufeff<!-- p{x:y} -->", "p{x:y}"},
		{"important", "p{x:y ! important}", "p{x:y ! important}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pruned(t, page(t, testPage), c.sheet, Options{}); got != c.want {
				t.Errorf("of %s\nstays %s\nwanted %s", c.sheet, got, c.want)
			}
		})
	}
}

func TestWhatScriptsMayNameStays(t *testing.T) {
	script := `nav.classList.toggle("unfolded"); document.createElement("button").dataset.deepState = 1; x.style.setProperty("--gap", y); b.className = "is-" + k + j + "-wide"; b.ariaBusy = "true"; c.innerHTML = "<tr><td>"; d.className = "lg:flex w-1/3 md:w-2/3 gap@s"; document.createElement("DEL")`
	for _, c := range []struct{ name, sheet, want string }{
		{"a class in a script", ".unfolded a{x:y}", ".unfolded a{x:y}"},
		{"a class in no script", ".folded a{x:y}", ""},
		{"a usual state", ".menu.open{x:y}", ".menu.open{x:y}"},
		{"a usual state of what is missing", ".missing.open{x:y}", ""},
		{"a class that a script puts together", ".is-big .x-wide{x:y}", ".is-big .x-wide{x:y}"},
		{"a class of the same begin that no script puts together", ".has-big{x:y}", ""},
		{"classes with signs in them", `.md\:w-2\/3,.gap\@s{x:y}`, `.md\:w-2\/3,.gap\@s{x:y}`},
		{"a class with signs that no script has all of", `.md\:w-full,.xl\:w-2\/3,.\@s{x:y}`, ""},
		{"an element that a script makes", "ul>button{x:y}", "ul>button{x:y}"},
		{"an element whose name a script writes in capitals", "del{x:y}", "del{x:y}"},
		{"an element that the parser adds to those of a script", "tbody td{x:y}", "tbody td{x:y}"},
		{"classes with signs in their names", `.lg\:flex,.w-1\/3,.lg\:grid{x:y}`, `.lg\:flex,.w-1\/3{x:y}`},
		{"a state of accessibility as scripts spell it", "[aria-busy=true] p{x:y}", "[aria-busy=true] p{x:y}"},
		{"an attribute as scripts spell it", "[data-deep-state]{x:y}", "[data-deep-state]{x:y}"},
		{"a property that a script sets", ":root{--gap:1;--no:2}", ":root{--gap:1}"},
		{"part of a class in a script", "[class*=unfold]{x:y}", "[class*=unfold]{x:y}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pruned(t, page(t, testPage), c.sheet, Options{Scripts: []string{script}}); got != c.want {
				t.Errorf("of %s\nstays %s\nwanted %s", c.sheet, got, c.want)
			}
		})
	}
	if got := pruned(t, page(t, testPage), ".menu.open{x:y}", Options{}); got != "" {
		t.Errorf("without scripts, nothing opens the menu: %s", got)
	}
}

func TestQuirksFoldNames(t *testing.T) {
	doc := page(t, `<p class="Post" id="Top">x</p>`)
	if got := pruned(t, doc, ".post{x:y}#TOP{x:y}", Options{}); got != ".post{x:y}#TOP{x:y}" {
		t.Errorf("kept %q", got)
	}
}

func TestAddressesAndFonts(t *testing.T) {
	o := Options{
		Address: func(u *url.URL) string {
			if u.Host != "e.org" {
				return ""
			}
			return u.RequestURI() + "?slim"
		},
		Font: func(family string, _ []*url.URL) bool { return family == "Small Icons" },
	}
	for _, c := range []struct{ name, sheet, want string }{
		{"relative to the sheet", "p{background:url(a.png)}", "p{background:url(/css/a.png?slim)}"},
		{"in quotes", `p{background:url( "../a b.png" )}`, `p{background:url("/a%20b.png?slim")}`},
		{"elsewhere", "p{background:red url(//x.org/a.png)}", "p{background:red url(data:,)}"},
		{"in the page", "p{fill:url(#g)}", "p{fill:url(#g)}"},
		{"with its content", "p{background:url(data:image/gif;base64,xx)}", "p{background:url(data:image/gif;base64,xx)}"},
		{"in a set", `p{background:image-set("a.png" 1x type("image/png"))}`, `p{background:image-set("/css/a.png?slim" 1x type("image/png"))}`},
		{"a font that goes, and its signs", `@font-face{font-family:"Big";src:url(b.woff)}p{content:"\f101"}`, `p{content:""}`},
		{"a font that stays, and its signs", `@font-face{font-family:"Small Icons";src:url(b.woff)}p{content:"\f101"}`, `@font-face{font-family:"Small Icons";src:url(/css/b.woff?slim)}p{content:"\f101"}`},
		{"a family that goes falls back to its kind", `@font-face{font-family:Lora;src:url(b.woff)}p{font-family:"Lora"!important}`, `p{font-family:"Lora",serif!important}`},
		{"a family that goes with others behind it", `@font-face{font-family:Lora;src:url(b.woff)}p{font-family:Lora,fantasy}`, `p{font-family:Lora,fantasy}`},
		{"a family that goes in short", `@font-face{font-family:"Fira Code";src:url(b.woff)}p{font:1em/2 "Fira Code"}`, `p{font:1em/2 "Fira Code",monospace}`},
		{"a family that goes in a property", `@font-face{font-family:Inter;src:url(b.woff)}p{font-family:var(--f)}:root{--f:Inter}`, `p{font-family:var(--f)}:root{--f:Inter,sans-serif}`},
		{"a family of the system", `@font-face{font-family:Inter;src:url(b.woff)}p{font-family:Arial}`, `p{font-family:Arial}`},
		{"words stay without fonts", `p{content:"»"}`, `p{content:"»"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pruned(t, page(t, testPage), c.sheet, o); got != c.want {
				t.Errorf("of %s\nstays %s\nwanted %s", c.sheet, got, c.want)
			}
		})
	}
}

func TestImportsComeInTheirOrder(t *testing.T) {
	files := map[string]string{
		"/css/a.css": "@import 's.css';@import 'b.css' layer(x) supports(display:grid) screen;p{a:a}",
		"/css/b.css": "p{b:b}",
		"/css/s.css": "@import url(a.css);p{s:s}",
	}
	load := func(u *url.URL) (Sheet, bool) {
		s, ok := files[u.Path]
		return Sheet{Text: s, Base: u}, ok
	}
	sheets := []Sheet{
		{Text: "@layer q;@import url(b.css);@import 'gone.css' layer(z);p{c:c}@import 'b.css';", Base: base(t)},
		{Text: "@import \"b.css\" layer(x) supports(display:grid) screen;", Base: base(t), Media: "(width<9px)"},
		{Text: "p{z:z}", Media: "screen{"},
	}
	set, err := Read(sheets, load)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(set.Prune(page(t, testPage), Options{}), "|")
	want := "@layer q;p{b:b}@layer z;p{c:c}@media (width<9px){@media screen{@supports (display:grid){@layer x{p{b:b}}}}}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	ring, err := Read([]Sheet{{Text: files["/css/s.css"], Base: base(t)}}, load)
	if err != nil || len(ring.sheets) > 100 {
		t.Errorf("a ring of imports: %d sheets, %v", len(ring.sheets), err)
	}
}

func TestStyleAttributesKeepAllButAddresses(t *testing.T) {
	o := Options{Address: func(u *url.URL) string { return u.Path }}
	for _, c := range []struct{ name, style, want string }{
		{"nothing to do", "color : red;", "color : red;"},
		{"a picture", "color:red;background:url( x.png ) 0 0", "color:red;background:url(/css/x.png) 0 0"},
		{"a picture in quotes of the other kind", "background:url('x.png')", `background:url("/css/x.png")`},
		{"a function without an address", "width:calc( 1px )", "width:calc( 1px )"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Inline(c.style, base(t), o); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
