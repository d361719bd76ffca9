// Package buzzproof_test holds the rules of the house as tests.
package buzzproof_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the house as ARCHITECTURE.md draws it: a package imports only
// packages of a lower floor, never a neighbour, never upstairs.
var floors = map[string]int{
	"cmd/buzzproof":        4,
	"internal/app":         3,
	"internal/check":       2,
	"internal/dashboard":   2,
	"internal/evacuate":    2,
	"internal/dns/dnstest": 2,
	"internal/figures":     2,
	"internal/freeze":      2,
	"internal/image":       2,
	"internal/lighten":     2,
	"internal/rehearse":    2,
	"internal/serve":       2,
	"internal/story":       2,
	"internal/alert":       1,
	"internal/archive":     1,
	"internal/browse":      1,
	"internal/buzz":        1,
	"internal/dns":         1,
	"internal/fetch":       1,
	"internal/floppy":      1,
	"internal/governor":    1,
	"internal/guard":       1,
	"internal/health":      1,
	"internal/history":     1,
	"internal/line":        1,
	"internal/lite":        1,
	"internal/recorder":    1,
	"internal/pid1":        1,
	"internal/refuge":      1,
	"internal/slim":        1,
	"internal/snapshot":    1,
	"internal/stacks":      1,
	"internal/traffic":     1,
	"internal/tun":         1,
	"internal/wire":        1,
	"docs/picture":         0,
	"internal/accesslog":   0,
	"internal/article":     0,
	"internal/ban":         0,
	"internal/journal":     0,
	"internal/coding":      0,
	"internal/consent":     0,
	"internal/hints":       0,
	"internal/link":        0,
	"internal/paper":       0,
	"internal/picture":     0,
	"internal/plain":       0,
	"internal/program":     0,
	"internal/refs":        0,
	"internal/resume":      0,
	"internal/sample":      0,
	"internal/secret":      0,
	"internal/settings":    0,
	"internal/site":        0,
	"internal/sketch":      0,
	"internal/sshlog":      0,
	"internal/tail":        0,
	"internal/style":       0,
	"internal/tally":       0,
	"internal/words":       0,
}

// onlyTests are the folders that may import anything and be imported by nobody.
var onlyTests = []string{".", "integration"}

const module = "buzzproof"

// The sources are parsed here rather than asked of "go list": the test cache
// records which files a test opens, but not what a child process reads, so a
// violation could pass from the cache.
func TestEveryPackageKeepsToItsFloor(t *testing.T) {
	for dir, files := range packages(t) {
		if slices.Contains(onlyTests, dir) {
			continue
		}
		floor, known := floors[dir]
		if !known {
			t.Errorf("package %s has no floor: give it one in floors_test.go and a row in ARCHITECTURE.md", dir)
			continue
		}
		for name, file := range files {
			for _, imported := range file.Imports {
				checkImport(t, name, dir, floor, imported)
			}
		}
	}
}

func TestThePlanShowsEveryFloor(t *testing.T) {
	plan, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for dir, floor := range floors {
		if row := fmt.Sprintf("\n| %d | `%s` | ", floor, dir); !strings.Contains(string(plan), row) {
			t.Errorf("ARCHITECTURE.md has no row for %s on floor %d", dir, floor)
		}
	}
}

func checkImport(t *testing.T, file, dir string, floor int, spec *ast.ImportSpec) {
	t.Helper()
	imported, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		t.Fatalf("%s imports %s: %v", file, spec.Path.Value, err)
	}
	target, ours := strings.CutPrefix(imported, module+"/")
	// The suite of a family of plug-ins lies in a folder below the family's.
	isExternalTest := strings.HasSuffix(file, "_test.go") && (target == dir || strings.HasPrefix(target, dir+"/"))
	if !ours || isExternalTest {
		return
	}
	if other, known := floors[target]; !known || other >= floor {
		t.Errorf("%s (floor %d) imports %s (floor %d): only lower floors may be imported; move the shared part down or declare an interface at the consumer",
			file, floor, target, other)
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for dir, files := range packages(t) {
		documented := false
		for _, file := range files {
			documented = documented || file.Doc != nil && len(file.Doc.Text()) > 40
		}
		if !documented {
			t.Errorf("package %s has no doc comment: say in one sentence the idea that makes it simple", dir)
		}
	}
}

func TestNoPackageIsADrawer(t *testing.T) {
	for dir := range packages(t) {
		if slices.Contains([]string{"util", "utils", "common", "types", "config", "helpers", "misc"}, path.Base(dir)) {
			t.Errorf("package %s is named for nothing: name it for its one job", dir)
		}
	}
}

// packages returns the parsed Go files of every folder, by folder and path.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	found := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := d.IsDir() && name != "." && strings.HasPrefix(d.Name(), ".")
		if hidden || d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		if found[dir] == nil {
			found[dir] = map[string]*ast.File{}
		}
		found[dir][filepath.ToSlash(name)] = file
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
