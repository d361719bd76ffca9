package article

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// said is what a page says, its texts joined by a bar.
func said(p *Page) string { return strings.Join(textOf(p.Body), " | ") }

const mill = `<p>The mill stands where two brooks meet, and it has stood there since before the road came.</p>`

const millText = "The mill stands where two brooks meet, and it has stood there since before the road came."

// card leads from a post to another one.
func card(to string) string {
	return `<div class="tile"><h4><a href="/posts/` + to + `/">About the ` + to + `</a></h4><p>The ` + to + ` has seen better days, and we tell of those and of what came then.</p></div>`
}

func TestWhatBelongsToTheText(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a field of the record behind the body", `<main><h1>Mill</h1><article><div class="content"><div class="item item-text field-body article-body">` + mill + `</div><div class="item item-origin"><b>From</b> <div>Told by the miller's aunt, who was ninety.</div></div><div class="item item-tags"><a href="/t/mill">mill</a></div></div></article></main>`, millText + " | From | Told by the miller's aunt, who was ninety."},
		{"the way to its second page", `<article><h1>Mill</h1><div class="entry-content">` + mill + `<div class="page-links">Page 1 <a href="/mill/2/">2</a> <a href="/mill/3/">3</a></div></div></article>`, millText + " | Page 1 2 3"},
		{"the way in a nav behind the body", `<article><h1>Mill</h1><div class="entry-content">` + mill + `</div><nav class="post-nav-links">Pages: <span>1</span> <a href="/mill/2/">2</a></nav></article>`, millText + " | Pages: 1 2"},
		{"the last heading of the text", `<article><h1>Mill</h1><div class="entry-content">` + mill + `<h3>Grind on, good wheel!</h3></div></article>`, millText + " | Grind on, good wheel!"},
		{"a heading above a film", `<article><h1>Mill</h1><div class="entry-content">` + mill + `<div class="part"><h3>The wheel turns</h3></div><div class="part"><iframe src="/film"></iframe></div></div></article>`, millText + " | The wheel turns"},
		{"a button to a place in the text", `<article><h1>Mill</h1><div class="entry-content">` + mill + `<p><a class="btn" href="#w">To the wheel</a></p><p id="w">It is six feet wide.</p></div></article>`, millText + " | To the wheel | It is six feet wide."},
		{"paragraphs whose class a machine made up", `<main><h1>Mill</h1>` + strings.Repeat(strings.ReplaceAll(mill, "<p>", `<p class="mx-7k2-0 hJpQvR">`), 3) + `</main>`, millText + " | " + millText + " | " + millText},
		{"a body that is called copy", `<article><h1>Mill</h1><div class="body-copy"><p>It grinds.</p></div></article>`, "It grinds."},
		{"a column that is named after the one beside it", `<article><header><h1>Mill</h1></header><div class="l-sidebar-fixed"><div class="col-main">` + mill + mill + `</div></div></article>`, millText + " | " + millText},
		{"a body whose class names its way on as well", `<main><h1>Mill</h1><p>Where flour comes from, and who grinds it.</p><div class="article-body pagination-first">` + mill + mill + `</div></main>`, "Where flour comes from, and who grinds it. | " + millText + " | " + millText},
		{"pictures of a series that have pages of their own", `<meta property="og:type" content="article"><article><h1>Mill</h1><p>Wheels.</p>` + strings.ReplaceAll(card("here/1"), "tile", "slide") + strings.ReplaceAll(card("here/2"), "tile", "slide") + mill + mill + mill + mill + `</article>`, strings.Join([]string{"Wheels.", "About the here/1", "The here/1 has seen better days, and we tell of those and of what came then.", "About the here/2", "The here/2 has seen better days, and we tell of those and of what came then.", millText, millText, millText, millText}, " | ")},
		{"a part of the body whose id was counted from a list of contents", `<article class="article-body"><h1>Mill</h1><div class="content-body" id="TOC_TITLE_1">` + mill + `</div><div class="content-body" id="TOC_TITLE_2">` + mill + mill + `</div></article>`, millText + " | " + millText + " | " + millText},
		{"parts that a script shows in turn", `<article><h1>Mill</h1><div class="part active">` + mill + `</div><div class="part" style="display:none">` + mill + `</div><div class="part hidden">` + mill + `</div></article>`, millText + " | " + millText + " | " + millText},
		{"sections that lead to more, with prose between them", `<meta property="og:type" content="article"><article><h1>Mill</h1>` + strings.Repeat(mill, 6) + strings.Repeat(`<section class="item"><h3><a href="/mills/a/">The other mill</a></h3><p>It grinds as well, and has a wheel of its own.</p></section>`+mill, 2) + `</article>`, strings.Repeat(millText+" | ", 6) + strings.Join([]string{"The other mill", "It grinds as well, and has a wheel of its own.", millText, "The other mill", "It grinds as well, and has a wheel of its own.", millText}, " | ")},
		{"a body that says where it stands, with a button in it", `<article><h1>Mill</h1><div class="post-content sidebar-right">` + mill + mill + `<button>Turn</button></div></article><ol class="comments">` + strings.Repeat(`<li class="comment"><p>I have seen the mill, and it was a sight to behold, with all its wheels and sacks of flour.</p></li>`, 9) + `</ol>`, millText + " | " + millText},
		{"an accordion that is called a list of tabs", `<article><h1>Mill</h1><p>What people ask:</p><div role="tablist"><div role="tab"><a href="#a">Is it old?</a></div><div role="tabpanel" id="a">` + mill + `</div></div></article>`, "What people ask: | Is it old? | " + millText},
		{"a text that alone is printed", `<article><h1>Mill</h1><div class="entry-content print-only">` + mill + `</div></article>`, millText},
		{"an address on a page of addresses", `<body><h1>Where</h1><p>The mill stands at the ford:</p><address>4 Ford Lane, Lower Mill</address>`, "The mill stands at the ford: | 4 Ford Lane, Lower Mill"},
	} {
		p := extract(c.source)
		if got := said(p); p.Kind != Post || got != c.want {
			t.Errorf("%s: kind %d %s: %s", c.name, p.Kind, p.Why, got)
		}
	}
}

