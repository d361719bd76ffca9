// Package words holds what renditions say to visitors, in many languages. A
// language is a file; what one does not say is said in English.
package words

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Words are what renditions say to visitors, in one language. Names in braces
// are filled in; en.toml says which.
type Words struct {
	tag language.Tag

	Light         string `toml:"light"`
	Full          string `toml:"full"`
	FullUnweighed string `toml:"full_unweighed"`

	Home     string `toml:"home"`
	About    string `toml:"about"`
	Contact  string `toml:"contact"`
	Pages    string `toml:"pages"`
	Previous string `toml:"previous"`
	Next     string `toml:"next"`
	Older    string `toml:"older"`
	Newer    string `toml:"newer"`

	Contents string `toml:"contents"`
	ReadOn   string `toml:"read_on"`
	Back     string `toml:"back"`
	Part     string `toml:"part"`
	Form     string `toml:"form"`
	Send     string `toml:"send"`
	Details  string `toml:"details"`

	Picture  string `toml:"picture"`
	Video    string `toml:"video"`
	Audio    string `toml:"audio"`
	Embedded string `toml:"embedded"`
	Table    string `toml:"table"`

	Reading        string   `toml:"reading"`
	WordsPerMinute int      `toml:"words_per_minute"`
	DateForm       string   `toml:"date"`
	FirstDay       string   `toml:"first_day"`
	Months         []string `toml:"months"`
	Decimal        string   `toml:"decimal"`
	Units          []string `toml:"units"`

	Comments     string  `toml:"comments"`
	MoreComments plurals `toml:"more_comments"`
}

// plurals are the forms of a sentence by number, as CLDR calls them.
type plurals struct {
	Zero  string `toml:"zero"`
	One   string `toml:"one"`
	Two   string `toml:"two"`
	Few   string `toml:"few"`
	Many  string `toml:"many"`
	Other string `toml:"other"`
}

//go:embed *.toml
var ownWords embed.FS

// A Dictionary holds words in several languages. It is safe for concurrent use.
type Dictionary struct {
	words   []*Words // English first
	matcher language.Matcher
}

// Load reads the words that ship with the program, then those in the
// folder "words" of a configuration folder; "" reads only the former. What is
// wrong with a file is said with its line.
func Load(folder string) (Dictionary, error) {
	known := map[string]*Words{"en": {}}
	order := []string{"en"}
	read := func(files fs.FS, dir, show string) error {
		names, err := fs.Glob(files, path.Join(dir, "*.toml"))
		if err != nil {
			return fmt.Errorf("list words in %s: %w", show, err)
		}
		for _, name := range names {
			tag := strings.TrimSuffix(filepath.Base(name), ".toml")
			w := known[tag]
			if w == nil {
				english := *known["en"]
				english.MoreComments = plurals{Other: english.MoreComments.Other} // its plurals are of no use elsewhere
				w, order = &english, append(order, tag)
				known[tag] = w
			}
			err := w.read(files, name, tag)
			if err == nil {
				err = w.complete(known["en"])
			}
			if err != nil {
				return fmt.Errorf("read words: %s: %w", filepath.Join(show, filepath.FromSlash(name)), err)
			}
		}
		return nil
	}
	if err := read(ownWords, ".", ""); err != nil {
		return Dictionary{}, err
	}
	if folder != "" {
		if err := read(os.DirFS(folder), "words", folder); err != nil {
			return Dictionary{}, err
		}
	}
	return newDictionary(known, order), nil
}

func newDictionary(known map[string]*Words, order []string) Dictionary {
	var d Dictionary
	var tags []language.Tag
	for _, name := range order {
		d.words = append(d.words, known[name])
		tags = append(tags, known[name].tag)
	}
	d.matcher = language.NewMatcher(tags)
	return d
}

