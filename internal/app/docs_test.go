package app

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const repo = "../.."

func command(t *testing.T, name string) *cobra.Command {
	t.Helper()
	c, _, err := new(Program).root().Find([]string{name})
	if err != nil || c.Name() != name {
		t.Fatalf("no command %s: %v", name, err)
	}
	return c
}

func TestEveryFlagIsNamedInThePageOfItsCommand(t *testing.T) {
	pages := map[string]string{"bans": "guard", "unban": "guard", "ssh-log": "guard", "doctor": "evacuation", "evacuate": "evacuation", "return": "evacuation", "panic": "evacuation", "report": "watch"}
	for _, name := range []string{"check", "freeze", "image", "rehearse", "stats", "up", "bans", "unban", "ssh-log", "doctor", "evacuate", "return", "panic", "watch", "report"} {
		pageName := cmp.Or(pages[name], name)
		page, err := os.ReadFile(filepath.Join(repo, "docs", pageName+".md"))
		if err != nil {
			t.Fatal(err)
		}
		command(t, name).LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			named := regexp.MustCompile(`--` + regexp.QuoteMeta(f.Name) + `\b`)
			if f.Name != "help" && !named.Match(page) {
				t.Errorf("docs/%s.md does not name --%s", pageName, f.Name)
			}
		})
	}
}

var longFlag = regexp.MustCompile("(?m)(?:^|[\\s`(])--([a-z][a-z-]+)")

func TestEveryFlagInTheDocsExists(t *testing.T) {
	known := map[string]bool{"help": true, "no-ip-validation": true} // the latter is GoAccess's
	note := func(f *pflag.Flag) { known[f.Name] = true }
	root := new(Program).root()
	root.PersistentFlags().VisitAll(note)
	for _, c := range root.Commands() {
		c.Flags().VisitAll(note)
	}
	pages, err := filepath.Glob(filepath.Join(repo, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "CHANGELOG.md", "ARCHITECTURE.md"} {
		pages = append(pages, filepath.Join(repo, name))
	}
	for _, name := range pages {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range longFlag.FindAllSubmatch(page, -1) {
			if flag := string(found[1]); !known[flag] {
				t.Errorf("%s names --%s, which no command has", filepath.Base(name), flag)
			}
		}
	}
}

func TestTheReadmeExplainsEveryExitStatus(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(repo, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{0, statusFailed, statusMisused, statusConfig, statusThreshold, statusNetwork, statusRefused, statusUnseen, statusIncomplete, statusCap, statusInterrupted} {
		if row := fmt.Sprintf("\n| %d | ", status); !bytes.Contains(readme, []byte(row)) {
			t.Errorf("the README has no row for exit status %d", status)
		}
	}
}

var (
	docLink    = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	docHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noSlug     = regexp.MustCompile(`[^\p{L}\p{N} -]`)
)

func TestEveryLinkInTheDocsLeadsSomewhere(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "integration/*.md"} {
		found, err := filepath.Glob(filepath.Join(repo, pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, found, err)
		}
		pages = append(pages, found...)
	}
	for _, name := range pages {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range docLink.FindAllStringSubmatch(string(page), -1) {
			target := name
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(name), link[1])
			}
			text, err := os.ReadFile(target)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(name), err)
			} else if link[2] != "" && !hasHeading(string(text), link[2]) {
				t.Errorf("%s: %s has no heading #%s", filepath.Base(name), link[1], link[2])
			}
		}
	}
}

// hasHeading reports whether a page has a heading that a web page of it would
// give that anchor.
func hasHeading(page, anchor string) bool {
	for _, heading := range docHeading.FindAllStringSubmatch(page, -1) {
		if strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-") == anchor {
			return true
		}
	}
	return false
}

var tomlBlock = regexp.MustCompile("(?s)```toml\n(.*?)```")

// What the docs show as configuration is one. Secrets are of this test.
func TestEveryConfigurationInTheDocsIsRight(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(repo, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("a key of many letters"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("A_SECRET", "https://example.org/a-secret")
	shown := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range tomlBlock.FindAllSubmatch(text, -1) {
			shown++
			file := filepath.Join(t.TempDir(), "buzzproof.toml")
			example := regexp.MustCompile(`"env:[A-Z_]+"`).ReplaceAll(block[1], []byte(`"env:A_SECRET"`))
			example = regexp.MustCompile(`"file:[^"]+"`).ReplaceAll(example, []byte(`"file:`+key+`"`))
			if err := os.WriteFile(file, example, 0o600); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			p := Program{Args: []string{"-c", file, "config"}, Stdout: &said, Stderr: &said}
			if p.Run(t.Context()) != 0 {
				t.Errorf("%s shows what is no configuration: %s\n%s", filepath.Base(page), said.String(), block[1])
			}
		}
	}
	if shown < 3 {
		t.Errorf("only %d configurations are shown", shown)
	}
}
