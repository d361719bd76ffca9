package lite

import (
	"strings"
	"testing"
)

func TestTheTextIsKeptInGoodOrder(t *testing.T) {
	for _, test := range []struct{ sentence, body, want string }{
		{"a paragraph", `<p>One <b>two</b> three.</p>`, `<p>One <b>two</b> three.`},
		{"words without a paragraph get one", `One<div>Two</div>`, `<p>One<p>Two`},
		{"spaces go out of elements", `<p>One<b> two </b>three</p>`, `<p>One <b>two</b> three`},
		{"empty elements vanish", `<p></p><h2> </h2><p>A<a href="/x"></a></p><ul><li></li></ul>`, `<p>A`},
		{"a block in an inline element", `<b>One<p>Two</p></b>`, `<p><b>One</b><p><b>Two</b>`},
		{"a link around a block", `<a href="/x"><h3>One</h3></a>`, `<h2><a href=/x>One</a></h2>`},
		{"levels of headings follow each other", `<h2>A</h2><h5>B</h5><h3>C</h3><h2>D</h2>`, `<h2>A</h2><h3>B</h3><h3>C</h3><h2>D</h2>`},
		{"a list", `<ul><li>A<li><p>B</p><ul><li>C</ul></ul>`, `<ul><li>A<li>B<ul><li>C</ul></ul>`},
		{"an item without a list", `<div><li>A</li><li>B</li></div>C`, `<ul><li>A<li>B</ul><p>C`},
		{"a list with words of its own", `<ol start=3 type=a>A<li>B</ol>`, `<ol start=3 type=a><li>A<li>B</ol>`},
		{"a list of definitions", `<dl><dt>A<dd>B<dd><p>C<p>D</dl>`, `<dl><dt>A<dd>B<dd>C<p>D</dl>`},
		{"a definition of nothing", `<dl><dd>B</dl><dl><dt>A</dl>`, `<dl><dt><dd>B</dl><dl><dt>A<dd></dl>`},
		{"a quote", `<blockquote>A<cite>B</cite></blockquote>`, `<blockquote><p>A<cite>B</cite></blockquote>`},
		{"code keeps every space", "<pre><code class=x>\n\n  if <span>a</span> &lt; b {\n\t}\n</code></pre>", "<pre><code>\n\n  if a &lt; b {\n\t}\n</code></pre>"},
		{"code that begins with an empty line", "<pre>\n\nA</pre>", "<pre>\n\nA</pre>"},
		{"a long line can be scrolled to", "<pre>" + strings.Repeat("a", 50) + "</pre>", "<pre tabindex=0>" + strings.Repeat("a", 50) + "</pre>"},
		{"a break between lines, none at the ends", `<p><br>A<br>B<br></p>`, `<p>A<br>B`},
		{"a rule", `A<hr>B`, `<p>A<hr><p>B`},
		{"small things", `<p><kbd>A</kbd><sub>B</sub><sup>C</sup><mark>D</mark><abbr title="E F">G</abbr></p>`, `<p><kbd>A</kbd><sub>B</sub><sup>C</sup><mark>D</mark><abbr title="E F">G</abbr>`},
		{"old elements under their new names", `<center><font color=red><tt>A</tt> <strike>B</strike></font></center>`, `<p><code>A</code> <s>B</s>`},
		{"a time that is one, and one that is none", `<p><time datetime=2026-11-02>A</time> <time datetime=soon>B</time></p>`, `<p><time datetime=2026-11-02>A</time> B`},
		{"ruby", `<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>`, `<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`},
		{"ruby without a base", `<p><ruby><rt>kan</rt></ruby></p>`, `<p>kan`},
		{"direction", `<p dir=rtl>A <bdo dir=rtl>B</bdo> <bdi>C</bdi></p>`, `<p dir=rtl>A <bdo dir=rtl>B</bdo> <bdi>C</bdi>`},
		{"a line end between ideographs adds no space", "<p>日本\n語 a\nb</p>", "<p>日本\n語 a b"},
		{"details", `<details><summary>A</summary>B<p>C</details>`, `<details><summary>A</summary><p>B<p>C</details>`},
		{"a summary is pressed, so it holds no link", `<details><summary><a href=/x>A</a></summary>B</details>`, `<details><summary>A</summary><p>B</details>`},
		{"details without a summary", `<details>B</details>`, `<details><summary>Details</summary><p>B</details>`},
		{"ids stay on their elements", `<h2 id=a>A</h2><p id=b>B <span id=c>C</span></p>`, `<h2 id=a>A</h2><p id=b>B <span id=c></span>C`},
		{"the same id is there once", `<p id=a>A</p><p id=a>B</p>`, `<p id=a>A<p>B`},
		{"the id of an empty element goes to the next", `<a name=x></a><p>A</p><div id=y></div>`, `<p id=x>A</p><span id=y></span>`},
		{"a link to a heading goes, its id stays", `<h2>A <a id=a href=#a>#</a></h2><p>B`, `<h2>A</h2><p id=a>B`},
		{"footnotes", `<p>A<sup id=r1><a href=#f1>1</a></sup><ol><li id=f1>F <a href=#r1>↩</a></ol>`, `<p>A<sup id=r1><a href=#f1>1</a></sup><ol><li id=f1>F <a href=#r1>↩</a></ol>`},
		{"absolute links to the page become anchors", `<a href="https://blog.example/2026/a-post/#x">A</a> <a href="https://blog.example/b">B</a>`, `<p><a href=#x>A</a> <a href=/b>B</a>`},
		{"tasks", `<ul><li><input type=checkbox checked>A<li><input type=checkbox>B</ul>`, `<ul><li>☑ A<li>☐ B</ul>`},
		{"TeX as it is", `<p>So $a_b$ and \(x\).</p>`, `<p>So $a_b$ and \(x\).`},
		{"MathML", `<p><math display=block><mfrac><mi>a</mi><mn>2</mn></mfrac></math></p>`, `<p><math display=block><mfrac><mi>a</mi><mn>2</mn></mfrac></math>`},
		{"MathML with TeX beside it", `<math><semantics><mrow><mi>a</mi></mrow><annotation encoding="application/x-tex">a</annotation></semantics></math>`, `<p><math><mrow><mi>a</mi></mrow></math>`},
		{"a fraction without a half", `<math><mfrac><mi>a</mi></mfrac></math>`, `<p><math><mrow><mi>a</mi></mrow></math>`},
		{"KaTeX", `<span class=katex><span class=katex-mathml><math><mi>a</mi></math></span><span class=katex-html aria-hidden=true>a</span></span>`, `<p><math><mi>a</mi></math>`},
		{"MathJax 2", `<span class=MathJax><span>a</span></span><script type="math/tex">a^2</script>`, `<p>\(a^2\)`},
		{"a formula as a picture", `<p>A <img class=latex alt="x^2" src=/f.png></p>`, `<p>A x^2`},
		{"an emoji as a picture", `<p>A <img class=emoji alt="🙂" src=/f.png></p>`, `<p>A 🙂`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			if got := textOf(t, test.body); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.body, got, test.want)
			}
		})
	}
}

