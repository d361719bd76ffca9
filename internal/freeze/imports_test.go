package freeze

import (
	"slices"
	"testing"
)

func TestImports(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         []string
	}{
		{"for its effect", `import "./a.js"`, []string{"./a.js"}},
		{"as bundlers write it", `import{x as y}from"./chunk-3f9c2b1a.js";`, []string{"./chunk-3f9c2b1a.js"}},
		{"while it runs", `const m = await import( '../m.js')`, []string{"../m.js"}},
		{"passed on", "export * from `/js/m.js`", []string{"/js/m.js"}},
		{"a bare name is for the import map", `import React from "react"`, nil},
		{"a name put together is not known", "import(`./lang/${code}.js`)", nil},
		{"a word is not an import", `important("./x.js"); // from me`, nil},
		{"a quote that never ends", `import "./a.js`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := imports([]byte(c.script)); !slices.Equal(got, c.want) {
				t.Errorf("imports %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheNeighboursOfAModuleComeAlong(t *testing.T) {
	site := pages{
		"/":              `<html><script type="module" src="/js/app.js"></script>`,
		"/js/app.js":     `text/javascript|import "./lib/dep.js"; import("/js/late.js")`,
		"/js/lib/dep.js": `text/javascript|export * from "../deeper.js"`,
		"/js/late.js":    `text/javascript|0`,
		"/js/deeper.js":  `text/javascript|0`,
	}
	if r := wholeCopy(t, t.TempDir(), newOrigin(t, site).URL+"/", Config{}); r.Assets != 4 {
		t.Errorf("%d assets, want 4", r.Assets)
	}
}

func TestTheModulesOfAScriptInThePageComeAlong(t *testing.T) {
	site := pages{
		"/":           `<html><base href="/blog/"><script type="module">import {a} from "./a.js"; import "/b.js"; import "bare"</script><a href="/two/">2</a>`,
		"/two/":       `<html><title>import "./no.js"</title><script>"x".match(/y/); import('../c.js')</script><p>import "./no.js"`,
		"/blog/a.js":  `text/javascript|0`,
		"/b.js":       `text/javascript|0`,
		"/c.js":       `text/javascript|0`,
		"/two/no.js":  `text/javascript|0`,
		"/blog/no.js": `text/javascript|0`,
	}
	if r := wholeCopy(t, t.TempDir(), newOrigin(t, site).URL+"/", Config{}); r.Assets != 3 {
		t.Errorf("%d assets, want 3", r.Assets)
	}
}

func FuzzImports(f *testing.F) {
	f.Add([]byte(`import{x}from"./a.js";import("../b.js")`))
	f.Fuzz(func(t *testing.T, script []byte) {
		for _, name := range imports(script) {
			if len(name) > longestImport || name[0] != '.' && name[0] != '/' {
				t.Errorf("imports %q", name)
			}
		}
	})
}
