package resume

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// A Date is a year, a month or a day: 2014, 2014-03 or 2014-03-25. It is empty
// or one of these.
type Date string

// A URL is an address as it was written. What is no http or https address is
// shown and not linked.
type URL string

// shownFaults is how many mistakes an error names: a screen, not a scroll.
const shownFaults = 3

// A fault is a mistake in the file.
type fault struct {
	file string
	line int
	what string
	hint string
}

func (f fault) Error() string {
	text := fmt.Sprintf("%s:%d: %s", cmp.Or(f.file, "résumé"), f.line, f.what)
	if f.hint != "" {
		text += "; " + f.hint
	}
	return text
}

// Parse reads a résumé. The name of the file is for messages only. Notes tell
// what was read and is probably not what was meant; the error names the first
// three mistakes, each with file, line and what to do.
func Parse(file string, data []byte) (r *Resume, notes []string, err error) {
	if len(data) > MaxBytes {
		return nil, nil, fmt.Errorf("%s: %d bytes are no résumé; at most %d are read", file, len(data), MaxBytes)
	}
	root, err := readTree(data)
	if err != nil {
		var f fault
		errors.As(err, &f) // readTree returns nothing else
		f.file = file
		return nil, nil, f
	}
	p := &pourer{file: file}
	r = &Resume{}
	p.pour(reflect.ValueOf(r).Elem(), root, "")
	if len(p.faults) == 0 && r.empty() {
		p.fault(root, "there is nothing to show", `give at least basics.name: {"basics": {"name": "..."}}`)
	}
	return r, p.notes, p.err()
}

func (r *Resume) empty() bool {
	bare := *r
	bare.Meta = Meta{}
	return reflect.DeepEqual(bare, Resume{})
}

// A pourer fills structs from nodes and notes what does not fit.
type pourer struct {
	file   string
	faults []fault
	notes  []string
}

func (p *pourer) err() error {
	if len(p.faults) == 0 {
		return nil
	}
	var all []error
	for i, f := range p.faults {
		if i == shownFaults-1 && len(p.faults) > shownFaults {
			all = append(all, fmt.Errorf("and %d more mistakes", len(p.faults)-i))
			break
		}
		all = append(all, f)
	}
	return errors.Join(all...)
}

func (p *pourer) fault(n *node, what, hint string) {
	p.faults = append(p.faults, fault{p.file, n.line, what, hint})
}

func (p *pourer) note(n *node, format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf("%s:%d: ", p.file, n.line)+fmt.Sprintf(format, args...))
}

func (p *pourer) pour(into reflect.Value, n *node, path string) {
	if n.kind == "null" {
		return // as if it were not there: many editors write it so
	}
	switch into.Kind() {
	case reflect.Struct:
		p.pourObject(into, n, path)
	case reflect.Slice:
		p.pourList(into, n, path)
	default:
		p.pourText(into, n, path)
	}
}

func (p *pourer) pourObject(into reflect.Value, n *node, path string) {
	if n.kind != "an object" {
		p.fault(n, fmt.Sprintf("%s is %s", cmp.Or(path, "the file"), n.kind), `want an object: { "name": ... }`)
		return
	}
	for _, f := range n.fields {
		below := strings.TrimPrefix(path+"."+f.name, ".")
		if target, known := fieldNamed(into, f.name); known {
			p.pour(target, f.node, below)
		} else if near := nearName(into.Type(), f.name); near != "" {
			p.note(f.node, "%s is not in the schema and not shown; did you mean %s?", cleanLine(below), near)
		}
	}
}

func fieldNamed(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// oldNames are the schema's before version 1, which files in the wild keep.
var oldNames = map[string]string{"company": "name", "website": "url", "picture": "image", "gpa": "score"}

// nearName is the field that a name is probably meant for. Names of one's own
// are allowed by the schema and stay unmentioned.
func nearName(t reflect.Type, name string) string {
	for i := range t.NumField() {
		known := t.Field(i).Tag.Get("json")
		if oldNames[name] == known || strings.EqualFold(known, name) || oneEdit(known, name) {
			return known
		}
	}
	return ""
}

// oneEdit reports whether a letter was forgotten, added, swapped or mistyped.
func oneEdit(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(b) < 4 || len(a)-len(b) > 1:
		return false
	case len(a) > len(b):
		return a[i+1:] == b[i:]
	case i == len(b):
		return true
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return swapped || a[i+1:] == b[i+1:]
}

func (p *pourer) pourList(into reflect.Value, n *node, path string) {
	if n.kind != "a list" {
		p.fault(n, fmt.Sprintf("%s is %s", path, n.kind), "want a list, even for one: [ ... ]")
		return
	}
	for i, item := range n.items {
		one := reflect.New(into.Type().Elem()).Elem()
		p.pour(one, item, fmt.Sprintf("%s[%d]", path, i))
		if !one.IsZero() {
			into.Set(reflect.Append(into, one))
		}
	}
}

func (p *pourer) pourText(into reflect.Value, n *node, path string) {
	if n.kind != "text" {
		hint := "want text in quotes"
		if number, ok := n.value.(json.Number); ok && len(number) < 20 {
			hint = fmt.Sprintf("put it in quotes: %q", number.String())
		}
		p.fault(n, fmt.Sprintf("%s is %s", path, n.kind), hint)
		return
	}
	text := n.value.(string)
	switch into.Type() {
	case reflect.TypeFor[Date]():
		text = cleanLine(text)
		if hint := badDate(text); hint != "" {
			p.fault(n, fmt.Sprintf("%s: %.40q is no date", path, text), hint)
			return
		}
	case reflect.TypeFor[URL]():
		text = cleanLine(text)
	default:
		text = clean(text)
	}
	into.SetString(text)
}

var dateForm = regexp.MustCompile(`^[12]\d{3}(-\d\d(-\d\d)?)?$`)

// badDate says what to write instead of a date that is none, or "".
func badDate(s string) string {
	const want = "want 2014, 2014-03 or 2014-03-25"
	switch {
	case s == "":
		return ""
	case strings.EqualFold(s, "present") || strings.EqualFold(s, "now") || strings.EqualFold(s, "current"):
		return "leave the end out while it lasts"
	case !dateForm.MatchString(s):
		if meant := meantDate(s); meant != "" {
			return "write " + meant
		}
		return want
	}
	if _, err := time.Parse(time.DateOnly[:len(s)], s); err != nil {
		return "the calendar has no such day; " + want
	}
	return ""
}

// meantDate reads a date in a form that can mean only one day or month.
func meantDate(s string) string {
	for _, form := range []struct{ written, want string }{
		{"2006-1-2", time.DateOnly},
		{"2006/1/2", time.DateOnly},
		{time.RFC3339, time.DateOnly},
		{"2 January 2006", time.DateOnly},
		{"2 Jan 2006", time.DateOnly},
		{"January 2, 2006", time.DateOnly},
		{"2006-1", "2006-01"},
		{"2006/1", "2006-01"},
		{"1/2006", "2006-01"},
		{"January 2006", "2006-01"},
		{"Jan 2006", "2006-01"},
	} {
		if t, err := time.Parse(form.written, s); err == nil {
			return t.Format(form.want)
		}
	}
	return ""
}
