package freeze

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"buzzproof/internal/refs"
	"buzzproof/internal/snapshot"
)

// formsOf lists the forms of a page that are sent to the site. Broken nesting
// is read as browsers do: a form ends where the next one begins.
func (f *Freezer) formsOf(page address, base *url.URL, doc []byte) []snapshot.Form {
	var forms []snapshot.Form
	var open *snapshot.Form
	z := html.NewTokenizer(bytes.NewReader(doc))
	z.SetMaxBuf(maxText)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return forms
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "form" {
				open = nil
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := string(name)
			if tag != "form" && (open == nil || tag != "input" && tag != "textarea" && tag != "select" && tag != "button") {
				continue
			}
			attrs := attributes(z, more)
			if tag != "form" {
				addField(open, attrs)
				continue
			}
			if form, ours := f.newForm(page, base, attrs); ours {
				forms = append(forms, form)
				open = &forms[len(forms)-1]
			}
		}
	}
}

func attributes(z *html.Tokenizer, more bool) map[string]string {
	all := map[string]string{}
	for more {
		var name, value []byte
		name, value, more = z.TagAttr()
		if _, twice := all[string(name)]; !twice {
			all[string(name)] = string(value)
		}
	}
	return all
}

func (f *Freezer) newForm(page address, base *url.URL, attrs map[string]string) (snapshot.Form, bool) {
	action := base
	if value := strings.TrimSpace(attrs["action"]); value != "" {
		action = refs.Resolve(base, value)
	}
	a, ours := f.scope.address(action)
	if !ours {
		return snapshot.Form{}, false
	}
	form := snapshot.Form{
		Page: f.scope.publicKey(page), Action: f.scope.publicKey(a), Pages: 1,
		Method: "GET", Search: strings.EqualFold(attrs["role"], "search"), Fields: []string{},
	}
	if strings.EqualFold(attrs["method"], "post") {
		form.Method = "POST"
	}
	return form, true
}

func addField(form *snapshot.Form, attrs map[string]string) {
	name := attrs["name"]
	if name == "" {
		return
	}
	const most = 40 // names in a manifest are for people to read
	if len(form.Fields) < most && !slices.Contains(form.Fields, name) {
		form.Fields = append(form.Fields, name)
	}
	searching := attrs["type"] == "search" || slices.Contains([]string{"s", "q", "search", "query"}, name)
	form.Search = form.Search || form.Method == "GET" && searching
}
