package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The judges from outside: rules of accessibility, the grammar of HTML, and a
// browser that knows nothing but text.

func axeFile() string { return filepath.Join(peerFolder("axe-core-4.14.1"), "axe.min.js") }

func vnuFile() string {
	return filepath.Join(peerFolder("vnu-jar-26.9.27"), "build", "dist", "vnu.jar")
}

// A violation is an element that breaks a rule of accessibility.
type violation struct {
	ID   string // of the rule
	Help string
	Node string // HTML of the element
}

func (v violation) String() string { return fmt.Sprintf("%s: %s: %s", v.ID, v.Help, v.Node) }

// wcag are the rules of WCAG 2.2 at level AA, with those they build on.
var wcag = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"}

// axe returns the violations on a page, by the rules with the given tags; wcag
// if there are none. It uses the browser's first tab: opening another one takes
// longer than judging a small page.
func axe(t *testing.T, browser context.Context, address string, tags ...string) []violation {
	t.Helper()
	if err := chromedp.Do(browser, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	return axeHere(t, browser, tags...)
}

// axeHere judges the page that the browser shows, as it is.
func axeHere(t *testing.T, browser context.Context, tags ...string) []violation {
	t.Helper()
	need(t, "the rules of accessibility", "chromium", axeFile())
	if len(tags) == 0 {
		tags = wcag
	}
	rules, err := os.ReadFile(axeFile())
	if err != nil {
		t.Fatal(err)
	}
	values, err := json.Marshal(tags)
	if err != nil {
		t.Fatal(err)
	}
	// A page that still moves is judged by chance.
	if _, err := chromedp.Run(browser, chromedp.Evaluate[int64](arrived, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatalf("wait for the page: %v", err)
	}
	judge := fmt.Sprintf(`(async () => {
		%s
		;const found = await axe.run(document, {runOnly: {type: 'tag', values: %s}, resultTypes: ['violations']});
		return found.violations.flatMap(v => v.nodes.map(n => ({ID: v.id, Help: v.help, Node: n.html.slice(0, 300)})));
	})()`, rules, values)
	found, err := chromedp.Run(browser, chromedp.Evaluate[[]violation](judge, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("judge the page: %v", err)
	}
	return found
}

// A message is what the validator has against a document.
type message struct {
	Type, SubType, Message, Extract string
	URL                             string
	LastLine                        int

	file string // name of the document
}

func (m message) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", m.file, m.LastLine, m.Message, strings.Join(strings.Fields(m.Extract), " "))
}

// validate returns the errors in HTML documents, given by name. It starts one
// Java for all of them: its start takes longer than a hundred documents.
func validate(t *testing.T, documents map[string][]byte) []message {
	t.Helper()
	need(t, "the validator", "java", vnuFile())
	dir := newStage(t).subfolder(t, "documents")
	args := []string{"-Xss2m", "-XX:TieredStopAtLevel=1", "-jar", vnuFile(), "--errors-only", "--format", "json", "--exit-zero-always", "--stdout", "--html"}
	names := map[string]string{}
	for name, document := range documents {
		file := filepath.Join(dir, fmt.Sprintf("%d.html", len(names)))
		writeFile(t, file, string(document))
		names[filepath.Base(file)] = name
	}
	out := run(t, exec.Command("java", append(args, dir)...))
	var said struct{ Messages []message }
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("the validator says %s: %v", out, err)
	}
	for i, m := range said.Messages {
		said.Messages[i].file = names[filepath.Base(m.URL)]
	}
	slices.SortFunc(said.Messages, func(a, b message) int { return strings.Compare(a.file, b.file) })
	return said.Messages
}

// lynx returns a document as a browser shows it that knows only text.
func lynx(t *testing.T, document []byte) string {
	t.Helper()
	need(t, "the browser for text", "lynx")
	cmd := exec.Command("lynx", "-dump", "-stdin", "-force_html", "-nolist", "-width=1000",
		"-assume_charset=utf-8", "-display_charset=utf-8")
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin = bytes.NewReader(document)
	return insertions.Replace(string(run(t, cmd)))
}

// insertions are what lynx writes around what was taken out or put in.
var insertions = strings.NewReplacer("[DEL:", "", ":DEL]", "", "[INS:", "", ":INS]", "")

// expectNone fails the test for every fault, and shows one of each kind before
// the second of any.
func expectNone[T fmt.Stringer](t *testing.T, what string, faults []T, kind func(T) string) {
	t.Helper()
	if len(faults) == 0 {
		return
	}
	counts, first := map[string]int{}, map[string]T{}
	for _, f := range faults {
		if counts[kind(f)]++; counts[kind(f)] == 1 {
			first[kind(f)] = f
		}
	}
	t.Errorf("%s: %d", what, len(faults))
	shown := tally{t: t}
	for k, n := range counts {
		shown.fault("%d times: %s", n, first[k])
	}
}
