package integration

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// The reader of the judges shares no code with buzzproof, for the reason that
// the checker does not: see check_test.go.

// inline are the elements that do not begin a line. Whatever is not known is
// not inline: a break too many is seen at once, one too few joins two words.
var inline = set("a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd " +
	"label mark nobr q rb rp rt ruby s samp small span strike strong sub sup time tt u var wbr")

// unread are the elements whose text nobody sees.
var unread = set("script style template noscript head title svg math iframe object video audio datalist")

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(names) {
		m[name] = true
	}
	return m
}

// textOf returns the lines that a reader sees in the main part of a page, or in
// all of it if it does not say which part is the main one.
func textOf(page string) []string {
	root := parsed(page)
	if main := only(root, "main"); main != nil {
		root = main
	}
	return linesOf(root, false)
}

func parsed(page string) *html.Node {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		panic(err) // a strings.Reader has no errors
	}
	return root
}

// only returns the one element of a name, nil if there is none or several.
func only(root *html.Node, name string) *html.Node {
	var one *html.Node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != name {
			continue
		}
		if one != nil {
			return nil
		}
		one = n
	}
	return one
}

// linesOf returns the lines of text below a node: a line ends where an element
// begins or ends that is not inline. With everything, what is hidden counts too.
func linesOf(root *html.Node, everything bool) []string {
	var all strings.Builder
	var read func(n *html.Node, pre bool)
	read = func(n *html.Node, pre bool) {
		switch n.Type {
		case html.TextNode:
			if pre {
				all.WriteString(n.Data)
			} else {
				all.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
			}
			return
		case html.ElementNode:
			if !everything && !seen(n) {
				all.WriteByte('\n')
				return
			}
			pre = pre || n.Data == "pre" || n.Data == "textarea"
			if !inline[n.Data] {
				all.WriteByte('\n')
				defer all.WriteByte('\n')
			}
		case html.DocumentNode:
		default:
			return
		}
		for c := range n.ChildNodes() {
			read(c, pre)
		}
	}
	read(root, false)
	var lines []string
	for line := range strings.SplitSeq(all.String(), "\n") {
		if line = normal(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func seen(n *html.Node) bool {
	if unread[n.Data] {
		return false
	}
	for _, a := range n.Attr {
		if a.Key == "hidden" || a.Key == "style" && strings.Contains(strings.ReplaceAll(a.Val, " ", ""), "display:none") {
			return false
		}
	}
	return true
}

// normal brings a text into the one form that texts are compared in: composed
// letters, single spaces, and no marks that only say where a word may break.
func normal(text string) string {
	text = strings.NewReplacer("\u00ad", "", "\u200b", "", "\u2060", "", "\ufeff", "").Replace(norm.NFC.String(text))
	return strings.Join(strings.Fields(text), " ")
}

// misplaced returns the sentences that a text does not have, and those that it
// does not have in the order given, each with what stands there instead.
func misplaced(text string, sentences []string) []string {
	var faults []string
	at := 0
	for _, s := range sentences {
		s = normal(s)
		if i := strings.Index(text[at:], s); i >= 0 {
			at += i + len(s)
			continue
		}
		why := "is missing"
		if strings.Contains(text, s) {
			why = "is out of order"
		}
		faults = append(faults, fmt.Sprintf("%q %s, after …%s| stands |%s…",
			s, why, text[max(0, at-40):at], text[at:min(len(text), at+80)]))
	}
	return faults
}

// inOrder fails the test for the first sentence that a text does not have in
// its place.
func inOrder(t testing.TB, text string, sentences []string) {
	t.Helper()
	if faults := misplaced(text, sentences); len(faults) > 0 {
		t.Errorf("%d of %d sentences, the first: %s", len(faults), len(sentences), faults[0])
	}
}

// letters takes everything out of a text but letters and digits: what is left
// of it when a program has set it in columns, with its own marks.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, norm.NFC.String(text))
}

func TestTheReaderReadsWhatAReaderSees(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"paragraphs are lines", "<p>One\n two</p><p>three", "One two|three"},
		{"markup does not split a sentence", "<p>A <em>sm</em>all, <a href=x>l<b>on</b></a>g one.", "A small, long one."},
		{"cells and items are lines", "<ul><li>a<li>b</ul><table><tr><td>c<td>d</table>", "a|b|c|d"},
		{"a break is a line", "roses<br>are <img alt=x>red", "roses|are|red"},
		{"lines of code are lines", "<pre>if x {\n\ty()\n}</pre>", "if x {|y()|}"},
		{"soft hyphens and odd spaces go", "<p>Ge&shy;bühr&nbsp;&#8239;1 &thinsp; 2", "Gebühr 1 2"},
		{"letters are composed", "<p>Cafe\u0301", "Café"},
		{"what is not seen does not count", "a<script>b</script><p hidden>c</p><p style='display: none'>d</p><svg><text>e</text></svg>", "a"},
		{"the main part counts alone", "<nav>menu</nav><main><p>text</main><footer>foot</footer>", "text"},
		{"two main parts are none", "<main>a</main><main>b</main>", "a|b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(textOf(c.page), "|"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestAMissingSentenceIsReported(t *testing.T) {
	const text = "One is here. Two is here. Three is here."
	for _, c := range []struct {
		name      string
		sentences []string
		want      string // part of the first fault
	}{
		{"all there", []string{"One is here.", "Three  is\nhere."}, ""},
		{"one missing", []string{"One is here.", "Four is here."}, `"Four is here." is missing, after …One is here.|`},
		{"out of order", []string{"Two is here.", "One is here."}, `"One is here." is out of order`},
		{"twice, but there once", []string{"Two is here.", "Two is here."}, "out of order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(misplaced(text, c.sentences), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
