package freeze

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html/charset"

	"buzzproof/internal/archive"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A finding is an address of the site that a document refers to.
type finding struct {
	address address
	use     refs.Use
	sitemap bool // the address of another sitemap

	declared bool // by a sitemap, as a page of the site
}

// A harvest is what one document has to say about the rest of the site.
type harvest struct {
	findings   []finding
	shortlinks []address // second addresses of this document
	forms      []snapshot.Form
	foreign    map[string]int // hosts that parts of the page come from
	texts      []uint64
}

// document prepares an answer for refs. The kind is KindNone for a file
// without references.
func (f *Freezer) document(ans archive.Answer, text []byte) (refs.Kind, []byte, refs.Doc) {
	name, _ := site.SplitKey(ans.Address)
	if isPackedXML(name, ans.Type) {
		if unpacked, err := gunzip(text); err == nil {
			name, text = strings.TrimSuffix(name, ".gz"), unpacked
			ans.Type = "application/xml"
		}
	}
	u, err := f.scope.ask(ans.Address)
	if err != nil {
		return refs.KindNone, text, refs.Doc{}
	}
	doc := refs.Doc{URL: u, Origins: f.scope.prefixes}
	if i := strings.Index(strings.ToLower(ans.Type), "charset="); i >= 0 {
		doc.Charset = strings.Trim(strings.TrimSpace(ans.Type[i+len("charset="):]), `"'; `)
		if _, known := charset.Lookup(doc.Charset); known == "" {
			doc.Charset = ""
		}
	}
	return refs.For(ans.Type, text, name), text, doc
}

// harvest reads one answer for what it refers to.
func (f *Freezer) harvest(ans archive.Answer, text []byte) *harvest {
	h := &harvest{foreign: map[string]int{}}
	base, err := f.scope.ask(ans.Address)
	if err != nil {
		return h
	}
	seen := map[finding]bool{}
	visit := func(r refs.Ref) refs.Edit {
		f.gather(h, seen, ans.Address, r)
		return refs.Keep()
	}
	for _, r := range refs.LinkHeader(ans.Link, base) {
		visit(r)
	}
	if start, end, ok := refs.Refresh(ans.Refresh); ok {
		if u := refs.Resolve(base, ans.Refresh[start:end]); u != nil {
			visit(refs.Ref{URL: u, Use: refs.Link})
		}
	}
	if text == nil {
		return h
	}
	kind, text, doc := f.document(ans, text)
	refs.Rewrite(kind, text, doc, visit)
	names, from := modules(kind, text, doc.URL)
	for _, name := range names {
		if u := refs.Resolve(from, name); u != nil {
			visit(refs.Ref{Raw: name, URL: u, Use: refs.Mention})
		}
	}
	if kind == refs.KindHTML || isHTML(ans.Type) {
		h.texts = texts(f.endless.seed, text)
		if bytes.Contains(text, []byte("<form")) || bytes.Contains(text, []byte("<FORM")) {
			h.forms = f.formsOf(ans.Address, doc.URL, text)
		}
	}
	return h
}

// gather sorts one reference into the harvest.
func (f *Freezer) gather(h *harvest, seen map[finding]bool, from address, r refs.Ref) {
	a, ours := f.scope.address(r.URL)
	if !ours {
		if r.Use == refs.Embed {
			h.foreign[hostOf(r.URL)]++
		}
		return
	}
	if isForeign(a) && r.Use != refs.Embed && !looksLikeFile(a) {
		return // files are adopted, not whole sites
	}
	switch r.Use {
	case refs.Name, refs.Base, refs.Form:
		return
	case refs.Shortlink:
		if r.Rel == "shortlink" && a != from {
			h.shortlinks = append(h.shortlinks, a)
		}
		return
	case refs.Mention:
		if strings.ContainsAny(r.Raw, "{}$") {
			return
		}
		if r.Element == "option" && r.Attr == "value" {
			r.Use = refs.Link // a list of months or topics that leads to the one that is chosen
		} else if !looksLikeFile(a) {
			return
		}
	}
	if isTemplate(r.Raw) || r.Absolute && strings.Contains(r.Raw, "{") {
		return
	}
	found := finding{address: a, use: r.Use, sitemap: r.Rel == "sitemap", declared: r.Rel == "url" && r.Use == refs.Link}
	if !seen[found] {
		seen[found] = true
		h.findings = append(h.findings, found)
	}
}

// isTemplate recognises an address that somebody else completes: the target of
// a SearchAction, an attribute of XSLT.
func isTemplate(raw string) bool {
	for _, mark := range []string{"{{", "${", "{$", "{%", "{@", "<%"} {
		if strings.Contains(raw, mark) {
			return true
		}
	}
	return false
}

// looksLikeFile reports whether an address that a script mentions is worth
// asking for: scripts hold the beginnings of addresses as often as addresses.
func looksLikeFile(a address) bool {
	return snapshot.TypeByName(baseOf(a)) != "application/octet-stream"
}

// redirectTarget resolves a Location field.
func (f *Freezer) redirectTarget(ans archive.Answer) *url.URL {
	base, err := f.scope.ask(ans.Address)
	if err != nil || ans.Location == "" {
		return nil
	}
	return refs.Resolve(base, ans.Location)
}
