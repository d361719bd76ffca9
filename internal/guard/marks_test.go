package guard

import (
	"bytes"
	"strings"
	"testing"
)

func TestMarksAreFoundWhereTheyAreSaidToBe(t *testing.T) {
	for _, c := range []struct {
		name, mark, text string
		want             bool
	}{
		{"anywhere", "bot", "a robot came", true},
		{"in any case of letters", "GoogleBot", "gOOGLEbOT/2", true},
		{"not where it is not", "googlebot", "googlebo", false},
		{"at the beginning", "^curl", "curl/8", true},
		{"not after the beginning", "^curl", "libcurl/8", false},
		{"at the end", "labs$", "ssl labs", true},
		{"not before the end", "labs$", "ssl labs!", false},
		{"at the beginning of a word", "<fever", "x (Fever/1)", true},
		{"not within a word", "<cubot", "acubot", false},
		{"at the end of a word", "bot>", "examplebot/1", true},
		{"not at the beginning of a longer word", "bot>", "Bottle", false},
		{"two parts", "current*rss", "Current whatever RSS", true},
		{"two parts in order", "current*rss", "RSS for Current", false},
		{"two parts at the beginning", "^mozilla*slack/", "Mozilla/5.0 Slack/4", true},
		{"the first of two parts elsewhere", "^mozilla*slack/", "x Mozilla/5.0 Slack/4", false},
		{"the second of two parts alone", "^mozilla*slack/", "Slack/4", false},
		{"a sign at the beginning of a text", `\<script`, "a<script>", true},
		{"only with the sign", `\<script`, "a script", false},
		{"a longer mark than the text", "abcdef", "abc", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMarks()
			if err := m.add(c.mark, 0); err != nil {
				t.Fatal(err)
			}
			if got := lowest(m, c.text, 1) == 0; got != c.want {
				t.Errorf("%q in %q: %v, want %v", c.mark, c.text, got, c.want)
			}
		})
	}
}

func TestTheEarliestLineOfTheListsCounts(t *testing.T) {
	l := &agentList{marks: newMarks()}
	if err := l.read(strings.NewReader("# for people\n\npreview\tabc\nsearch\tbcd\ntool\t^abc\n")); err != nil {
		t.Fatal(err)
	}
	if got := l.claims[lowest(l.marks, "abcd", len(l.claims))]; got != kinds["social-preview"] {
		t.Errorf("claim %d, want that of the first line", got)
	}
}

func TestAListWithAnErrorNamesTheLine(t *testing.T) {
	for _, c := range []struct{ name, list, want string }{
		{"a kind that does not exist", "preview\tabc\nfriend\tdef\n", `line 2: there is no kind "friend"`},
		{"no mark", "preview\n", "line 1: mark"},
		{"a mark too short", "preview\tab\n", "at least 3 letters"},
		{"too many gaps", "preview\tabc*def*ghi\n", "one *"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := (&agentList{marks: newMarks()}).read(strings.NewReader(c.list))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzListsOfAgents(f *testing.F) {
	f.Add("preview\tabc*def\nsearch\t<bot>\n", "Mozilla/5.0 abcxdef")
	f.Add("tool\t^curl$\n", "curl")
	f.Fuzz(func(t *testing.T, list, agent string) {
		l := &agentList{marks: newMarks()}
		if l.read(strings.NewReader(list)) != nil {
			return
		}
		asText := lowest(l.marks, agent, len(l.claims))
		asBytes := lowest(l.marks, []byte(agent), len(l.claims))
		if asText != asBytes || asText > len(l.claims) {
			t.Errorf("found %d in the text and %d in its bytes", asText, asBytes)
		}
		for i := range l.marks.all {
			k := &l.marks.all[i]
			if k.more == "" && !k.begin && !k.end && k.start == "" && !k.wordBegin && !k.wordAt &&
				bytes.Contains(bytes.ToLower([]byte(agent)), []byte(k.text)) && isASCII(agent+k.text) && asText > i {
				t.Errorf("%q stands in %q and was not found", k.text, agent)
			}
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 }) < 0
}
