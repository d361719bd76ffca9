package resume

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files")

func parse(t *testing.T, text string) *Resume {
	t.Helper()
	r, _, err := Parse("resume.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was; see the difference with -update and git diff\n%s", name, got)
	}
}

func plainText(pages []Page) string {
	var b strings.Builder
	for _, p := range pages {
		for _, line := range p {
			b.WriteString(line.Text + "\n")
		}
		b.WriteString("----\n")
	}
	return b.String()
}

func TestMistakesAreNamedByLineAndWithAHint(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a date in words", "{\"work\": [{\n\"startDate\": \"March 2014\"}]}", `resume.json:2: work[0].startDate: "March 2014" is no date; write 2014-03`},
		{"a date without zeros", "{\"work\": [{\"startDate\": \"2023-9-28\"}]}", `"2023-9-28" is no date; write 2023-09-28`},
		{"a date as programs write it", "{\"work\": [{\"startDate\": \"2014-03-25T00:00:00Z\"}]}", "write 2014-03-25"},
		{"a date of two meanings", "{\"work\": [{\"startDate\": \"03/04/2014\"}]}", "want 2014, 2014-03 or 2014-03-25"},
		{"an end that is now", "{\"work\": [{\"endDate\": \"Present\"}]}", `resume.json:1: work[0].endDate: "Present" is no date; leave the end out while it lasts`},
		{"a month that is none", "{\"work\": [{\"endDate\": \"2014-13\"}]}", "the calendar has no such day"},
		{"the thirtieth of February", "{\"awards\": [{\"date\": \"2014-02-30\"}]}", "the calendar has no such day"},
		{"a number for text", "{\"basics\": {\n\n\"phone\": 123}}", `resume.json:3: basics.phone is a number; put it in quotes: "123"`},
		{"one position that is no list", "{\"work\": {\"name\": \"x\"}}", "resume.json:1: work is an object; want a list, even for one: [ ... ]"},
		{"text for an object", "{\"basics\": \"me\"}", "resume.json:1: basics is text; want an object"},
		{"a list at the top", "[]", "resume.json:1: the file is a list; want an object"},
		{"a comma too many", "{\n\"basics\": {\"name\": \"x\",}\n}", "resume.json:2: this is not JSON"},
		{"a file that was cut off", "{\n\"basics\": {\"name\": \"x\"", "resume.json:2: the file ends too early"},
		{"nothing", "", "resume.json:1: the file ends too early"},
		{"an empty object", "{}", "resume.json:1: there is nothing to show; give at least basics.name"},
		{"two objects", "{\"basics\": {\"name\": \"x\"}}\n{}", "resume.json:2: something follows the closing brace"},
		{"latin-1", "{\"basics\":\n{\"name\": \"Zo\xe9\"}}", "resume.json:2: this is not UTF-8"},
		{"depth", "{\"x\": " + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}", "more than 64 levels deep"},
		{"five mistakes", `{"basics": 1, "work": 2, "awards": 3, "skills": 4, "meta": 5}`, "and 3 more mistakes"},
	} {
		_, _, err := Parse("resume.json", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if err != nil && strings.Count(err.Error(), "\n") >= shownFaults {
			t.Errorf("%s: more than %d lines: %v", c.name, shownFaults, err)
		}
	}
}

func TestWhatIsMissingOrNullIsNoMistake(t *testing.T) {
	r := parse(t, "\xef\xbb\xbf"+`{"basics": {"name": "A", "location": null, "email": ""}, "work": null, "x-own": [1, {"a": true}],
		"education": [{}, null, {"institution": "B", "endDate": ""}]}`)
	if len(r.Education) != 1 || r.Education[0].Institution != "B" {
		t.Errorf("education: %+v", r.Education)
	}
}