func TestPicturesBecomeCards(t *testing.T) {
	for _, test := range []struct{ sentence, body, want string }{
		{"a figure", `<figure><img src=/pictures/bridge.jpg alt="A bridge" width=800 height=600><figcaption>Seen from <b>below</b></figcaption></figure>`, `<figure>Picture: <a href=/pictures/bridge.jpg>A bridge</a> (800 × 600, 145&nbsp;KB)<figcaption>Seen from <b>below</b></figcaption></figure>`},
		{"a picture in a paragraph of its own", `<p><img src=/pictures/bridge.jpg alt="A bridge"></p>`, `<figure>Picture: <a href=/pictures/bridge.jpg>A bridge</a> (145&nbsp;KB)</figure>`},
		{"a picture without words", `<p><img src=/pictures/bridge.jpg></p>`, `<figure>Picture: <a href=/pictures/bridge.jpg>bridge.jpg</a> (145&nbsp;KB)</figure>`},
		{"a picture of another element", `<amp-img src=/pictures/bridge.jpg alt="A bridge" width=8 height=6 layout=responsive></amp-img>`, `<figure>Picture: <a href=/pictures/bridge.jpg>A bridge</a> (8 × 6, 145&nbsp;KB)</figure>`},
		{"a picture in a line", `<p>See <img src=/i.png alt="the sign"> here</p>`, `<p>See <a href=/i.png>the sign</a> here`},
		{"decoration in a line", `<p>See <img src=/i.png alt=""> here</p>`, `<p>See here`},
		{"a picture that leads to a page", `<p><a href=/page><img src=/i.png alt="A map"></a></p>`, `<figure><a href=/page>Picture: A map</a> <a href=/i.png>(Picture)</a></figure>`},
		{"a picture that leads to itself", `<p><a href=/big.png><img src=/i.png alt="A map" width=10 height=10></a></p>`, `<figure><a href=/big.png>Picture: A map</a> (10 × 10)</figure>`},
		{"a counter of visits", `<p>A</p><img src=/count.gif width=1 height=1>`, `<p>A`},
		{"a picture that a script would load", `<p><img src="data:image/gif;base64,R0" data-src=/late.png alt=Late></p>`, `<figure>Picture: <a href=/late.png>Late</a></figure>`},
		{"a gallery", `<figure class=gallery><figure><img src=/1.png alt="The one"></figure><figure><img src=/2.png alt="The two"><figcaption>Two</figcaption></figure><figcaption>Both</figcaption></figure>`, `<ul><li>Picture: <a href=/1.png>The one</a><li>Picture: <a href=/2.png>The two</a><p>Two</ul><p>Both`},
		{"a video elsewhere", `<figure><iframe src="https://www.youtube.com/embed/abc?rel=0" title="How to"></iframe></figure>`, `<figure>Video: <a href="https://www.youtube.com/watch?v=abc">How to</a></figure>`},
		{"a sound", `<audio controls src=/talk.mp3>Old browser</audio>`, `<p>Audio: <a href=/talk.mp3>talk.mp3</a> (3.4&nbsp;MB)`},
		{"a map in a frame", `<p>A<iframe src="https://maps.example/x"></iframe></p>`, `<p>A<p>Embedded: <a href=https://maps.example/x>maps.example</a>`},
		{"a drawing with words", `<svg><text>North</text><path d=M0/></svg>`, `<p>North`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			if got := strings.ReplaceAll(textOf(t, test.body), "\u00a0", "&nbsp;"); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.body, got, test.want)
			}
		})
	}
}

