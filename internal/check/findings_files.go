package check

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/coding"
	"buzzproof/internal/wire"
)

// packing looks for text that is sent as it is, or not as small as it could be.
func (j *judge) packing() {
	loose, weak := Finding{ID: "uncompressed"}, Finding{ID: "weakly-compressed"}
	look := func(a *wire.Answer) {
		if !coding.Pays(a.Header.Get("Content-Type"), int64(len(a.Body))) || a.Status != http.StatusOK {
			return
		}
		f := &weak
		if c := strings.ToLower(a.Header.Get("Content-Encoding")); c == "" || c == "identity" {
			f = &loose
		}
		if saved := a.Sent - coded(a.Body, coding.Fast); saved > least {
			f.Costs += saved
			f.Files = append(f.Files, a.URL.Redacted())
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
		best := i.answer.Sent
		for _, v := range j.made.made[file.URL] {
			for _, form := range v.Forms {
				best = min(best, int64(len(form.Data)))
			}
			break // the best size
		}
		if saved := i.answer.Sent - best; saved > 2000 {
			f.Costs += saved
			f.Files = append(f.Files, i.answer.URL.Redacted())
		}
	}
	if f.Costs > 0 {
		f.What = fmt.Sprintf("%d %s heavier than the page shows", len(f.Files), plural(len(f.Files), "picture"))
		f.Why = "at most 960 dots wide, at a quality that looks the same, they weigh so much less"
		f.Mend = "buzzproof freeze makes them so by itself; or: cwebp -q 80 -resize 960 0 IN -o OUT, and srcset for wide screens"
		j.note(f)
	}
}

// heavy names the heaviest files, which is where to look first.
func (j *judge) heavy() {
	mine := j.mine()
	slices.SortFunc(mine, func(a, b *item) int { return cmp.Compare(b.answer.Sent, a.answer.Sent) })
	f := Finding{ID: "heaviest", rank: rankCare, Why: "what weighs most decides how many visitors there is room for"}
	sum := int64(0)
	for _, i := range mine {
		if i.Lazy || i.answer.Sent < 20_000 || len(f.Files) == 5 {
			continue
		}
		sum += i.answer.Sent
		f.Files = append(f.Files, fmt.Sprintf("%s (%s)", i.answer.URL.Redacted(), sizeText(i.answer.Sent)))
	}
	if len(f.Files) > 0 {
		f.What = fmt.Sprintf("the heaviest %s: %s of the %s", plural(len(f.Files), "file"), sizeText(sum), sizeText(j.r.Bytes.Sum))
		f.Mend = "leave out what the page can do without; loading=lazy for pictures below the first screen; fonts of the system"
		j.note(f)
	}
}

// oneSitting is how long somebody reads who came for one article and stays.
const oneSitting = time.Hour

// caching looks for files that a browser asks for again on the next page.
func (j *judge) caching() {
	f := Finding{ID: "caching", rank: rankDay}
	again := int64(0)
	for _, i := range j.mine() {
		if i.Kind == "html" || i.Lazy || i.answer.Status != http.StatusOK || freshFor(i.answer.Header, j.now) >= oneSitting {
			continue
		}
		again += i.answer.Sent
		f.Files = append(f.Files, i.answer.URL.Redacted())
	}
	if len(f.Files) > 0 {
		f.What = fmt.Sprintf("%d %s may not be kept: %s asked for again on the next page", len(f.Files), plural(len(f.Files), "file"), sizeText(again))
		f.Why = "each further page costs a question for each of them, or all of it again; an hour is enough for a crowd"
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
