package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema is the version of the manifest's form. Fields may be added within a
// version; none is renamed or given another meaning.
const Schema = 1

// A Manifest says what a snapshot holds and how its addresses answer. It lies
// beside the tree as manifest.json.
type Manifest struct {
	Schema int    `json:"schema"`
	ID     string `json:"id"`     // hex SHA-256 of the content, see Identify
	Public string `json:"public"` // the public URL, with its closing slash

	Entries   []Entry    `json:"entries"`   // by URL, ascending
	Redirects []Redirect `json:"redirects"` // by From, ascending
	NotFound  *Entry     `json:"not_found"` // the page sent with status 404, if the origin has one
	Slash     Slash      `json:"slash"`     // how the origin treats a wrong closing slash

	Forms      []Form      `json:"forms"`       // what visitors could send to the origin
	ThirdParty []HostCount `json:"third_party"` // foreign hosts the pages draw on

	Left map[string]int `json:"left_out,omitempty"` // addresses left out, by class of waste
}

// An Entry is one address of the site and the file that answers it.
type Entry struct {
	URL    string `json:"url"`  // public path and query, as site.Key spells it
	File   string `json:"file"` // path in the tree, slash-separated, unescaped
	Type   string `json:"type"` // Content-Type as the origin sent it
	Size   int64  `json:"size"` // bytes of File
	Digest string `json:"sha256"`

	Page      bool      `json:"page,omitempty"`      // a document for people, not an asset
	Immutable bool      `json:"immutable,omitempty"` // the address changes when the content does
	Modified  time.Time `json:"modified,omitzero"`   // Last-Modified of the origin
}

// A Redirect is an address that answers with another, as the origin did.
type Redirect struct {
	From   string `json:"from"`   // public path and query, as site.Key spells it
	To     string `json:"to"`     // path from the root of the site, or an absolute URL elsewhere
	Status int    `json:"status"` // 301, 302, 303, 307 or 308
}

// Slash says how the origin answers a page's address with its closing slash
// missing or one too many: a redirect status, 200 for the page itself, or 404.
// Zero means that it was not found out.
type Slash struct {
	Missing int `json:"missing,omitempty"`
	Extra   int `json:"extra,omitempty"`
}

// A Form is a form of the site that no copy can answer.
type Form struct {
	Page   string   `json:"page"`   // URL of the first page it stands on
	Action string   `json:"action"` // URL it sends to
	Method string   `json:"method"` // GET or POST
	Fields []string `json:"fields"` // names of its inputs
	Search bool     `json:"search"` // looks like a search box
	Pages  int      `json:"pages"`  // on how many pages it stands
}

// A HostCount is a foreign host and how many references name it.
type HostCount struct {
	Host  string `json:"host"`
	Count int    `json:"count"`
}

// Normalise sorts the manifest's lists, so that equal sites have equal
// manifests, and names it by its content.
func (m *Manifest) Normalise() {
	m.Schema = Schema
	slices.SortFunc(m.Entries, func(a, b Entry) int { return strings.Compare(a.URL, b.URL) })
	slices.SortFunc(m.Redirects, func(a, b Redirect) int { return strings.Compare(a.From, b.From) })
	slices.SortFunc(m.Forms, func(a, b Form) int {
		return strings.Compare(a.Action+" "+a.Page, b.Action+" "+b.Page)
	})
	slices.SortFunc(m.ThirdParty, func(a, b HostCount) int { return strings.Compare(a.Host, b.Host) })
	m.ID = m.identify()
}

// identify digests what a visitor can observe: addresses, types, bytes and
// redirects. Dates stay out: an origin that was only restarted is unchanged.
func (m *Manifest) identify() string {
	h := sha256.New()
	fmt.Fprintf(h, "public %q\n", m.Public)
	for _, e := range m.Entries {
		fmt.Fprintf(h, "entry %q %q %q %s %t %t\n", e.URL, e.File, e.Type, e.Digest, e.Page, e.Immutable)
	}
	for _, r := range m.Redirects {
		fmt.Fprintf(h, "redirect %q %q %d\n", r.From, r.To, r.Status)
	}
	if m.NotFound != nil {
		fmt.Fprintf(h, "not found %q %q %s\n", m.NotFound.File, m.NotFound.Type, m.NotFound.Digest)
	}
	fmt.Fprintf(h, "slash %d %d\n", m.Slash.Missing, m.Slash.Extra)
	return hex.EncodeToString(h.Sum(nil))
}
