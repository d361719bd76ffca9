package article

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is found as what is wanted")

// outline writes down what a page says, a line for each thing.
func outline(p *Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", [...]string{"unsure", "post", "list"}[p.Kind], p.Title)
	for _, part := range []struct{ name, value string }{{"by", p.Author}, {"lang", p.Lang}, {"dir", p.Dir}, {"why", p.Why}} {
		if part.value != "" {
			fmt.Fprintf(&b, " %s %q", part.name, part.value)
		}
	}
	if !p.Published.IsZero() {
		fmt.Fprintf(&b, " on %s", p.Published.Format("2006-01-02"))
	}
	b.WriteByte('\n')
	for _, text := range textOf(p.Body) {
		fmt.Fprintln(&b, text)
	}
	for _, item := range p.Items {
		fmt.Fprintln(&b, "*", item.URL.Path, item.Text, "|", item.Summary)
	}
	for _, c := range p.Comments {
		fmt.Fprintln(&b, strings.Repeat(">", c.Depth+1), c.ID, c.Author, "|", strings.Join(textOf(c.Body), " "))
	}
	return b.String()
}

func TestPagesSayWhatTheySay(t *testing.T) {
	pages, err := filepath.Glob("testdata/pages/*.html")
	if err != nil || len(pages) < 25 {
		t.Fatal("the pages are missing", err)
	}
	for _, name := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".html"), func(t *testing.T) {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := outline(Extract(Parse(source), &url.URL{Scheme: "https", Host: "site.example", Path: "/here/"}, nil))
			golden := strings.TrimSuffix(name, ".html") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
