package resume

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/url"
	"strings"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("résumé").Parse(pageSource))

// A Boot says where the page finds the floppy that visitors may start.
type Boot struct {
	Floppy string // address of the image
	Folder string // address of the folder with what an emulator needs
	Script string // address of the script behind the button
	Size   string // of what a click loads, for people
}

// A link is a text that may lead somewhere.
type link struct{ Text, Href string }

type shownEntry struct {
	Entry
	Link  *link
	Brief bool // one line will do
}

type shownSection struct {
	Heading string
	Entries []shownEntry
}

// HTML is the résumé as one page without anything to load, for screens,
// screen readers and printers. json is the address of its data; boot may be nil.
func (r *Resume) HTML(json string, boot *Boot) ([]byte, error) {
	view := struct {
		Title, Label, Summary, JSON string
		Contact                     []link
		Summaries                   []string
		Sections                    []shownSection
		Boot                        *Boot
	}{
		Title: r.Title(), Label: cleanLine(r.Basics.Label), JSON: json, Contact: r.Basics.links(),
		Summaries: paragraphs(r.Basics.Summary), Sections: shown(r.Sections()), Boot: boot,
	}
	if len(view.Summaries) > 0 {
		view.Summary = headOf(view.Summaries[0], 200)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, view); err != nil {
		return nil, fmt.Errorf("write résumé page: %w", err)
	}
	return b.Bytes(), nil
}

func shown(sections []Section) []shownSection {
	var all []shownSection
	for _, s := range sections {
		one := shownSection{Heading: s.Heading}
		for _, e := range s.Entries {
			entry := shownEntry{Entry: e, Brief: e.Dates == "" && e.Link == "" && len(e.Text)+len(e.Points) == 0}
			if e.Link != "" {
				entry.Link = &link{string(e.Link), href(string(e.Link))}
			}
			one.Entries = append(one.Entries, entry)
		}
		all = append(all, one)
	}
	return all
}

func (b *Basics) links() []link {
	all := []link{
		{cleanLine(b.Email), "mailto:" + cleanLine(b.Email)},
		{cleanLine(b.Phone), ""},
		{string(b.URL), href(string(b.URL))},
		{b.Location.line(), ""},
	}
	if !strings.Contains(b.Email, "@") {
		all[0].Href = ""
	}
	for _, p := range b.Profiles {
		name := cleanLine(join(" ", p.Network, p.Username))
		if name == "" {
			name = string(p.URL)
		}
		all = append(all, link{name, href(string(p.URL))})
	}
	kept := all[:0]
	for _, l := range all {
		if l.Text != "" {
			kept = append(kept, l)
		}
	}
	return kept
}

// href is the address if it is one that a résumé may lead to.
func href(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return s
}