func TestTablesKeepTheirShape(t *testing.T) {
	const region = `<div role=region tabindex=0 aria-label="Table 1"><table>`
	for _, test := range []struct{ sentence, body, want string }{
		{"a table", `<table><thead><tr><th scope=col>A<th>B<tbody><tr><td>1<td>2</table>`, region + `<tr><th scope=col>A<th>B<tr><td>1<td>2</table></div>`},
		{"a caption names it", `<table><caption>Prices</caption><tr><td>1<td>2</table>`, `<div role=region tabindex=0 aria-label=Prices><table><caption>Prices</caption><tr><td>1<td>2</table></div>`},
		{"an empty heading is a cell", `<table><tr><th><th>B<tr><td>1<td></table>`, region + `<tr><td><th>B<tr><td>1<td></table></div>`},
		{"a span that leaves the table", `<table><tr><td rowspan=9>A<td>B<tr><td>C</table>`, region + `<tr><td rowspan=2>A<td>B<tr><td>C</table></div>`},
		{"a column where nothing begins", `<table><tr><td colspan=3>A<td>B<tr><td colspan=3>C<td>D</table>`, region + `<tr><td>A<td>B<tr><td>C<td>D</table></div>`},
		{"a row where nothing begins", `<table><tr><td rowspan=2>A<td rowspan=2>B<tr></tr><tr><td>C<td>D</table>`, region + `<tr><td>A<td>B<tr><td>C<td>D</table></div>`},
		{"a table that lays out a page", `<table><tr><td><p>A</table>`, `<p>A`},
		{"tables in tables", `<table><tr><td>A<td><table><tr><td>B<td>C</table></table>`, `<p>A` + region + `<tr><td>B<td>C</table></div>`},
		{"paragraphs in cells", `<table><tr><td><p>A<p>B<td><div>C</div></table>`, region + `<tr><td>A<p>B<td>C</table></div>`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			if got := textOf(t, test.body); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.body, got, test.want)
			}
		})
	}
}

func TestTheContactFormStays(t *testing.T) {
	got := textOf(t, `<form action=/write method=POST onsubmit=x()><input type=hidden name=n value=7><label for=m>Mail</label><input id=m type=email name=mail required>
		<label>Text <textarea name=text></textarea></label><select name=s><option value=a>A<option>B</select><input type=checkbox name=c id=c><label for=c>Yes</label><button>Send it</button></form>`)
	want := `<form action=/write method=post><input type=hidden name=n value=7><p><label>Mail <input type=email name=mail required></label>` +
		`<p><label>Text <textarea name=text></textarea></label><p><label>s <select name=s><option value=a>A</option><option>B</option></select></label>` +
		`<p><label><input type=checkbox name=c> Yes</label><p><button>Send it</button></form>`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestAFormThatIsPartOfTheTextStays(t *testing.T) {
	for _, test := range []struct{ sentence, body, want string }{
		{"the door to a text", `<p>Say the word.</p><form method=post action=/in><label for=p>Password</label><input id=p name=p type=password><input type=submit value=Enter></form>`, `<p>Say the word.<form action=/in method=post><p><label>Password <input type=password name=p></label><p><button>Enter</button></form>`},
		{"a poll", `<form action=/vote method=post><fieldset><legend>Tea?</legend><label><input type=radio name=t value=1>Yes</label><label><input type=radio name=t value=2>No</label></fieldset><button>Vote</button></form>`, `<form action=/vote method=post><p>Tea?<p><label><input type=radio name=t value=1> Yes</label><p><label><input type=radio name=t value=2> No</label><p><button>Vote</button></form>`},
		{"a list in its label", `<form><label>Land <i><select name=l><option>Far<option>Near</select></i></label></form>`, `<form><p><label>Land <select name=l><option>Far</option><option>Near</option></select></label></form>`},
		{"a search", `<form><input type=search></form>`, ``},
		{"a log-in", `<form><input><input type=password></form>`, ``},
		{"one around a whole page", `<form>` + strings.Repeat("Words. ", 800) + `<input name=q></form>`, `<p>` + strings.TrimSpace(strings.Repeat("Words. ", 800))},
		{"nothing to fill in", `<form><p>A</p><input type=submit></form>`, `<p>A`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			if got := textOf(t, test.body); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.body, got, test.want)
			}
		})
	}
}
