package resume

import (
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
		{"Work", each(r.Work, func(w Work) Entry {
			return Entry{title(w.Position, w.Name), join(", ", rest(w.Position, w.Name), w.Location), span(w.StartDate, w.EndDate), w.URL, paragraphs(w.Description + "\n" + w.Summary), w.Highlights, ""}
		})},
		{"Projects", each(r.Projects, func(p Project) Entry {
			return Entry{title(p.Name, p.Entity), join(", ", rest(p.Name, p.Entity), join(", ", p.Roles...)), span(p.StartDate, p.EndDate), p.URL, paragraphs(p.Description), p.Highlights, join(", ", p.Keywords...)}
		})},
		{"Volunteering", each(r.Volunteer, func(v Volunteer) Entry {
			return Entry{title(v.Position, v.Organization), rest(v.Position, v.Organization), span(v.StartDate, v.EndDate), v.URL, paragraphs(v.Summary), v.Highlights, ""}
		})},
		{"Education", each(r.Education, func(e Education) Entry {
			study := join(", ", e.StudyType, e.Area)
			return Entry{title(study, e.Institution), join(", ", rest(study, e.Institution), e.Score), span(e.StartDate, e.EndDate), e.URL, nil, e.Courses, ""}
		})},
		{"Awards", each(r.Awards, func(a Award) Entry {
			return Entry{title(a.Title, a.Awarder), rest(a.Title, a.Awarder), day(a.Date), "", paragraphs(a.Summary), nil, ""}
		})},
		{"Certificates", each(r.Certificates, func(c Certificate) Entry {
			return Entry{title(c.Name, c.Issuer), rest(c.Name, c.Issuer), day(c.Date), c.URL, nil, nil, ""}
		})},
		{"Publications", each(r.Publications, func(p Publication) Entry {
			return Entry{title(p.Name, p.Publisher), rest(p.Name, p.Publisher), day(p.ReleaseDate), p.URL, paragraphs(p.Summary), nil, ""}
		})},
		{"Skills", each(r.Skills, func(s Skill) Entry {
			return Entry{title(s.Name, s.Level), rest(s.Name, s.Level), "", "", nil, nil, join(", ", s.Keywords...)}
		})},
		{"Languages", each(r.Languages, func(l Language) Entry {
			return Entry{title(l.Language, l.Fluency), rest(l.Language, l.Fluency), "", "", nil, nil, ""}
		})},
		{"Interests", each(r.Interests, func(i Interest) Entry {
			return Entry{i.Name, "", "", "", nil, nil, join(", ", i.Keywords...)}
		})},
		{"References", each(r.References, func(f Reference) Entry {
			return Entry{f.Name, "", "", "", paragraphs(f.Reference), nil, ""}
		})},
	}
	kept := all[:0]
	for _, s := range all {
		if len(s.Entries) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
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

// title is the first that is there; rest is what is left for the line below.
func title(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func rest(first, second string) string {
	if first != "" {
		return second
	}
	return ""
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
