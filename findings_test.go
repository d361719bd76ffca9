package buzzproof_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever is told that something is wrong is told what mends it: a function
// that makes a finding which is not right says Mend as well.
func TestEveryFindingHasWhatMendsIt(t *testing.T) {
	files := token.NewFileSet()
	wrong := 0
	err := filepath.WalkDir("internal", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, isFunc := decl.(*ast.FuncDecl)
			if !isFunc || !findsWrong(f) {
				continue
			}
			wrong++
			if !says(f, "Mend") {
				t.Errorf("%s: a finding of %s has nothing that mends it", files.Position(f.Pos()), f.Name.Name)
			}
		}
		return nil
	})
	if err != nil || wrong < 10 {
		t.Errorf("%d functions find something wrong, %v", wrong, err)
	}
}

// findsWrong reports whether a function makes a finding that is not right: one
// without OK: true, or one whose OK is taken away.
func findsWrong(f *ast.FuncDecl) (wrong bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if s, ok := n.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Finding" && len(n.Elts) > 0 && !literally(n, "OK", "true") {
				wrong = true
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				s, ok := left.(*ast.SelectorExpr)
				if ok && s.Sel.Name == "OK" && i < len(n.Rhs) && isNamed(n.Rhs[i], "false") {
					wrong = true
				}
			}
		}
		return true
	})
	return wrong
}

func literally(c *ast.CompositeLit, key, value string) bool {
	for _, e := range c.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok && isNamed(pair.Key, key) && isNamed(pair.Value, value) {
			return true
		}
	}
	return false
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// says reports whether a function sets a field of that name.
func says(f *ast.FuncDecl, field string) (said bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == field {
			said = true
		}
		return !said
	})
	return said
}