func TestWhatDoesNotBelongToTheText(t *testing.T) {
	for _, c := range []struct{ name, source string }{
		{"a wall that asks for a subscription", `<article><h1>Mill</h1>` + mill + mill + mill + mill + `<div class="regwall"><p>This was your last story for today.</p><p>Readers like you pay for our pencils.</p></div></article>`},
		{"comments that are articles", `<main id="content"><article class="post"><h1>Mill</h1><div class="entry-content">` + mill + `</div></article><div class="comments-area"><article class="x-note"><div class="content">` + strings.Repeat("<p>I have been there, and my children liked the ducks best of all.</p>", 4) + `</div></article></div></main>`},
		{"a long talk whose parts have a content", `<main id="content"><h1>Mill</h1><div class="row">` + mill + `</div><div id="comments"><div class="one"><div class="content">` + strings.Repeat("<p>I have been there, and my children liked the ducks best of all.</p>", 9) + `</div></div></div></main>`},
		{"boxes that are hidden beside a text", `<article><h1>Mill</h1>` + mill + `<div class="box" style="display:none"><p>You have been here for a while. Do you want to stay?</p></div><div class="box hidden"><p>You are about to leave. Do you want to stay?</p></div></article>`},
		{"a talk below in German", `<main><h1>Mill</h1>` + mill + mill + `<div id="kommentare"><p>Keine Kommentare zu dieser alten Mühle.</p></div><div class="weitere-artikel"><p>Der alte Damm ist im Winter gebrochen.</p></div></main>`},
		{"a question about cookies without a button", `<body><h1>Mill</h1><div class="entry-content">` + mill + `</div><div id="x-cookiehint"><div><p>` + strings.Repeat("We keep small cookies in your browser so that we know you again. ", 6) + `</p><a href="/privacy">More</a></div></div>`},
		{"comments that a theme calls by another name", `<main><h1>Mill</h1>` + mill + mill + `<div class="talk">` + strings.Repeat(`<div class="said" id="comment-7"><p>I have been there, and my children liked the ducks best of all.</p></div>`, 4) + `</div></main>`},
		{"related cards that are articles", `<main><h1>Mill</h1><div class="entry-content">` + mill + mill + `<div class="related-posts"><article><p>The dam broke in the night, and the brook took the old road with it.</p></article></div></div></main>`},
		{"cards below a post that lead to other posts", `<meta property="og:type" content="article"><main><h1>Mill</h1><div class="entry-content">` + mill + `</div><div class="row"><h4>From our shelf</h4>` + card("dam") + card("ford") + card("weir") + `</div></main>`},
		{"cards in a body that is the frame of the article", `<meta property="og:type" content="article"><div class="article-content"><article><h1>Mill</h1><div class="row">` + strings.Repeat(mill, 6) + `</div><div class="row">` + card("dam") + card("ford") + `</div></article></div>`},
		{"a button that leads to a box elsewhere", `<article><h1>Mill</h1><div class="entry-content">` + mill + `<div class="buttons"><a class="btn" href="#letters">Hear of every flood</a></div></div></article><footer><form id="letters"><input type="email"></form></footer>`},
		{"a heading alone in a box at the end", `<title>Mühle | Ufer</title><main><h2>Mühle</h2><div class="t_view"><div class="c_style">` + mill + mill + `</div></div><div class="same_shelf"><h4>Auch diese Seiten liegen im Regal.</h4></div></main>`},
		{"who changed an old page", `<body><h1>Mill</h1>` + mill + mill + mill + `<hr><address>Seen to by the miller himself, in his spare time. <a href="mailto:m@site.example">Write</a></address>`},
		{"when an old page was changed", `<body><h1>Mill</h1>` + mill + mill + mill + `<hr><p>Zuletzt geändert am 3. Mai 1999 von einem Müller.</p>`},
		{"a strip above the masthead", `<body><div class="top">Would you care for a sack of flour of your own this year?</div><header><a href="/">Mills</a></header><main><h1>Mill</h1>` + mill + mill + mill + `</main>`},
		{"a counter below the menu of a table", `<title>The old mill - Our brook</title><body><table><tr><td><a href="/">Door</a><br><a href="/a">Wheel</a><br><a href="/b">Stones</a><br><a href="/c">Flour</a><br><br>Since the spring of 1997 the wheel has turned 20,118 times for guests like you!</td><td><h2>The old mill</h2>` + mill + mill + mill + `</td></tr></table>`},
	} {
		p := extract(c.source)
		if got := said(p); p.Kind != Post || strings.ReplaceAll(got, " | "+millText, "") != millText {
			t.Errorf("%s: kind %d %s: %s", c.name, p.Kind, p.Why, got)
		}
	}
}

