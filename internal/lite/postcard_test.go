package lite

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"buzzproof/internal/article"
)

// textsOf returns the text of each part, without what is around it.
func textsOf(t *testing.T, parts [][]byte) []string {
	t.Helper()
	var texts []string
	for i, part := range parts {
		doc, err := html.Parse(bytes.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		main := first(doc, "main")
		main.RemoveChild(first(main, "h1"))
		for c := main.FirstChild; i == 0 && c != nil; {
			next := c.NextSibling
			if c.Data == "nav" || c.Data == "p" && first(c, "time") != nil {
				main.RemoveChild(c)
			}
			c = next
		}
		texts = append(texts, content(main, 1<<30))
	}
	return texts
}

// folded is a text without its white space, which cuts may change.
func folded(text string) string { return strings.Join(strings.Fields(text), "") }

func TestPostcardsHoldTheWholeText(t *testing.T) {
	rows := &strings.Builder{}
	for i := range 900 {
		fmt.Fprintf(rows, "<tr><td>%d<td>%x</tr>", i, i*i*7919)
	}
	for _, test := range []struct {
		sentence, body string
		atLeast        int
	}{
		{"a line", "<p>One.", 1},
		{"a thousand words", essay(t, 1000), 1},
		{"ten thousand words", essay(t, 10_000), 2},
		{"one paragraph", "<p>" + strings.ReplaceAll(noise(12_000), "7 ", "7. ") + "</p>", 2},
		{"one sentence", "<p>" + noise(12_000), 2},
		{"one word", "<p>" + strings.ReplaceAll(noise(12_000), " ", ""), 2},
		{"code", "<pre><code>" + strings.ReplaceAll(noise(12_000), "7 ", "7\n") + "</code></pre>", 2},
		{"a table", "<table><caption>Numbers</caption>" + rows.String() + "</table>", 2},
		{"a list", "<ol><li>" + strings.ReplaceAll(noise(12_000), "7 ", "7<li>") + "</ol>", 2},
		{"quotes and details", strings.Repeat("<blockquote><details><summary>So</summary><p>"+noise(3000)+"</details></blockquote>", 4), 1},
		{"definitions", "<dl><dt>Word<dd>" + strings.ReplaceAll(noise(12_000), "7 ", "7<dt>A<dd>") + "</dl>", 2},
		{"a long link", "<p><a href=/x>" + noise(12_000) + "</a>", 2},
		{"a long heading", "<h2>" + noise(20_000) + "</h2>", 2},
		{"a language without spaces", "<p>" + strings.NewReplacer("0", "夜", "1", "橋", "2", "。", " ", "川", "a", "山", "b", "水").Replace(noise(12_000)), 2},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			p := aPage(t, test.body)
			parts, err := p.Postcards()
			if err != nil {
				t.Fatal(err)
			}
			if len(parts) < test.atLeast {
				t.Errorf("only %d parts", len(parts))
			}
			least := postcardMost
			for i, part := range parts {
				size := len(p.Pack(part))
				if size > postcardMost {
					t.Errorf("part %d has %d bytes", i+1, size)
				}
				if i+1 < len(parts) {
					least = min(least, size)
				}
				if wrong := harmless(part); wrong != "" {
					t.Errorf("part %d: %s", i+1, wrong)
				}
			}
			if least < postcardMost*3/4 {
				t.Errorf("a part has %d bytes only", least)
			}
			text, _ := p.text()
			var whole strings.Builder
			render(&whole, text)
			want := folded(content(parsed(t, whole.String()), 1<<30))
			if got := folded(strings.Join(textsOf(t, parts), "")); got != want {
				t.Errorf("the parts do not make the text: %d bytes of %d", len(got), len(want))
			}
		})
	}
}

func TestPartsLeadToEachOther(t *testing.T) {
	p := aPage(t, "<h2 id=one>One</h2><p><a href=#two>See below</a>."+essay(t, 3000)+"<h2 id=two>Two</h2><p id=note>Note. <a href=#one>See above</a>, <a href=#note>here</a>")
	parts, err := p.Postcards()
	if err != nil {
		t.Fatal(err)
	}
	n := len(parts)
	if n < 2 {
		t.Fatal("one part")
	}
	begin, end := string(parts[0]), string(parts[n-1])
	for _, want := range []string{
		fmt.Sprintf(`<a href="?postcard=%d#two">See below</a>`, n), fmt.Sprintf(`<li><a href="?postcard=%d#two">Two</a>`, n),
		`<li><a href=#one>One</a>`, `<h2 id=one>`, `<a href="?postcard=2">Read on</a>`, fmt.Sprintf("Part 1 of %d", n), `<link rel=canonical href=https://blog.example/2026/a-post/>`,
	} {
		if !strings.Contains(begin, want) {
			t.Errorf("the first part has no %s:\n%s", want, begin)
		}
	}
	for _, want := range []string{`<a href="?postcard=1#one">See above</a>`, `<a href=#note>here</a>`, fmt.Sprintf(`<a href="?postcard=%d">Back</a>`, n-1), `<h2 id=two>`} {
		if !strings.Contains(end, want) {
			t.Errorf("the last part has no %s:\n%s", want, end)
		}
	}
	for i, text := range textsOf(t, parts[:n-1]) {
		if text = strings.TrimSpace(text); !strings.ContainsAny(text[len(text)-1:], ".:!?\"|)") && !strings.HasSuffix(string(parts[i]), "</pre></main>") {
			t.Logf("part %d ends with %q", i+1, text[max(0, len(text)-40):])
		}
	}
}

