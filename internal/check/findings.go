package check

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"buzzproof/internal/coding"
	"buzzproof/internal/wire"
)

// A Finding is one thing to mend.
type Finding struct {
	ID    string `json:"id"`
	What  string `json:"what"`
	Costs int64  `json:"costs"` // bytes of each visit; 0 where it costs something else
	Why   string `json:"why"`
	Mend  string `json:"mend"` // a command or a change
	// Files are the addresses it is about, the worst first.
	Files []string `json:"files,omitempty"`

	rank int // among those that cost no bytes: what fails on the day comes first
}

// Ranks of findings that are not measured in bytes.
const (
	rankBroken = iota + 1 // visitors see it
	rankDay               // it hurts on the day of the crowd
	rankCare
)

// least is how many bytes are worth a finding.
const least = 200

// findings looks for everything that can be mended, most worth first.
func findings(v *visit, r *Report, made *lighter, now time.Time) []Finding {
	j := judge{v: v, r: r, made: made, now: now}
	for _, look := range []func(){
		j.answer, j.redirects, j.packing, j.pictures, j.heavy, j.caching, j.broken, j.icon, j.manifest, j.protocol, j.handshake, j.certificate,
		j.names, j.thirds, j.alternatives, j.limits,
	} {
		look()
	}
	slices.SortStableFunc(j.all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Costs, a.Costs), cmp.Compare(a.rank, b.rank))
	})
	if j.all == nil {
		return []Finding{}
	}
	return j.all
}

type judge struct {
	v    *visit
	r    *Report
	made *lighter
	now  time.Time
	all  []Finding
}

func (j *judge) note(f Finding) { j.all = append(j.all, f) }

// mine are the files that come through the site's line.
func (j *judge) mine() []*item {
	var out []*item
	for _, i := range j.v.order {
		if i.answer != nil && i.answer.Conn != nil && j.v.owns(i.answer.Conn) {
			out = append(out, i)
		}
	}
	return out
}

func (j *judge) answer() {
	if s := j.v.front.Status; s != http.StatusOK {
		j.note(Finding{
			ID: "status", What: fmt.Sprintf("the page answers %d", s), rank: rankBroken,
			Why: "visitors see an error", Mend: "check the address, then the log of the web server",
		})
	}
	switch {
	case isPage(j.v.front) && (j.v.page == nil || j.v.page.Doc.FirstChild == nil):
		j.note(Finding{
			ID: "unread", What: fmt.Sprintf("the page is not read: %s of HTML, or tags beyond all order", sizeText(int64(len(j.v.front.Body)))), rank: rankDay,
			Why: "what it needs beside its text is not counted, and nothing lighter is made of it", Mend: "cut it into pages of less than 4 MB; validate its markup",
		})
	case j.v.page == nil:
		j.note(Finding{
			ID: "no-html", What: "the address holds " + cmp.Or(coding.MediaType(j.v.front.Header.Get("Content-Type")), "something without a type") + ", no HTML", rank: rankCare,
			Why: "only HTML has lighter renditions", Mend: "check the page that people will link to",
		})
	}
	if j.v.front.Failure != nil {
		j.note(Finding{
			ID: "cut-off", What: "the page was cut off: " + j.v.front.Failure.Error(), rank: rankBroken,
			Why: "visitors see a part of it", Mend: "look into the log of the web server",
		})
	}
}

func (j *judge) redirects() {
	cost, where := int64(0), []string(nil)
	wires := map[*wire.Conn]bool{j.v.front.Conn: true}
	for _, a := range j.v.hops {
		where = append(where, a.URL.Redacted())
		cost += a.Sent + headBytes
		if a.Conn != nil && !wires[a.Conn] {
			wires[a.Conn] = true
			cost += a.Conn.Toll().All() - a.Sent - headBytes
		}
	}
	if len(where) > 0 {
		j.note(Finding{
			ID: "redirects", What: fmt.Sprintf("%d %s before the page", len(where), plural(len(where), "redirect")), Costs: cost, Files: where,
			Why:  "each is a round trip, and a handshake where the host or the scheme changes",
			Mend: "link to " + j.r.Final + ", and let every redirect lead there in one step",
		})
	}
}