func TestTheTextBehindAWallIsText(t *testing.T) {
	p := extract(`<article><h1>Mill</h1><div class="entry-content"><p>It grinds.</p><div class="paywall">` + strings.Repeat(mill, 8) + `</div></div></article>`)
	if p.Kind != Post || strings.Count(said(p), millText) != 8 {
		t.Error(p.Kind, p.Why, said(p))
	}
}

func TestAColumnBesideAGuessedTextIsNoticed(t *testing.T) {
	text := strings.Repeat("<p>The dam is older than the mill, and nobody knows who laid its first stones, or why here.</p>", 6)
	column := "<h3>Our bakery</h3>" + strings.Repeat("<p>We bake on Fridays, with flour from the mill, and we sell what is left on Saturdays, warm or not.</p>", 4)
	beside := `<title>The dam by the mill</title><body><div><h1>The dam by the mill</h1><div class="x">` + text + `</div><div class="y"><div><div>` + column + `</div></div></div></div>`
	if p := extract(beside); p.Kind != Unsure || !strings.Contains(p.Why, "second reading") {
		t.Error(p.Kind, p.Why, said(p))
	}
	chapters := strings.ReplaceAll(beside, `class="y"`, `class="x"`)
	if p := extract(chapters); p.Kind != Post || !strings.Contains(said(p), "bakery") {
		t.Error(p.Kind, p.Why)
	}
}

func TestATextThatWasTakenForSomethingElseIsNoticed(t *testing.T) {
	part := `<div class="promo">` + strings.Repeat(mill, 4) + `</div>`
	p := extract(`<title>The mill</title><main><h1>The mill</h1><p>It grinds when there is water, and rests when not.</p><div>` + strings.Repeat(part, 4) + `</div></main>`)
	if p.Kind != Unsure || !strings.Contains(p.Why, "second reading") {
		t.Error(p.Kind, p.Why, said(p))
	}
}

func TestATextOfWhichThePageSaysMoreIsNoticed(t *testing.T) {
	data := func(times int) string {
		return `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Mill","articleBody":"` + strings.Repeat("It grinds day and night. ", times) + `"}</script>`
	}
	text := `<article><h1>Mill</h1><div class="entry-content">` + mill + mill + `</div></article>`
	if p := extract(data(30) + text); p.Kind != Unsure || !strings.Contains(p.Why, "says that it has 150") {
		t.Error(p.Kind, p.Why)
	}
	if p := extract(data(10) + text); p.Kind != Post {
		t.Error(p.Kind, p.Why)
	}
}

