package style

import (
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// FuzzPrune holds every sheet to three promises: a rule that another matcher
// finds a use for stays, what is written is read again as the same, and
// pruning a second time changes nothing.
func FuzzPrune(f *testing.F) {
	for _, s := range []string{
		"p{color:red}", ".menu>a,.x{--a:b}", "@media print{p{x:y}}", ":is(p,b) em{x:var(--q)}:root{--q:1}",
		"@layer a{table{x:y}}", ".post{& p{x:y}a:hover{x:y}b:c}", "p{content:\"\\\n</style>", "a{b:url(x\\)", "@import 'x';",
		`.md\:w-1\/2{x:y}`, "p~.last+p{x:y}", "a[href^='/' i]{x:y}", "p{a:[(]}", "@keyframes a{0%{x:y}}p{animation:a}",
		"<!--p{x:y}-->", "p{--x:{a:b}}", "@supports (a:b){@x{}}", "#top .item{x:1e+3px}", "\\70{x:y}", "p{x:a/**/b}",
	} {
		f.Add(s)
	}
	doc := page(f, testPage)
	f.Fuzz(func(t *testing.T, sheet string) {
		if len(sheet) > 5_000 {
			return
		}
		once := pruned(t, doc, sheet, Options{})
		if twice := pruned(t, doc, once, Options{}); !strings.Contains(once, "|") && twice != once {
			t.Errorf("of %q\nonce  %q\ntwice %q", sheet, once, twice)
		}
		if strings.Contains(once, "</") {
			t.Errorf("%q ends a style element", once)
		}
		for _, want := range usable(doc, parse(sheet), "") {
			if !strings.Contains(strings.Join(usable(doc, parse(once), ""), "\n"), want) {
				t.Errorf("of %q\nstays %q\nwhich lacks %q", sheet, once, want)
			}
		}
	})
}

// usable returns the rules with a selector that cascadia matches, each as
// selector and declarations.
func usable(doc *html.Node, rules []node, under string) []string {
	var out []string
	for _, r := range rules {
		switch {
		case r.form == atRule && (r.name == "media" && !onPaper(r.prelude) || r.name == "supports"):
			out = append(out, usable(doc, r.kids, under+"@"+r.name+write(r.prelude))...)
		case r.form == styleRule:
			list, _ := selectors(r.prelude, 0)
			for _, s := range list {
				c, err := cascadia.Parse(write(s.toks))
				if err != nil || cascadia.Query(doc, c) == nil {
					continue
				}
				for _, d := range r.kids {
					if d.form == declaration && !strings.HasPrefix(d.name, "--") {
						out = append(out, under+selectorText(s.toks)+"{"+d.name+":"+write(d.value)+"}")
					}
				}
			}
		}
	}
	return out
}
