package check

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/coding"
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
		j.answer, j.redirects, j.packing, j.pictures, j.heavy, j.caching, j.broken, j.icon, j.protocol, j.handshake, j.certificate,
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
		if i.answer != nil && i.answer.wire != nil && j.v.owns(i.answer.wire) {
			out = append(out, i)
		}
	}
	return out
}

func (j *judge) answer() {
	if s := j.v.front.status; s != http.StatusOK {
		j.note(Finding{
			ID: "status", What: fmt.Sprintf("the page answers %d", s), rank: rankBroken,
			Why: "visitors see an error", Mend: "check the address, then the log of the web server",
		})
	}
	if j.v.page == nil {
		j.note(Finding{
			ID: "no-html", What: "the address holds " + cmp.Or(coding.MediaType(j.v.front.header.Get("Content-Type")), "something without a type") + ", no HTML", rank: rankCare,
			Why: "only HTML has lighter renditions", Mend: "check the page that people will link to",
		})
	}
	if j.v.front.failure != nil {
		j.note(Finding{
			ID: "cut-off", What: "the page was cut off: " + j.v.front.failure.Error(), rank: rankBroken,
			Why: "visitors see a part of it", Mend: "look into the log of the web server",
		})
	}
}

func (j *judge) redirects() {
	cost, where := int64(0), []string(nil)
	wires := map[*wire]bool{j.v.front.wire: true}
	for _, a := range j.v.hops {
		where = append(where, a.url.Redacted())
		cost += a.sent + headBytes
		if a.wire != nil && !wires[a.wire] {
			wires[a.wire] = true
			cost += a.wire.toll().all() - a.sent - headBytes
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

// packing looks for text that is sent as it is, or not as small as it could be.
func (j *judge) packing() {
	loose, weak := Finding{ID: "uncompressed"}, Finding{ID: "weakly-compressed"}
	look := func(a *answer) {
		if !coding.Pays(a.header.Get("Content-Type"), int64(len(a.body))) || a.status != http.StatusOK {
			return
		}
		f := &weak
		if c := strings.ToLower(a.header.Get("Content-Encoding")); c == "" || c == "identity" {
			f = &loose
		}
		if saved := a.sent - coded(a.body, coding.Fast); saved > least {
			f.Costs += saved
			f.Files = append(f.Files, a.url.Redacted())
		}
	}
	look(j.v.front)
	for _, i := range j.mine() {
		look(i.answer)
	}
	if loose.Costs > 0 {
		loose.What = fmt.Sprintf("%d text %s sent without compression", len(loose.Files), plural(len(loose.Files), "file"))
		loose.Why = "HTML, CSS, JavaScript and SVG shrink to a third"
		loose.Mend = "nginx: gzip on; gzip_types text/css application/javascript image/svg+xml; Apache: a2enmod deflate brotli"
		j.note(loose)
	}
	if weak.Costs >= 1000 {
		weak.What = fmt.Sprintf("%d text %s would be smaller in brotli", len(weak.Files), plural(len(weak.Files), "file"))
		weak.Why = "brotli makes text a fifth smaller than gzip, and all browsers read it"
		weak.Mend = "Apache: a2enmod brotli; nginx: libnginx-mod-http-brotli-filter, brotli on"
		j.note(weak)
	}
}

// pictures looks for pictures with more dots than a page shows.
func (j *judge) pictures() {
	f := Finding{ID: "heavy-pictures"}
	files := j.made.files
	for _, i := range j.mine() {
		if i.Lazy {
			continue
		}
		file, ok := files.Find(i.URL)
		if !ok {
			continue
		}
		best := i.answer.sent
		for _, v := range j.made.made[file.URL] {
			for _, form := range v.Forms {
				best = min(best, int64(len(form.Data)))
			}
			break // the best size
		}
		if saved := i.answer.sent - best; saved > 2000 {
			f.Costs += saved
			f.Files = append(f.Files, i.answer.url.Redacted())
		}
	}
	if f.Costs > 0 {
		f.What = fmt.Sprintf("%d %s heavier than the page shows", len(f.Files), plural(len(f.Files), "picture"))
		f.Why = "960 dots wide at a quality that looks the same they weigh so much less"
		f.Mend = "buzzproof freeze makes them so by itself; or: cwebp -q 80 -resize 960 0 IN -o OUT, and srcset for wide screens"
		j.note(f)
	}
}

// heavy names the heaviest files, which is where to look first.
func (j *judge) heavy() {
	mine := j.mine()
	slices.SortFunc(mine, func(a, b *item) int { return cmp.Compare(b.answer.sent, a.answer.sent) })
	f := Finding{ID: "heaviest", rank: rankCare, Why: "what weighs most decides how many visitors there is room for"}
	sum := int64(0)
	for _, i := range mine {
		if i.Lazy || i.answer.sent < 20_000 || len(f.Files) == 5 {
			continue
		}
		sum += i.answer.sent
		f.Files = append(f.Files, fmt.Sprintf("%s (%s)", i.answer.url.Redacted(), sizeText(i.answer.sent)))
	}
	if len(f.Files) > 0 {
		f.What = fmt.Sprintf("the %d heaviest %s: %s of the %s", len(f.Files), plural(len(f.Files), "file"), sizeText(sum), sizeText(j.r.Bytes.Sum))
		f.Mend = "leave out what the page can do without; loading=lazy for pictures below the first screen; fonts of the system"
		j.note(f)
	}
}

// caching looks for files that a browser asks for again on the next page.
func (j *judge) caching() {
	f := Finding{ID: "caching", rank: rankDay}
	again := int64(0)
	for _, i := range j.mine() {
		if i.Kind == "html" || i.Lazy || i.answer.status != http.StatusOK || freshFor(i.answer.header, j.now) >= 24*time.Hour {
			continue
		}
		again += i.answer.sent
		f.Files = append(f.Files, i.answer.url.Redacted())
	}
	if len(f.Files) > 0 {
		f.What = fmt.Sprintf("%d %s may not be kept for a day: %s asked for again by who comes back", len(f.Files), plural(len(f.Files), "file"), sizeText(again))
		f.Why = "each further page costs a question for each of them, or all of it again"
		f.Mend = `nginx: location ~* \.(css|js|woff2|png|jpe?g|webp|svg)$ { expires 30d; }`
		j.note(f)
	}
}

// freshFor is how long a browser may use an answer without asking, RFC 9111
// section 4.2.1; 0 when it does not say.
func freshFor(h http.Header, now time.Time) time.Duration {
	for directive := range strings.SplitSeq(strings.ToLower(h.Get("Cache-Control")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			var seconds int64
			if _, err := fmt.Sscan(strings.Trim(value, `"`), &seconds); err == nil {
				return time.Duration(min(max(seconds, 0), 1<<32)) * time.Second
			}
		}
	}
	if at, err := http.ParseTime(h.Get("Expires")); err == nil {
		return at.Sub(now)
	}
	return 0
}

// broken looks for files that are not there.
func (j *judge) broken() {
	f := Finding{ID: "broken", rank: rankBroken}
	for _, i := range j.v.order {
		switch {
		case i.URL.Host != j.v.front.url.Host || i == j.iconItem():
		case i.answer == nil && i.err != nil:
			f.Files = append(f.Files, fmt.Sprintf("%s: %v", i.URL.Redacted(), i.err))
		case i.answer != nil && i.answer.failure != nil:
			f.Files = append(f.Files, fmt.Sprintf("%s: %v", i.URL.Redacted(), i.answer.failure))
		case i.answer != nil && i.answer.status >= 400:
			f.Files = append(f.Files, fmt.Sprintf("%s: status %d", i.URL.Redacted(), i.answer.status))
			f.Costs += i.answer.sent + headBytes
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
	if i == nil || i.answer == nil || i.answer.wire == nil || !j.v.owns(i.answer.wire) {
		return
	}
	const fine = 3000
	what := ""
	switch {
	case i.answer.status >= 400:
		what = fmt.Sprintf("there is no icon: every visitor asks for %s and gets a page of error", i.URL.Path)
	case len(i.hops) > 0:
		what = "the icon is behind a redirect"
	case i.answer.sent > 4*fine:
		what = "the icon weighs " + sizeText(i.answer.sent)
	}
	if what != "" {
		cost := i.answer.sent - fine
		if i.answer.status >= 400 {
			cost = i.answer.sent
		}
		j.note(Finding{
			ID: "icon", What: what, Costs: max(cost, headBytes), Files: []string{i.URL.Redacted()},
			Why: "browsers fetch it with the first page", Mend: "put a /favicon.ico of 16 x 16 and 32 x 32 dots there, about 1 KB",
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

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func pluralParty(n int) string {
	if n == 1 {
		return "party"
	}
	return "parties"
}

// sizeText writes a size as people say it.
func sizeText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