func TestAPictureThatOpensInABoxIsKept(t *testing.T) {
	source := `<article><h1>Mill</h1><div class="entry-content">` + mill + `<div class="lightbox-wrapper"><a class="lightbox" href="/big.jpg"><img src="/small.jpg" alt="The wheel"></a></div>` + mill + `</div></article>`
	var b strings.Builder
	if err := html.Render(&b, Extract(Parse([]byte(source)), nil, nil).Body); err != nil || !strings.Contains(b.String(), "small.jpg") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestANameThatIsWrongTakesNoTextAway(t *testing.T) {
	hashed := strings.ReplaceAll(mill, "<p>", `<p class="sc-7i hJpRRP">`)
	for _, c := range []struct{ name, source string }{
		{"a side bar that holds all there is", `<title>Mill</title><body><section class="main-content"><div class="hero header-wrap"><h1>Mill</h1><h2 class="article-summary">A mill and its two brooks.</h2></div><div class="l-sidebar-fixed l-segment"><div class="col-main"><div class="c-text">` + strings.Repeat(mill, 40) + `</div></div></div></section>`},
		{"a class that a program made up for every paragraph", `<title>Mill</title><body><main><h1>Mill</h1><div class="post-content r4">` + strings.Repeat(hashed, 20) + `</div></main>`},
		{"another such class", `<title>Mill</title><body><article><h1>Mill</h1><div id="main">` + strings.Repeat(`<div class="sc-qOiPt jpYiwZ">`+mill+`</div>`, 20) + `</div></article>`},
		{"a place for the text with a side bar in its other name", `<title>Mill</title><body><h1>Mill</h1><div class="article-content sticky-sidebar-relative">` + strings.Repeat(mill, 20) + `</div><div class="entry-summary">More of mills.</div>`},
		{"a text that is all that goes on paper", `<title>Mill</title><body><article><h1>Mill</h1><div class="left print-only"><div class="entry">` + strings.Repeat(mill, 20) + `</div></div></article>`},
	} {
		p := extract(c.source)
		if n, all := strings.Count(said(p), millText), strings.Count(c.source, millText); p.Kind != Post || n != all {
			t.Errorf("%s: kind %d %s: %d of %d paragraphs", c.name, p.Kind, p.Why, n, all)
		}
	}
}

func TestAWordySideBarIsNotTakenForTheText(t *testing.T) {
	p := extract(`<title>Mill</title><body><article><h1>Mill</h1><div class="entry-content"><p>The mill, at last, in the light of an evening in May.</p><img src="mill.jpg"></div></article><aside class="sidebar">` + strings.Repeat(mill, 20) + `</aside>`)
	if p.Kind != Unsure && !strings.Contains(said(p), "evening in May") || strings.Contains(said(p), millText) {
		t.Errorf("kind %d %s: %s", p.Kind, p.Why, said(p))
	}
}

func TestWhatIsHiddenBesideItsLikeIsNoPartInTurn(t *testing.T) {
	for name, source := range map[string]string{
		"for ears alone": `<article><h1>Mill</h1><div class="t">` + mill + `</div><div class="t sr-only">Skip to what comes then, dear reader, and do not tarry here at all.</div></article>`,
		"a notice":       `<article><h1>Mill</h1><div class="t">` + mill + `</div><div class="t" style="display:none">Sent.</div></article>`,
	} {
		if p := extract(source); said(p) != millText {
			t.Errorf("%s: kind %d %s", name, p.Kind, said(p))
		}
	}
}

func TestATextThatAScriptWillShowIsNotThere(t *testing.T) {
	p := extract(`<title>Mill</title><body><h1>Mill</h1><div class="post"><div class="post-content" itemprop="articleBody"><script type="text/template">` + strings.Repeat(mill, 20) + `</script><img src="mill.jpg"></div></div>`)
	if p.Kind != Unsure || !strings.Contains(p.Why, "script") {
		t.Errorf("kind %d %s: %s", p.Kind, p.Why, said(p))
	}
}

func TestWhatIsForPaperAloneIsNotShown(t *testing.T) {
	if p := extract(`<article><h1>Mill</h1>` + mill + `<p class="print-only">Printed from our site.</p></article>`); said(p) != millText {
		t.Errorf("%d %s", p.Kind, said(p))
	}
}
