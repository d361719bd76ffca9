package resume

import (
	"slices"
	"strings"
	"time"
)

// A Section is a part of the résumé under one heading, for whatever shows it.
type Section struct {
	Heading string
	Entries []Entry
}

// An Entry is one position, school, project and so on.
type Entry struct {
	Title  string // what stands out
	Place  string // where, for whom
	Dates  string // as people read them
	Link   URL
	Text   []string // paragraphs
	Points []string
	Words  string // a list of keywords in one line
}

// Sections are the parts that have something to say, in the order of the schema.
func (r *Resume) Sections() []Section {
	all := []Section{
		{"Work", each(r.Work, Work.entry)},
		{"Projects", each(r.Projects, Project.entry)},
		{"Volunteering", each(r.Volunteer, Volunteer.entry)},
		{"Education", each(r.Education, Education.entry)},
		{"Awards", each(r.Awards, Award.entry)},
		{"Certificates", each(r.Certificates, Certificate.entry)},
		{"Publications", each(r.Publications, Publication.entry)},
		{"Skills", each(r.Skills, Skill.entry)},
		{"Languages", each(r.Languages, Language.entry)},
		{"Interests", each(r.Interests, Interest.entry)},
		{"References", each(r.References, Reference.entry)},
	}
	return slices.DeleteFunc(all, func(s Section) bool { return len(s.Entries) == 0 })
}

func (w Work) entry() Entry {
	e := headed(w.Position, w.Name)
	e.Place = join(", ", e.Place, w.Location)
	e.Dates, e.Link = span(w.StartDate, w.EndDate), w.URL
	e.Text, e.Points = paragraphs(w.Description+"\n"+w.Summary), w.Highlights
	return e
}

func (p Project) entry() Entry {
	e := headed(p.Name, p.Entity)
	e.Place = join(", ", e.Place, join(", ", p.Roles...))
	e.Dates, e.Link = span(p.StartDate, p.EndDate), p.URL
	e.Text, e.Points, e.Words = paragraphs(p.Description), p.Highlights, join(", ", p.Keywords...)
	return e
}

func (v Volunteer) entry() Entry {
	e := headed(v.Position, v.Organization)
	e.Dates, e.Link = span(v.StartDate, v.EndDate), v.URL
	e.Text, e.Points = paragraphs(v.Summary), v.Highlights
	return e
}

func (s Education) entry() Entry {
	e := headed(join(", ", s.StudyType, s.Area), s.Institution)
	e.Place = join(", ", e.Place, s.Score)
	e.Dates, e.Link = span(s.StartDate, s.EndDate), s.URL
	e.Points = s.Courses
	return e
}

func (a Award) entry() Entry {
	e := headed(a.Title, a.Awarder)
	e.Dates, e.Text = day(a.Date), paragraphs(a.Summary)
	return e
}

func (c Certificate) entry() Entry {
	e := headed(c.Name, c.Issuer)
	e.Dates, e.Link = day(c.Date), c.URL
	return e
}

func (p Publication) entry() Entry {
	e := headed(p.Name, p.Publisher)
	e.Dates, e.Link, e.Text = day(p.ReleaseDate), p.URL, paragraphs(p.Summary)
	return e
}

func (s Skill) entry() Entry {
	e := headed(s.Name, s.Level)
	e.Words = join(", ", s.Keywords...)
	return e
}

func (l Language) entry() Entry { return headed(l.Language, l.Fluency) }

func (i Interest) entry() Entry { return Entry{Title: i.Name, Words: join(", ", i.Keywords...)} }

func (f Reference) entry() Entry { return Entry{Title: f.Name, Text: paragraphs(f.Reference)} }

// headed begins an entry with what is there of two: the first stands out, the
// second stands below.
func headed(first, second string) Entry {
	if first == "" {
		return Entry{Title: second}
	}
	return Entry{Title: first, Place: second}
}

func each[T any](all []T, entry func(T) Entry) []Entry {
	entries := make([]Entry, 0, len(all))
	for _, one := range all {
		e := entry(one)
		e.Title, e.Place, e.Words = cleanLine(e.Title), cleanLine(e.Place), cleanLine(e.Words)
		points := make([]string, len(e.Points))
		for i, p := range e.Points {
			points[i] = cleanLine(p)
		}
		e.Points = points
		entries = append(entries, e)
	}
	return entries
}

func join(separator string, parts ...string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, separator)
}

func day(d Date) string {
	switch len(d) {
	case len("2006-01"):
		if t, err := time.Parse("2006-01", string(d)); err == nil {
			return t.Format("Jan 2006")
		}
	case len(time.DateOnly):
		if t, err := time.Parse(time.DateOnly, string(d)); err == nil {
			return t.Format("2 Jan 2006")
		}
	}
	return string(d)
}

// span leaves days out: nobody counts them in a career.
func span(start, end Date) string {
	from, to := day(start[:min(len(start), 7)]), day(end[:min(len(end), 7)])
	switch {
	case start == "" && end == "":
		return ""
	case start == "":
		return "until " + to
	case end == "":
		return "since " + from
	case from == to:
		return from
	}
	return from + " – " + to
}

// Contact are the ways to reach the person, in one order.
func (b *Basics) Contact() []string {
	var all []string
	for _, s := range []string{b.Email, b.Phone, string(b.URL), b.Location.line()} {
		if s != "" {
			all = append(all, cleanLine(s))
		}
	}
	return all
}

func (l *Location) line() string {
	return join(", ", cleanLine(l.Address), join(" ", l.PostalCode, l.City), l.Region, l.CountryCode)
}
