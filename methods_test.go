package buzzproof_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A method that can be called by a name which the linker does not know might be
// any method of any type: it keeps them all, and the program is a fifth bigger.
const keepsMethods = "the linker would keep every method of every type, a fifth of the program; see docs/decisions.md, \"Pages are written in Go\""

func TestNoMethodIsCalledByANameThatTheLinkerDoesNotKnow(t *testing.T) {
	sources := packages(t)
	for _, files := range sources {
		for name, file := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, template := range []string{"text/template", "html/template"} {
				if imports(file, template) {
					t.Errorf("%s imports %s, which finds methods by name: %s", name, template, keepsMethods)
				}
			}
			if imports(file, "reflect") {
				for _, at := range methodsByName(t, name, nil) {
					t.Errorf("%s looks for a method by reflection: %s", at, keepsMethods)
				}
			}
		}
	}
}

func imports(file *ast.File, path string) bool {
	return slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(path) })
}

// methodsByName are the places of a file where a method is looked for by
// reflection. Its text is src; if that is nil, the file is read.
func methodsByName(t *testing.T, name string, src any) (places []token.Position) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Method", "Methods", "MethodByName"}, s.Sel.Name) {
			places = append(places, files.Position(s.Pos()))
		}
		return true
	})
	return places
}

func TestMethodsThatAreLookedForAreFound(t *testing.T) {
	const head = "package x\nimport \"reflect\"\nfunc f(v reflect.Value) { "
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"by name", `v.MethodByName("A")`, 1},
		{"by number, of a type", "v.Type().Method(0)", 1},
		{"all of them", "for range v.Methods() { }", 1},
		{"as a value", "g := v.MethodByName; g(\"A\")", 1},
		{"none", "v.Field(0).NumMethod()", 0},
	} {
		if got := methodsByName(t, "x.go", head+c.body+" }"); len(got) != c.want {
			t.Errorf("%s: found %v, want %d", c.name, got, c.want)
		}
	}
}