// read reads one file over what is there.
func (w *Words) read(files fs.FS, name, tag string) error {
	var err error
	if w.tag, err = language.Parse(tag); err != nil {
		return fmt.Errorf("%q is no language (BCP 47); call the file fr.toml or pt-BR.toml", tag)
	}
	data, err := readSome(files, name)
	if err != nil {
		return err
	}
	months, units := w.Months, w.Units
	w.Months, w.Units = nil, nil // or they would be read over those of another language
	err = toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(w)
	if w.Months == nil {
		w.Months = months
	}
	if w.Units == nil {
		w.Units = units
	}
	var unknown *toml.StrictMissingError
	var broken *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		row, _ := unknown.Errors[0].Position()
		key := strings.Join(unknown.Errors[0].Key(), ".")
		return fmt.Errorf("line %d: unknown key %q; did you mean %q?", row, key, nearest(key))
	case errors.As(err, &broken):
		row, _ := broken.Position()
		return fmt.Errorf("line %d: %w", row, err)
	case err != nil:
		return err
	case len(w.Months) != 12 || len(w.Units) != 4:
		return fmt.Errorf("months needs 12 names and units 4")
	case w.WordsPerMinute < 1:
		return fmt.Errorf("words_per_minute must be at least 1")
	}
	return nil
}

// complete reports a sentence that has lost what is filled in.
func (w *Words) complete(english *Words) error {
	ours, theirs := reflect.ValueOf(w).Elem(), reflect.ValueOf(english).Elem()
	for i := range ours.NumField() {
		if ours.Field(i).Kind() != reflect.String {
			continue
		}
		for _, name := range braces.FindAllString(theirs.Field(i).String(), -1) {
			if !strings.Contains(ours.Field(i).String(), name) {
				return fmt.Errorf("%s needs %s", ours.Type().Field(i).Tag.Get("toml"), name)
			}
		}
	}
	return nil
}

var braces = regexp.MustCompile(`{[a-z]+}`)

// largest is as much as a file of words may hold: the one in English has 2 KB.
const largest = 256 << 10

func readSome(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(data) > largest {
		err = fmt.Errorf("more than %d KB are no file of words", largest>>10)
	}
	return data, err
}

// For returns the words in the language that is nearest to lang (BCP 47), in
// English if there is none.
func (d Dictionary) For(lang string) *Words {
	tag, err := language.Parse(lang)
	if err != nil || len(d.words) == 0 {
		return d.words[0]
	}
	_, i, confidence := d.matcher.Match(tag)
	if confidence < language.High {
		return d.words[0]
	}
	return d.words[i]
}

// Fill replaces {names} in a sentence.
func Fill(sentence string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		sentence = strings.ReplaceAll(sentence, "{"+pairs[i]+"}", pairs[i+1])
	}
	return sentence
}

// Size says a number of bytes: units of 1,000, two digits that count.
func (w *Words) Size(bytes int64) string {
	if bytes < 1000 {
		return strconv.FormatInt(bytes, 10) + "\u00a0" + w.Units[0]
	}
	value, unit := float64(bytes), 0
	for value >= 999.5 && unit+1 < len(w.Units) {
		value /= 1000
		unit++
	}
	digits := 0
	if value < 9.95 {
		digits = 1
	}
	text := strings.TrimSuffix(strconv.FormatFloat(value, 'f', digits, 64), ".0")
	return strings.Replace(text, ".", w.Decimal, 1) + "\u00a0" + w.Units[unit]
}

// Date says a day.
func (w *Words) Date(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = w.FirstDay
	}
	return Fill(w.DateForm, "day", day, "month", w.Months[t.Month()-1],
		"mm", fmt.Sprintf("%02d", int(t.Month())), "dd", fmt.Sprintf("%02d", t.Day()), "year", strconv.Itoa(t.Year()))
}

// Count says how many comments there are elsewhere.
func (w *Words) Count(n int) string {
	forms := map[plural.Form]string{
		plural.Zero: w.MoreComments.Zero, plural.One: w.MoreComments.One, plural.Two: w.MoreComments.Two,
		plural.Few: w.MoreComments.Few, plural.Many: w.MoreComments.Many,
	}
	text := forms[plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)]
	if text == "" {
		text = w.MoreComments.Other
	}
	return Fill(text, "n", strconv.Itoa(n))
}

// Tag is the language of the words.
func (w *Words) Tag() language.Tag { return w.tag }
