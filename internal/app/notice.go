package app

import (
	"cmp"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/history"
	"buzzproof/internal/settings"
	"buzzproof/internal/words"
)

// noticeLanguages are those that the notice of privacy is written in.
var noticeLanguages = []string{"en", "fr"}

//go:embed notice/*.txt
var noticeTexts embed.FS

// A notice says what is kept of visitors: what every buzzproof keeps, and what
// lies on this machine now.
type notice struct {
	bans    []ban.Ban
	contact string         // whom visitors may write to; the owner if it is empty
	kept    history.Config // for how long
	hits    bool           // whether hits are counted
	places  bool           // by country as well
}

// in writes the notice in a language.
func (n *notice) in(language string) (string, error) {
	text, err := readNotice(language)
	if err != nil {
		return "", err
	}
	until, err := n.lastBan(language)
	if err != nil {
		return "", err
	}
	days := func(d settings.Duration) string { return strconv.Itoa(int(time.Duration(d).Hours() / 24)) }
	text.stands["bans"], text.stands["last"] = strconv.Itoa(len(n.bans)), until
	text.stands["minutes"], text.stands["hours"], text.stands["years"] = days(n.kept.Minutes), days(n.kept.Hours), days(n.kept.Years)
	text.stands["contact"] = cmp.Or(n.contact, text.part("owner"))
	text.stands["places"] = ""
	if n.places {
		text.stands["places"] = text.part("places kept")
	}
	text.stands["statistics"] = text.part("no statistics")
	if n.hits {
		text.stands["statistics"] = text.part("statistics kept")
	}
	text.stands["listed"] = text.part(n.listed())
	whole := text.part("notice") + "\n"
	if len(text.missing) > 0 {
		return "", fmt.Errorf("the notice in %s lacks %s", language, strings.Join(text.missing, ", "))
	}
	return whole, nil
}

// listed is the part about who is shut out now.
func (n *notice) listed() string {
	switch len(n.bans) {
	case 0:
		return "no address listed"
	case 1:
		return "one address listed"
	}
	return "addresses listed"
}

// lastBan is the day of the last ban's end, in words; nothing if there is none.
func (n *notice) lastBan(language string) (string, error) {
	if len(n.bans) == 0 {
		return "", nil
	}
	dictionary, err := words.Load("")
	if err != nil {
		return "", err
	}
	last := slices.MaxFunc(n.bans, func(a, b ban.Ban) int { return a.Until.Compare(b.Until) })
	return dictionary.For(language).Date(last.Until.Local()), nil
}

// A noticeText is the file of one language: parts, in which a {name} stands for
// something. The head of each file says so to its translator.
type noticeText struct {
	parts   map[string]string
	stands  map[string]string // what names stand for
	missing []string          // what was asked for and is not there
}

func readNotice(language string) (*noticeText, error) {
	file, err := noticeTexts.ReadFile("notice/" + language + ".txt")
	if err != nil {
		return nil, err
	}
	t := &noticeText{parts: map[string]string{}, stands: map[string]string{}}
	for _, part := range strings.Split(string(file), "\n[")[1:] { // before the first is what translators are told
		name, text, _ := strings.Cut(part, "]")
		t.parts[name] = strings.TrimSpace(text)
	}
	return t, nil
}

var inBraces = regexp.MustCompile(`\{[^{}]*\}`)

// part is a part with what its names stand for.
func (t *noticeText) part(name string) string {
	text, found := t.parts[name]
	if !found {
		t.missing = append(t.missing, "["+name+"]")
	}
	return inBraces.ReplaceAllStringFunc(text, func(braced string) string {
		value, found := t.stands[strings.Trim(braced, "{}")]
		if !found {
			t.missing = append(t.missing, braced)
		}
		return value
	})
}