func TestANumberedListGoesOnWithItsNumber(t *testing.T) {
	items := &strings.Builder{}
	for i := range 200 {
		fmt.Fprintf(items, "<li>Number %d. %s.", i+1, noise(40+i))
	}
	parts, err := aPage(t, "<ol>"+items.String()+"</ol>").Postcards()
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range parts[1:] {
		_, list, _ := strings.Cut(string(part), "<ol start=")
		start, list, _ := strings.Cut(list, "><li>")
		if !strings.HasPrefix(list, "Number "+start+".") && !strings.Contains(list[:min(len(list), 2000)], "<li>Number "+fmt.Sprint(atoi(start)+1)+".") {
			t.Errorf("part %d begins with %s: %.60s", i+2, start, list)
		}
	}
}

func atoi(s string) (n int) {
	fmt.Sscan(s, &n)
	return n
}

func TestTheContentsNameHeadingsWithoutIds(t *testing.T) {
	p := aPage(t, "<h2 id=h1>One</h2><p>"+noise(9000)+"<h2>Two</h2><p>A<h3>"+noise(2000)+"</h3><p>B")
	parts, err := p.Postcards()
	if err != nil || len(parts) < 2 {
		t.Fatal(err, len(parts))
	}
	if begin, end := string(parts[0]), string(parts[len(parts)-1]); !strings.Contains(begin, `<li><a href=#h1>One</a><li><a href="?postcard=`) ||
		!strings.Contains(begin, `#h2">Two</a>`) || !strings.Contains(end+string(parts[len(parts)-2]), `<h2 id=h2>Two`) {
		t.Errorf("%s\n%s", begin, end)
	}
}

func TestATitleWithoutEndLeavesRoomForText(t *testing.T) {
	p := aPage(t, "<p>"+noise(9000))
	p.Said.Title, p.Said.Author = noise(50_000), noise(50_000)
	if parts, err := p.Postcards(); err != nil || len(parts) < 2 {
		t.Error(err, len(parts))
	}
	p.Said.Lang = "en"
	p.URL.Path = "/" + strings.ReplaceAll(noise(50_000), " ", "")
	if parts, err := p.Postcards(); err != nil || parts != nil || len(p.Notices) != 1 {
		t.Error(err, len(parts), p.Notices)
	}
}

func TestAFormIsOnTheLightPage(t *testing.T) {
	countries := strings.Repeat("<option>Far", 200)
	for _, test := range []struct{ sentence, form, want string }{
		{"fields without words", `<textarea name=b></textarea>`, `<p>A<p><a href=?lite>Form on the light page</a></main>`},
		{"words stay", `<p>Say it.</p><label>Your text <textarea name=b></textarea></label><button>Out with it</button>`, `<p>A<p>Say it.<p>Your text<p>Out with it: <a href=?lite>Form on the light page</a></main>`},
		{"choices stay", `<label><input type=radio name=t> Tea</label><select name=s><option>Milk<option>None</select>`, `<p>A<p>Tea<p>Milk None<p><a href=?lite>Form on the light page</a></main>`},
		{"not all choices", `<label>Land <select name=s>` + countries + `</select></label>`, `<p>A<p>Land` + strings.Repeat(" Far", mostChoices) + `<p><a href=?lite>Form on the light page</a></main>`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			parts, err := aPage(t, `<p>A<form>`+test.form+`</form>`).Postcards()
			if err != nil || len(parts) != 1 || !strings.Contains(string(parts[0]), test.want) {
				t.Errorf("%v %s\nwant %s", err, parts, test.want)
			}
		})
	}
}

// A page of a wiki is at /doku.php?id=start; ?full alone would be another page.
func TestOtherRenditionsOfAPageWithAQueryKeepIt(t *testing.T) {
	p := aPage(t, "<h2 id=one>One</h2><form><textarea name=b></textarea></form>"+essay(t, 3000)+"<h2 id=two>Two</h2><p><img src=/pictures/bridge.jpg alt='A bridge'>End.")
	p.URL = address(t, "https://blog.example/doku.php?id=start")
	p.Said.Comments = []article.Comment{{Body: parsed(t, "<p>"+noise(20_000)+"</p>")}}
	parts, err := p.Postcards()
	if err != nil {
		t.Fatal(err)
	}
	all := string(must(t)(p.Lite())) + string(bytes.Join(parts, nil))
	preview, _, err := p.Preview()
	if err != nil {
		t.Fatal(err)
	}
	all += string(preview)
	for _, want := range []string{`"?id=start&amp;full"`, `"?id=start&amp;postcard=2"`, `"?id=start&amp;postcard=1"`, `"?id=start&amp;lite"`, `"?id=start&amp;full#comments"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no reference to %s", want)
		}
	}
	for _, rung := range []string{"?full", "?lite", "?postcard"} {
		if strings.Contains(all, rung) {
			t.Errorf("a reference to %s alone", rung)
		}
	}
}
