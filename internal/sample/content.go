package sample

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed posts pages theme static
var files embed.FS

// An entry is a post, or a page when it has no date. Its file is a few header
// lines, an empty line, and a body in HTML where {{figure}} and {{lazy}} place
// pictures and <!--nextpage--> begins another page.
type entry struct {
	ID       int
	Title    string
	Slug     string
	Date     time.Time
	Category int
	Tags     []string
	Lang     string
	Picture  string
	Excerpt  string
	Form     string
	Comments []comment
	Parts    []string // HTML; the mark {base} stands for the site's address
}

type comment struct {
	ID         int
	Name, Text string
	Date       time.Time
}

// Path is the decoded path of the entry's first page.
func (e *entry) Path() string { return "/" + e.Slug + "/" }

// PartPath is the decoded path of part n, counted from 1.
func (e *entry) PartPath(n int) string {
	if n == 1 {
		return e.Path()
	}
	return e.Path() + strconv.Itoa(n) + "/"
}

// Short is the path, with its query, that leads to the entry for ever.
func (e *entry) Short() string { return fmt.Sprintf("/?p=%d", e.ID) }

// Month is the decoded path of the archive that lists the entry.
func (e *entry) Month() string { return e.Date.Format("/2006/01/") }

var categories = map[int]string{1: "Debugging tales", 2: "Made at home", 3: "Letters"}

var (
	allPosts = sync.OnceValue(func() []*entry { return load("posts") })
	allPages = sync.OnceValue(func() []*entry { return load("pages") })
)

// published returns the first n posts that were ever written, newest first.
func published(n int) []*entry {
	posts := allPosts()
	if n > 0 && n < len(posts) {
		posts = posts[:n]
	}
	posts = slices.Clone(posts)
	slices.Reverse(posts)
	return posts
}

// load reads the entries of a folder in the order of their file names. The
// files are part of the program, so a bad one is a mistake of ours: it panics.
func load(dir string) []*entry {
	names, err := fs.Glob(files, dir+"/*.html")
	if err != nil {
		panic(err)
	}
	entries := make([]*entry, 0, len(names))
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		e, err := parse(string(text))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		entries = append(entries, e)
	}
	return entries
}

func parse(file string) (*entry, error) {
	head, body, _ := strings.Cut(file, "\n\n")
	e := &entry{Lang: "en"}
	for line := range strings.SplitSeq(head, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		if err := e.set(name, value); err != nil {
			return nil, fmt.Errorf("read header %q: %w", line, err)
		}
	}
	for i := range e.Comments {
		e.Comments[i].ID = e.ID*10 + i
	}
	text, err := expand(body)
	if err != nil {
		return nil, err
	}
	e.Parts = strings.Split(text, "<!--nextpage-->\n")
	return e, nil
}

func (e *entry) set(name, value string) (err error) {
	switch name {
	case "ID":
		e.ID, err = strconv.Atoi(value)
	case "Title":
		e.Title = value
	case "Slug":
		e.Slug = value
	case "Date":
		e.Date, err = time.Parse("2006-01-02 15:04", value)
	case "Category":
		e.Category, err = strconv.Atoi(value)
	case "Tags":
		e.Tags = strings.Split(value, ", ")
	case "Lang":
		e.Lang = value
	case "Picture":
		e.Picture = value
	case "Excerpt":
		e.Excerpt = value
	case "Form":
		e.Form = value
	case "Comment":
		err = e.addComment(value)
	default:
		err = fmt.Errorf("unknown name %q", name)
	}
	return err
}

func (e *entry) addComment(value string) error {
	fields := strings.SplitN(value, " | ", 3)
	if len(fields) != 3 {
		return fmt.Errorf("want name | date | text")
	}
	date, err := time.Parse("2006-01-02 15:04", fields[1])
	e.Comments = append(e.Comments, comment{Name: fields[0], Date: date, Text: fields[2]})
	return err
}

// tagPath is the decoded path of the archive of a tag.
func tagPath(tag string) string { return "/tag/" + tag + "/" }

// tags returns the tags in use, in alphabetical order.
func (b *blog) tags() []string {
	var all []string
	for _, p := range b.posts {
		all = append(all, p.Tags...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// months returns one post for each month that has any, newest first.
func (b *blog) months() []*entry {
	return slices.CompactFunc(slices.Clone(b.posts), func(x, y *entry) bool { return x.Month() == y.Month() })
}

// which returns the posts that satisfy a condition, newest first.
func (b *blog) which(keep func(*entry) bool) []*entry {
	var kept []*entry
	for _, p := range b.posts {
		if keep(p) {
			kept = append(kept, p)
		}
	}
	return kept
}
