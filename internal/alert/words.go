package alert

import (
	"embed"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"
)

//go:embed words/*.toml
var ownWords embed.FS

// A vocabulary holds the sentences of one language by their names in the file:
// "what.buzz.rising".
type vocabulary map[string]string

// vocabularies are all languages, by tag.
var vocabularies = sync.OnceValues(func() (map[string]vocabulary, error) {
	files, err := ownWords.ReadDir("words")
	if err != nil {
		return nil, err
	}
	all := map[string]vocabulary{}
	for _, f := range files {
		data, err := ownWords.ReadFile(path.Join("words", f.Name()))
		if err != nil {
			return nil, err
		}
		var tree map[string]any
		if err := toml.Unmarshal(data, &tree); err != nil {
			return nil, fmt.Errorf("words of alerts: %s: %w", f.Name(), err)
		}
		words := vocabulary{}
		words.add("", tree)
		all[strings.TrimSuffix(f.Name(), ".toml")] = words
	}
	return all, nil
})

func (v vocabulary) add(prefix string, tree map[string]any) {
	for name, value := range tree {
		if inner, ok := value.(map[string]any); ok {
			v.add(prefix+name+".", inner)
		} else {
			v[prefix+name] = fmt.Sprint(value)
		}
	}
}

// wordsFor finds a language; "" is English.
func wordsFor(tag string) (vocabulary, error) {
	all, err := vocabularies()
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if name == "" {
		name = "en"
	}
	words, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("alerts are not written in %q: want one of %s", tag, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	return words, nil
}

// say fills in a sentence. What is filled in is not looked through again: a
// stranger's braces stay as they are.
func (v vocabulary) say(name string, pairs ...string) string {
	braced := make([]string, len(pairs))
	for i, p := range pairs {
		braced[i] = p
		if i%2 == 0 {
			braced[i] = "{" + p + "}"
		}
	}
	return strings.NewReplacer(braced...).Replace(v[name])
}

// known says a word of a fixed list, or the word itself when it is a new one.
func (v vocabulary) known(list, word string) string {
	if s, ok := v[list+"."+strings.ReplaceAll(word, " ", "_")]; ok {
		return s
	}
	return plain(word, wordLength)
}

// what says what happened.
func (v vocabulary) what(kind, phase string, pairs ...string) string {
	name := "what." + kind + "." + strings.ReplaceAll(phase, " ", "_")
	if _, ok := v[name]; !ok {
		name = "what." + kind + ".other"
	}
	if _, ok := v[name]; !ok {
		return plain(kind+" "+phase, wordLength)
	}
	return v.say(name, append(pairs, "phase", plain(phase, wordLength))...)
}

// number writes two digits that count: 13, 1.5, 0.25.
func (v vocabulary) number(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "?"
	}
	digits := 0
	if a := math.Abs(x); a > 0 && a < 9.95 {
		digits = min(1-int(math.Floor(math.Log10(a))), 3)
	}
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if digits > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return strings.Replace(s, ".", v["decimal"], 1)
}

// rate writes visits a second, or a minute where that shows them.
func (v vocabulary) rate(perSecond float64) string {
	if perSecond < 0.1 {
		return v.say("unit.per_minute", "n", v.number(perSecond*60))
	}
	return v.say("unit.per_second", "n", v.number(perSecond))
}

func (v vocabulary) percent(part float64) string {
	return v.say("unit.percent", "n", strconv.Itoa(int(math.Round(part*100))))
}

// span writes how long something takes.
func (v vocabulary) span(d time.Duration) string {
	n := func(unit time.Duration) string { return strconv.FormatInt(int64(d.Round(unit)/unit), 10) }
	switch {
	case d < 100*time.Second:
		return v.say("unit.seconds", "n", n(time.Second))
	case d < 100*time.Minute:
		return v.say("unit.minutes", "n", n(time.Minute))
	case d < 48*time.Hour:
		return v.say("unit.hours", "n", n(time.Hour))
	}
	return v.say("unit.days", "n", n(24*time.Hour))
}