func TestAFieldThatWasMistypedIsNoted(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"basics": {"name": "A", "lable": "B"}}`, "resume.json:1: basics.lable is not in the schema and not shown; did you mean label?"},
		{`{"work": [{"company": "B", "position": "C"}]}`, "work[0].company is not in the schema and not shown; did you mean name?"},
		{`{"basics": {"name": "A"}, "skill": []}`, "did you mean skills?"},
		{`{"basics": {"Name": "A", "name": "B"}}`, "did you mean name?"},
	} {
		_, notes, err := Parse("resume.json", []byte(c.text))
		if err != nil || len(notes) != 1 || !strings.Contains(notes[0], c.want) {
			t.Errorf("%s: notes %q, error %v", c.text, notes, err)
		}
	}
	if _, notes, _ := Parse("resume.json", []byte(`{"basics": {"name": "A"}, "theme": "x", "x": 1}`)); len(notes) > 0 {
		t.Errorf("a field of one's own is noted: %q", notes)
	}
}

func TestNothingCommandsATerminal(t *testing.T) {
	r := parse(t, `{"basics": {"name": "A\u001b[2J\u009bB\u202eC", "summary": "one\r\ntwo\u0007"}}`)
	if r.Basics.Name != "A[2JBC" || r.Basics.Summary != "one\ntwo" {
		t.Errorf("name %q, summary %q", r.Basics.Name, r.Basics.Summary)
	}
}

func TestTheSampleIsShownWell(t *testing.T) {
	r, notes, err := Parse("sample.json", Sample)
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	golden(t, "sample.txt", plainText(r.Pages(Screen{80, 22, PC})))
	page, err := r.HTML("/resume.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	// A line for each tag, so that a difference can be read.
	golden(t, "sample.html", strings.ReplaceAll(string(page), "><", ">\n<"))
}

func TestLettersThatAScreenLacksAreSpelt(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		whole            bool
	}{
		{"accents that are there", "éàçêñüß", "éàçêñüß", true},
		{"accents that are not", "ÀÈŞőščż", "AESoscz", true},
		{"typography", "“l’œuvre” – 5 €…", `"l'oeuvre" - 5 EUR...`, true},
		{"Cyrillic", "Юлия Щукина", "Iuliia Shchukina", true},
		{"Greek", "Αθήνα", "Athina", true},
		{"Polish", "Łódź", "Lódz", true},
		{"Chinese", "王伟 engineer", "[...] engineer", false},
		{"Hebrew", "שלום עולם", "[...]", false},
		{"a sentence of lost words", "مرحبا بكم في English هنا 2014", "[...] English [...] 2014", false},
		{"marks of lists and grades", "• Go ★★☆", "· Go **.", true},
		{"a mark alone", "e\u0301x", "éx", true},
	} {
		got, whole := PC.fit(clean(c.text))
		if got != c.want || whole != c.whole {
			t.Errorf("%s: %q is written %q, %t; want %q, %t", c.name, c.text, got, whole, c.want, c.whole)
		}
	}
}

func TestWideLettersTakeTwoCells(t *testing.T) {
	r := parse(t, `{"basics": {"name": "王伟", "summary": "`+strings.Repeat("软件工程师", 40)+`"}}`)
	pages := r.Pages(Screen{80, 22, Any})
	for _, line := range pages[0] {
		if Cells(line.Text) > 79 {
			t.Errorf("%d cells: %s", Cells(line.Text), line.Text)
		}
	}
	if !strings.Contains(plainText(r.Pages(Screen{80, 22, PC})), "This screen lacks some of the letters") {
		t.Error("the PC's screen does not say that letters are missing")
	}
}

func TestALongResumeFillsPagesAndNoLineIsLost(t *testing.T) {
	word := strings.Repeat("x", 300)
	r := parse(t, `{"basics": {"name": "A"}, "work": [{"position": "B", "summary": "`+strings.Repeat("lorem ipsum ", 90000)+word+`"}]}`)
	pages := r.Pages(Screen{80, 22, PC})
	text := plainText(pages)
	if got := strings.Count(text, "lorem") + strings.Count(text, "ipsum"); got != 180000 {
		t.Errorf("%d words are there, want 180000", got)
	}
	if got := strings.Count(text, "x"); got != 300 {
		t.Errorf("%d letters of a long word are there, want 300", got)
	}
	checkPages(t, pages, Screen{80, 22, PC})
}

// What people have in their files, on all that shows it.
func TestResumesInTheWildGiveAGoodPageAndAGoodConsole(t *testing.T) {
	long := strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 20)
	for _, test := range []struct {
		sentence, file string
		page, console  string // what must be there
	}{
		{"from right to left", `{"basics": {"name": "ליאת לוי"}, "work": [{"position": "מהנדסת", "startDate": "2018-04", "highlights": ["שרתים Linux"]}]}`, `<ul dir="auto">`, "[...]"},
		{"Chinese", `{"basics": {"name": "王伟", "summary": "软件工程师"}}`, "<h1 dir=\"auto\">王伟</h1>", "This screen lacks some of the letters"},
		{"a name longer than a line", `{"basics": {"name": "` + long + `"}, "work": [{"position": "` + long + `", "startDate": "2010"}]}`, "Wolfe", "since 2010"},
		{"only where", `{"work": [{"name": "Company"}]}`, "<title>Résumé</title>", "Company"},
		{"only a link", `{"basics": {"name": "A"}, "work": [{"url": "https://example.org/only"}]}`, `href="https://example.org/only"`, "https://example.org/only"},
		{"words without a heading", `{"skills": [{"keywords": ["Go", "C"]}]}`, "Go, C", "Go, C"},
		{"an end before the beginning", `{"basics": {"name": "A"}, "work": [{"position": "B", "startDate": "2020", "endDate": "2010"}]}`, "2020 – 2010", "2020 - 2010"},
		{"markup", `{"basics": {"name": "A <b>B</b> &amp; C"}}`, "A &lt;b&gt;B&lt;/b&gt; &amp;amp; C", "A <b>B</b> &amp; C"},
		{"emoji", `{"basics": {"name": "Zoë 🚀", "label": "👩‍💻 “full‑stack”"}}`, "Zoë 🚀", `"full-stack"`},
		{"a megabyte of text", `{"basics": {"name": "A", "summary": "` + strings.Repeat("lorem ipsum ", 90_000) + `"}}`, "lorem", "lorem"},
	} {
		r := parse(t, test.file)
		for _, s := range []Screen{{80, 19, Any}, {80, 20, PC}, {100, 43, PC}} {
			checkPages(t, r.Pages(s), s)
		}
		if text := plainText(r.Pages(Screen{80, 20, PC})); !strings.Contains(text, test.console) {
			t.Errorf("%s: the console lacks %q:\n%.2000s", test.sentence, test.console, text)
		}
		page, err := r.HTML("/resume.json", nil)
		if err != nil || !strings.Contains(string(page), test.page) {
			t.Errorf("%s: the page lacks %q, %v:\n%.3000s", test.sentence, test.page, err, page)
		}
	}
}

func checkPages(t *testing.T, pages []Page, s Screen) {
	t.Helper()
	if len(pages) == 0 {
		t.Fatal("no page")
	}
	for i, p := range pages {
		if len(p) > s.Rows || len(pages) > 1 && len(p) == 0 {
			t.Fatalf("page %d has %d lines", i, len(p))
		}
		for _, line := range p {
			if Cells(line.Text) > s.Columns || !utf8.ValidString(line.Text) {
				t.Fatalf("page %d: %d cells: %q", i, Cells(line.Text), line.Text)
			}
		}
	}
}

func TestThePageLeadsNowhereDangerous(t *testing.T) {
	r := parse(t, `{"basics": {"name": "<script>alert(1)</script>", "url": "javascript:alert(1)", "email": "a@b.c"},
		"work": [{"position": "x", "url": "data:text/html,x", "summary": "<img src=x>"}]}`)
	page, err := r.HTML("/resume.json", &Boot{"/f.img", "/b/", "/b/boot.js", "600 KB"})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>alert", `href="javascript`, `href="data`, "<img"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, good := range []string{`href="mailto:a@b.c"`, "javascript:alert(1)", `data-from="/b/"`} {
		if !strings.Contains(string(page), good) {
			t.Errorf("the page lacks %s", good)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Sample)
	f.Add([]byte(`{"basics":{"name":"王 שלום \ud800 \u001b","email":5},"work":[{"startDate":"2014-13"}]}`))
	f.Add([]byte("[[[{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := Parse("f", data)
		if err != nil {
			if strings.Count(err.Error(), "\n") >= shownFaults {
				t.Fatalf("error of many lines: %q", err)
			}
			return
		}
		for _, s := range []Screen{{80, 22, PC}, {80, 22, Any}, {20, 5, Any}} {
			checkPages(t, r.Pages(s), s)
		}
		if _, err := r.HTML("/resume.json", nil); err != nil {
			t.Fatal(err)
		}
	})
}