// broken looks for files that are not there.
func (j *judge) broken() {
	f := Finding{ID: "broken", rank: rankBroken}
	for _, i := range j.v.order {
		switch {
		case i.URL.Host != j.v.front.URL.Host || i == j.iconItem():
		case i.answer == nil && i.err != nil:
			f.Files = append(f.Files, fmt.Sprintf("%s: %v", i.URL.Redacted(), i.err))
		case i.answer != nil && i.answer.Failure != nil:
			f.Files = append(f.Files, fmt.Sprintf("%s: %v", i.URL.Redacted(), i.answer.Failure))
		case i.answer != nil && i.answer.Status >= 400:
			f.Files = append(f.Files, fmt.Sprintf("%s: status %d", i.URL.Redacted(), i.answer.Status))
			f.Costs += i.answer.Sent + headBytes
		}
	}
	if len(f.Files) > 0 {
		f.What = fmt.Sprintf("%d %s of the page cannot be had", len(f.Files), plural(len(f.Files), "file"))
		f.Why = "it is asked for in vain by everybody"
		f.Mend = "put it there, or take its reference out of the page"
		j.note(f)
	}
}

// iconItem is the picture of the tab, which is wanted last.
func (j *judge) iconItem() *item {
	if j.v.page == nil {
		return nil
	}
	return j.v.find(j.v.page.IconURL)
}

func (j *judge) icon() {
	i := j.iconItem()
	if i == nil || i.answer == nil || i.answer.Conn == nil || !j.v.owns(i.answer.Conn) {
		return
	}
	const fine = 3000
	what := ""
	switch {
	case i.answer.Status >= 400:
		what = fmt.Sprintf("there is no icon: every visitor asks for %s and gets a page of error", i.URL.Path)
	case len(i.hops) > 0:
		what = "the icon is behind a redirect"
	case i.answer.Sent > 4*fine:
		what = "the icon weighs " + sizeText(i.answer.Sent)
	}
	if what != "" {
		cost := i.answer.Sent - fine
		if i.answer.Status >= 400 {
			cost = i.answer.Sent
		}
		j.note(Finding{
			ID: "icon", What: what, Costs: max(cost, headBytes), Files: []string{i.URL.Redacted()},
			Why: "browsers fetch it with the first page", Mend: "put a /favicon.ico of 16 x 16 and 32 x 32 dots there, about 1 KB",
		})
	}
}

// manifest looks for the one file that browsers fetch over a connection of its
// own, because they ask for it without cookies.
func (j *judge) manifest() {
	for _, i := range j.mine() {
		if !i.Apart || i.answer.Conn.Requests() != 1 {
			continue
		}
		toll := i.answer.Conn.Toll()
		j.note(Finding{
			ID: "manifest", What: "the web manifest comes over a connection of its own", Costs: toll.TLS + toll.Network, Files: []string{i.URL.Redacted()},
			Why:  "Chromium asks for it without cookies, and shares no connection for that",
			Mend: `<link rel="manifest" crossorigin="use-credentials" href="...">, or leave it out`,
		})
	}
}

func (j *judge) thirds() {
	if len(j.r.Thirds) == 0 {
		return
	}
	f := Finding{ID: "third-parties", rank: rankCare}
	sum, requests := int64(0), 0
	for _, t := range j.r.Thirds {
		sum, requests = sum+t.Bytes, requests+t.Requests
		line := fmt.Sprintf("%s (%d %s, %s)", t.Host, t.Requests, plural(t.Requests, "request"), sizeText(t.Bytes))
		if t.Failed > 0 {
			line = fmt.Sprintf("%s (does not answer)", t.Host)
		}
		f.Files = append(f.Files, line)
	}
	f.What = fmt.Sprintf("%d third %s, %s, not through your line", len(f.Files), pluralParty(len(f.Files)), sizeText(sum))
	f.Why = "each is a look-up and a handshake for the visitor, and learns who reads you"
	f.Mend = "serve fonts and scripts yourself, or leave them out"
	j.note(f)
}

func (j *judge) alternatives() {
	if j.v.page == nil || len(j.v.page.NoAlt) == 0 {
		return
	}
	files := j.v.page.NoAlt
	j.note(Finding{
		ID: "alt", What: fmt.Sprintf("%d of %d pictures say nothing in words", len(files), j.v.page.Images), Files: files[:min(len(files), 20)], rank: rankCare,
		Why:  "lite pages and people who do not see have only the words",
		Mend: `give each an alt="..." that says what it shows, alt="" if it only decorates`,
	})
}

// limits says what was not looked at.
func (j *judge) limits() {
	if j.v.full {
		j.note(Finding{
			ID: "too-much", What: fmt.Sprintf("the page has more than %d files or %d MB: the rest is not counted", mostFiles, int64(mostBytes)>>20), rank: rankDay,
			Why: "the true cost is higher", Mend: "leave out what the page can do without",
		})
	}
	if j.v.page != nil && j.v.page.Media > 0 {
		j.note(Finding{
			ID: "media", What: fmt.Sprintf("%d %s or sound not counted", j.v.page.Media, plural(j.v.page.Media, "film")), rank: rankDay,
			Why: "how much a browser loads of it is its own choice", Mend: `preload="none" on each, or host it elsewhere`,
		})
	}
}
