package words

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWordsAreInTheLanguageOfThePage(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"de.toml": "home = \"Start\"\n", "fr.toml": "home = \"Retour au début\"\n"} {
		if err := os.MkdirAll(filepath.Join(folder, "words"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "words", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ lang, home, about string }{
		{"en", "Home", "About"},
		{"en-GB", "Home", "About"},
		{"", "Home", "About"},
		{"ja", "Home", "About"},
		{"?", "Home", "About"},
		{"de-AT", "Start", "About"},
		{"fr", "Retour au début", "À propos"},
		{"fr-CA", "Retour au début", "À propos"},
	} {
		if w := d.For(test.lang); w.Home != test.home || w.About != test.about {
			t.Errorf("%q: %q, %q", test.lang, w.Home, w.About)
		}
	}
}

func TestWhatIsWrongWithWordsIsSaid(t *testing.T) {
	for _, test := range []struct{ sentence, file, text, want string }{
		{"an unknown key", "de.toml", "home = \"A\"\ncontakt = \"B\"\n", `de.toml: line 2: unknown key "contakt"; did you mean "contact"?`},
		{"an unknown key in a group", "de.toml", "[more_comments]\nothers = \"B\"\n", `line 2: unknown key "more_comments.others"; did you mean "more_comments.other"?`},
		{"no TOML", "de.toml", "home = \"A\"\nback =\n", `de.toml: line 2: `},
		{"no language", "german words.toml", "", `is no language`},
		{"eleven months", "de.toml", "months = [\"A\"]\n", `12 names`},
		{"a sentence without what is filled in", "de.toml", "full = \"Die ganze Seite\"\n", `full needs {size}`},
		{"a file that is far too long", "de.toml", strings.Repeat("# x\n", 80_000), `no file of words`},
		{"words that take forever", "de.toml", "words_per_minute = 0\n", `at least 1`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.MkdirAll(filepath.Join(folder, "words"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "words", test.file), []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestNumbersAreSaidAsPeopleSayThem(t *testing.T) {
	d, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{d.For("en").Size(999), "999\u00a0bytes"},
		{d.For("en").Size(4096), "4.1\u00a0KB"},
		{d.For("en").Size(220_400), "220\u00a0KB"},
		{d.For("en").Size(999_600), "1\u00a0MB"},
		{d.For("fr").Size(1_250_000), "1,2\u00a0Mo"},
		{d.For("en").Size(9_960), "10\u00a0KB"},
		{d.For("en").Date(day), "1 August 2026"},
		{d.For("fr").Date(day), "1er août 2026"},
		{d.For("fr").Date(day.AddDate(0, 0, 1)), "2 août 2026"},
		{d.For("en").Count(1), "1 comment on the full page"},
		{d.For("en").Count(0), "0 comments on the full page"},
		{d.For("fr").Count(0), "0 commentaire sur la page complète"},
		{d.For("fr").Count(2), "2 commentaires sur la page complète"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
