package story

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"buzzproof/internal/plain"
)

// pageRows is how many items a list shows.
const pageRows = 25

// A listed is a list with its title and how many items are not shown.
type listed struct {
	ID, Title, Of string
	Rows          []Row
	Left          int
	Sent          bool // whether anything was sent for its rows, as far as it is known
}

// tables are the lists that have something in them.
func (s *Story) tables() (tables []listed) {
	for _, t := range []listed{
		{"pages", "What they read", "page", s.Pages, 0, false},
		{"classes", "Who asked", "class", s.Classes, 0, false},
		{"countries", "From where", "country", s.Places, 0, false},
		{"looked", "What machines looked for", "address", s.Looked, 0, false},
	} {
		t.Sent = slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Bytes > 0 })
		if len(t.Rows) > pageRows {
			t.Rows, t.Left = t.Rows[:pageRows], len(t.Rows)-pageRows
		}
		if len(t.Rows) > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

// WriteJSON writes everything that is known.
func (s *Story) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(true)
	return e.Encode(s)
}

// WriteMarkdown writes the story for a mail or a page of the site.
func (s *Story) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", markdown(s.title()))
	for _, l := range s.Lines() {
		fmt.Fprintf(&b, "- %s\n", markdown(l))
	}
	if len(s.Sources) > 0 {
		b.WriteString("\n## Who sent them\n\n| from | visits | since | most at |\n|---|---:|---|---|\n")
		for _, from := range s.mostSources() {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", markdown(harmless(from.Name)), plain.Count(from.Visits), moment(from.First), from.Peak.Format("15:04"))
		}
	}
	for _, t := range s.tables() {
		t.writeMarkdown(&b)
	}
	s.writeRest(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (t listed) writeMarkdown(b *strings.Builder) {
	head, rule := "| sent ", "---:|"
	if !t.Sent {
		head, rule = "", ""
	}
	fmt.Fprintf(b, "\n## %s\n\n| %s | hits %s|\n|---|---:|%s\n", t.Title, t.Of, head, rule)
	for _, r := range t.Rows {
		fmt.Fprintf(b, "| %s | %s |", markdown(harmless(r.Name)), plain.Count(r.Hits))
		if t.Sent {
			fmt.Fprintf(b, " %s |", plain.Bytes(r.Bytes))
		}
		b.WriteByte('\n')
	}
}

// writeRest is what happened, what broke and what is kept.
func (s *Story) writeRest(b *strings.Builder) {
	if len(s.Events) > 0 {
		b.WriteString("\n## What happened\n\n")
		for _, e := range s.Events {
			fmt.Fprintf(b, "- %s, %s: %s\n", moment(e.At), e.Voice, markdown(harmless(e.Text)))
		}
	}
	if len(s.Broken) > 0 {
		b.WriteString("\n## What broke\n\n")
		for _, k := range s.Broken {
			fmt.Fprintf(b, "- %s (%s times). %s\n", markdown(harmless(k.What)), plain.Count(k.Times), markdown(k.Mend))
		}
	}
	if len(s.Checks) > 0 {
		b.WriteString("\n## How the checks went\n\n")
		for _, c := range s.Checks {
			fmt.Fprintf(b, "- %s: %s\n", markdown(harmless(c.Name)), c.Says())
		}
	}
	b.WriteString("\n## What is kept\n\n")
	for _, k := range s.Kept {
		fmt.Fprintf(b, "- %s: %s\n", markdown(k.What), k.Until)
	}
}

// mostSources are those that a list shows.
func (s *Story) mostSources() []Source { return s.Sources[:min(len(s.Sources), pageRows)] }

func (s *Story) title() string {
	if s.Buzz == nil {
		return s.Site
	}
	return "The buzz of " + s.Site
}

// marked are the letters that mean something in Markdown or HTML.
var marked = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", `\<`, ">", `\>`, "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "`", "\\`", "#", `\#`, "!", `\!`, "&", `\&`)

// markdown is a text of which nothing is taken for markup.
func markdown(s string) string { return marked.Replace(s) }
