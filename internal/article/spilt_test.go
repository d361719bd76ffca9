package article

import (
	"strings"
	"testing"
)

func TestALinkThatWasNeverClosedMakesNoList(t *testing.T) {
	page := `<body class=blog><ul><li><a href="/one">One<li><a href="/two">Two</ul><div id=content><h1>Frost report</h1>` +
		strings.Repeat("<p>The pond froze from the north side, which is where the willows keep the sun away until noon.", 7) +
		`<h3>Ice</h3><p>It holds a dog, and soon a man.</div>`
	p := extract(page)
	if p.Kind != Post || len(p.Items) != 0 || strings.Count(strings.Join(textOf(p.Body), " "), "willows") != 7 {
		t.Error(p.Kind, p.Why, p.Items)
	}
	for n := p.Body; n != nil; n = next(n, p.Body) {
		if n.Data == "a" {
			t.Error("the text is still a link to", attr(n, "href"))
			break
		}
	}
}

func TestADateUnderTheHeadingOfAnEntryDoesNotTakeItAway(t *testing.T) {
	entry := func(name string) string {
		return `<article class="post"><header class="entry-header"><h2 class="entry-title"><a href="/` + name + `">Of ` + name + `</a></h2><div class="entry-meta">4 May 2019</div></header><div class="entry-summary"><p>All that is known of ` + name + ` in one place.</p></div></article>`
	}
	p := extract(`<body class="home blog"><main>` + entry("rope") + entry("tar") + entry("oakum") + `</main></body>`)
	if p.Kind != List || len(p.Items) != 3 {
		t.Error(p.Kind, p.Why, p.Items)
	}
}
