package resume

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	"maragu.dev/gomponents/components"
	h "maragu.dev/gomponents/html"
)

//go:embed page.css
var pageStyle string

// A Boot says where the page finds the floppy that visitors may start. The
// addresses are the program's own and not looked at.
type Boot struct {
	Floppy string // address of the image
	Folder string // address of the folder with what an emulator needs
	Script string // address of the script behind the button
	Size   string // of what a click loads, for people
}

// HTML is the résumé as one page without anything to load, for screens,
// screen readers and printers. json is the address of its data; boot may be nil.
func (r *Resume) HTML(json string, boot *Boot) ([]byte, error) {
	title, label := r.Title(), cleanLine(r.Basics.Label)
	summary := paragraphs(r.Basics.Summary)
	page := components.HTML5Props{
		Title: join(" · ", title, label), Language: "en",
		Head: []g.Node{h.Link(h.Rel("alternate"), h.Type("application/json"), h.Href(json)), h.StyleEl(g.Raw(pageStyle))},
		Body: []g.Node{
			h.Header(
				h.H1(h.Dir("auto"), g.Text(title)),
				g.If(label != "", h.P(h.Dir("auto"), h.Strong(g.Text(label)))),
				contacts(r.Basics.links()),
			),
			h.Main(g.Map(summary, paragraph), g.Map(r.Sections(), Section.node)),
			h.Footer(h.Class("screen-only"), boot.node(), h.P(h.A(h.Href(json), g.Text("The same as JSON Resume")))),
		},
	}
	if len(summary) > 0 {
		page.Description = headOf(summary[0], 200)
	}
	var b bytes.Buffer
	if err := components.HTML5(page).Render(&b); err != nil {
		return nil, fmt.Errorf("write résumé page: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// paragraph is a text that may run from right to left.
func paragraph(text string) g.Node { return h.P(h.Dir("auto"), g.Text(text)) }

func contacts(links []link) g.Node {
	if len(links) == 0 {
		return nil
	}
	return h.Ul(g.Map(links, func(l link) g.Node { return h.Li(h.Dir("auto"), l.node()) }))
}

func (s Section) node() g.Node {
	return h.Section(h.H2(g.Text(s.Heading)), g.Map(s.Entries, Entry.node))
}

func (e Entry) node() g.Node {
	return h.Article(
		g.If(e.isBrief(), h.Class("brief")),
		h.Div(h.Class("top"), h.Dir("auto"),
			g.If(e.Title != "", h.H3(g.Text(e.Title))),
			g.If(e.Dates != "", h.Span(h.Class("soft"), h.Dir("ltr"), g.Text(e.Dates)))),
		g.If(e.Place != "", g.Group{betweenWords, h.P(h.Class("soft"), h.Dir("auto"), g.Text(e.Place))}),
		g.Map(e.Text, paragraph),
		g.If(len(e.Points) > 0, h.Ul(h.Dir("auto"), g.Map(e.Points, func(p string) g.Node { return h.Li(g.Text(p)) }))),
		g.If(e.Words != "", g.Group{betweenWords, paragraph(e.Words)}),
		g.If(e.Link != "", h.P(link{string(e.Link), href(string(e.Link))}.node())),
	)
}

// betweenWords keeps the parts of a brief entry apart, which stand in one line.
var betweenWords = g.Text(" ")

// isBrief reports whether one line will do.
func (e Entry) isBrief() bool {
	return e.Dates == "" && e.Link == "" && len(e.Text)+len(e.Points) == 0
}

// node offers the floppy; nothing without one.
func (b *Boot) node() g.Node {
	if b == nil {
		return nil
	}
	return g.Group{
		h.H2(g.Text("As an operating system")),
		h.P(g.Text("This résumé is also a floppy disk that boots, in text, on any PC with a BIOS: "),
			h.A(h.Href(b.Floppy), g.Attr("download"), g.Text("floppy image")), g.Text(".")),
		h.P(h.Button(h.Type("button"), h.ID("boot"), h.Data("from", b.Folder), g.Textf("Boot it here (%s to load)", b.Size))),
		h.P(h.ID("boot-said"), h.Role("status")),
		h.Div(h.ID("screen"), g.Attr("hidden"),
			h.Div(h.Style("white-space:pre;font:14px/18px monospace")), h.Canvas(g.Attr("hidden"))),
		h.Script(h.Src(b.Script), h.Defer()),
	}
}

// A link is a text that may lead somewhere. Its address has been looked at.
type link struct{ Text, Href string }

func (l link) node() g.Node {
	if l.Href == "" {
		return g.Text(l.Text)
	}
	return h.A(h.Href(l.Href), g.Text(l.Text))
}

func (b *Basics) links() []link {
	all := []link{
		{cleanLine(b.Email), mailto(cleanLine(b.Email))},
		{cleanLine(b.Phone), ""},
		{string(b.URL), href(string(b.URL))},
		{b.Location.line(), ""},
	}
	for _, p := range b.Profiles {
		name := cleanLine(join(" ", p.Network, p.Username))
		if name == "" {
			name = string(p.URL)
		}
		all = append(all, link{name, href(string(p.URL))})
	}
	return slices.DeleteFunc(all, func(l link) bool { return l.Text == "" })
}

// mailto is the address that writes to someone, if it is somebody's.
func mailto(email string) string {
	if !strings.Contains(email, "@") {
		return ""
	}
	return "mailto:" + email
}

// href is the address if it is one that a résumé may lead to.
func href(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return s
}
