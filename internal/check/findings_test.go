package check

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFindings(t *testing.T) {
	old := http.Header{"Cache-Control": {"max-age=31536000"}}
	for _, c := range []struct {
		name  string
		files fixture
		at    string
		want  string // "-" before it: no such finding
	}{
		{"text as it is", fixture{"/": {kind: "text/html", body: prose}}, "/", "uncompressed"},
		{"text in gzip is fine", fixture{"/": page1(prose)}, "/", "-uncompressed"},
		{"files for ever", fixture{"/": page1(prose + "<script src=/a.js></script>"), "/a.js": {kind: "text/javascript", body: "x", header: old}, "/favicon.ico": {kind: "image/png", header: old}}, "/", "-caching"},
		{"files for no time", fixture{"/": page1(prose + "<script src=/a.js></script>"), "/a.js": {kind: "text/javascript", body: "x"}}, "/", "caching"},
		{"a redirect on the way", fixture{"/": {kind: "text/plain", status: 301, header: http.Header{"Location": {"/b"}}}, "/b": page1(prose)}, "/", "redirects"},
		{"a picture without words", fixture{"/": page1(prose + "<img src=/a.png>")}, "/", "alt"},
		{"a picture that is not there", fixture{"/": page1(prose + "<img src=/a.png alt=x>")}, "/", "broken"},
		{"an icon that is not there", fixture{"/": page1(prose)}, "/", "icon"},
		{"an icon that is", fixture{"/": page1(prose), "/favicon.ico": {kind: "image/png", body: "i"}}, "/", "-icon"},
		{"no https", fixture{"/": page1(prose)}, "/", "no-https"},
		{"no page", fixture{"/a.pdf": {kind: "application/pdf", body: "%PDF"}}, "/a.pdf", "no-html"},
		{"a page that is too large to be read", fixture{"/": page1(strings.Repeat("<p>Hello</p>", 400_000))}, "/", "unread"},
		{"tags beyond all order", fixture{"/": page1(strings.Repeat("<div>", 600))}, "/", "unread"},
		{"a page of error", fixture{}, "/", "status"},
		{"a manifest with a connection of its own", fixture{"/": page1(prose + "<link rel=manifest href=/m.json>"), "/m.json": {kind: "application/json", body: "{}"}}, "/", "manifest"},
		{"a manifest with that of the page", fixture{"/": page1(prose + "<link rel=manifest crossorigin=use-credentials href=/m.json>"), "/m.json": {kind: "application/json", body: "{}"}}, "/", "-manifest"},
		{"a film", fixture{"/": page1(prose + "<video src=/a.mp4></video>")}, "/", "media"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustRun(t, plain(t, c.files)+c.at, Config{})
			id, absent := strings.CutPrefix(c.want, "-")
			f := finding(r, id)
			if (f == nil) != absent {
				t.Errorf("findings are %+v", r.Findings)
			}
			if f != nil && (f.What == "" || f.Why == "" || f.Mend == "") {
				t.Errorf("the finding does not say what, why and how to mend it: %+v", f)
			}
			if !slices.IsSortedFunc(r.Findings, func(a, b Finding) int { return int(b.Costs - a.Costs) }) {
				t.Errorf("not the most worth first: %+v", r.Findings)
			}
		})
	}
}
