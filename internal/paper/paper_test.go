package paper

import (
	"errors"
	"strings"
	"testing"
	"time"

	g "maragu.dev/gomponents"
)

func written(t *testing.T, d Document, body ...g.Node) string {
	t.Helper()
	var b strings.Builder
	if err := d.Write(&b, body...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestADocumentAsksForNothingAndRunsNothing(t *testing.T) {
	page := written(t, Document{Title: "</title><script>", Style: "p > a { color: red }"}, Faint("<b>"))
	for _, want := range []string{
		`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"`, `content="noindex"`,
		"<title>&lt;/title&gt;&lt;script&gt;</title>", "<style>p > a { color: red }</style>", `<p class="faint">&lt;b&gt;</p>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
}

func TestADocumentIsReadAgainWhenItSaysSo(t *testing.T) {
	for _, c := range []struct {
		name    string
		refresh time.Duration
		want    bool
	}{
		{"after half a minute", 30 * time.Second, true},
		{"never", 0, false},
		{"sooner than a browser can", time.Millisecond, false},
	} {
		if got := strings.Contains(written(t, Document{Refresh: c.refresh}), `http-equiv="refresh"`); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestATableNamesWhatScrolls(t *testing.T) {
	got := written(t, Document{}, Table("x", "A & B", []string{"<from>", "hits"}, g.Group{Row(g.Text("<a>"), "1", "")}))
	want := `<section><h2 id="x">A &amp; B</h2><div class="scroll" tabindex="0" role="region" aria-labelledby="x"><table>` +
		`<thead><tr><th scope="col">&lt;from&gt;</th><th scope="col">hits</th></tr></thead>` +
		`<tbody><tr><th scope="row">&lt;a&gt;</th><td>1</td><td></td></tr></tbody></table></div></section>`
	if !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestAChartIsToldInWords(t *testing.T) {
	c := Chart{Title: `"A"`, Says: "most <1>", First: "one", Last: "ten", Top: "5", Height: 160}
	got := written(t, Document{}, c.Figure(nil, g.Group{Path("people", "M0 0")}, Faint("below")))
	want := `<figure><figcaption><h2>&#34;A&#34;</h2></figcaption><div class="ends"><span>5</span></div>` +
		`<svg viewBox="0 0 720 160" preserveAspectRatio="none" role="img" aria-label="&#34;A&#34;: most &lt;1&gt;"><path class="people" d="M0 0"></path></svg>` +
		`<div class="ends"><span>one</span><span>ten</span></div><p class="faint">below</p></figure>`
	if !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestWhatCannotBeWrittenIsSaid(t *testing.T) {
	for name, body := range map[string]string{"at once": strings.Repeat("x", 10_000), "at the end": "x"} {
		if err := (Document{}).Write(full{}, g.Text(body)); err == nil || err.Error() != "the disk is full" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
