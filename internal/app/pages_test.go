package app

import (
	"errors"
	"io"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"buzzproof/internal/figures"
	"buzzproof/internal/resume"
	"buzzproof/internal/story"
	"buzzproof/internal/traffic"
)

// pages are those that the program writes, with a text in every place.
var pages = []struct {
	name  string
	write func(w io.Writer, text string) error
}{
	{"statistics", func(w io.Writer, text string) error {
		return figures.WritePage(w, full[traffic.Report](text), figures.Page{})
	}},
	{"the story", func(w io.Writer, text string) error { return full[story.Story](text).WriteHTML(w) }},
	{"a résumé", func(w io.Writer, text string) error {
		page, err := full[resume.Resume](text).HTML("/resume.json", &resume.Boot{Size: text})
		_, writing := w.Write(page)
		return errors.Join(err, writing)
	}},
	{"a decision", func(w io.Writer, text string) error {
		answer := httptest.NewRecorder()
		(&decision{}).show(answer, errors.New(text), "")
		_, err := answer.Body.WriteTo(w)
		return err
	}},
}

// full is a value whose texts are all that text, and whose lists have two items.
func full[T any](text string) *T {
	v := new(T)
	fill(reflect.ValueOf(v).Elem(), text)
	return v
}

func fill(v reflect.Value, text string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(0, 0)))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.CanUint():
		v.SetUint(7)
	case v.CanInt():
		v.SetInt(7)
	case v.CanFloat():
		v.SetFloat(7)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	}
}

// markup is the elements of a page with the names of their attributes and with
// the addresses that it leads to.
func markup(t *testing.T, page string) (all []string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return all
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			token := z.Token()
			all = append(all, token.Data)
			for _, a := range token.Attr {
				all = append(all, a.Key)
				if a.Key == "href" || a.Key == "src" {
					all = append(all, a.Val)
				}
			}
		}
	}
}

func TestNoTextOfAStrangerIsMarkupOnAPage(t *testing.T) {
	for _, page := range pages {
		var b strings.Builder
		if err := page.write(&b, "harmless"); err != nil {
			t.Fatal(page.name, err)
		}
		want := markup(t, b.String())
		for _, text := range []string{
			"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "' onload='x", "</title></style></p><script>", "<!--", "]]>",
			"javascript:alert(1)", "data:text/html,x", "//evil.example/", "&lt;script&gt;", "{{.}}", "\x1b[2J\x00\u202e\x9b",
		} {
			b.Reset()
			if err := page.write(&b, text); err != nil {
				t.Error(page.name, err)
			}
			if got := markup(t, b.String()); !slices.Equal(got, want) {
				t.Errorf("%s: %q changes the page:\n%s\nwant %s", page.name, text, got, want)
			}
			if strings.ContainsAny(b.String(), "\x00") {
				t.Errorf("%s: a NUL is on the page", page.name)
			}
		}
	}
}
