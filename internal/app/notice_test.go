package app

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/history"
)

// notices are one for each thing that can be the case.
func notices() (all []notice) {
	bans := []ban.Ban{{Until: time.Now().Add(time.Hour)}, {Until: time.Now()}}
	for listed := range len(bans) + 1 {
		for _, hits := range []bool{false, true} {
			for _, places := range []bool{false, true} {
				all = append(all, notice{bans: bans[:listed], kept: history.Config{}.WithDefaults(), hits: hits, places: places})
			}
		}
	}
	return all
}

func TestTheNoticeIsWholeInEachLanguage(t *testing.T) {
	for _, language := range noticeLanguages {
		for _, n := range notices() {
			text, err := n.in(language)
			if err != nil || strings.ContainsAny(text, "{}[]") {
				t.Errorf("%s, %+v: %v\n%s", language, n, err, text)
			}
		}
	}
}

func TestEachLanguageOfTheNoticeHasTheSameParts(t *testing.T) {
	first, err := readNotice(noticeLanguages[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range noticeLanguages {
		other, err := readNotice(language)
		if err != nil {
			t.Fatal(err)
		}
		want, got := slices.Sorted(maps.Keys(first.parts)), slices.Sorted(maps.Keys(other.parts))
		if !slices.Equal(got, want) {
			t.Errorf("%s has the parts %q, want %q", language, got, want)
		}
		for name := range first.parts {
			want, got := inBraces.FindAllString(first.parts[name], -1), inBraces.FindAllString(other.parts[name], -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: [%s] has the names %q, want %q", language, name, got, want)
			}
		}
	}
}

func TestATranslatorsMistakeIsNamed(t *testing.T) {
	text := noticeText{parts: map[string]string{"notice": "Write to {contcat}."}}
	text.part("notice")
	text.part("owner")
	if want := []string{"{contcat}", "[owner]"}; !slices.Equal(text.missing, want) {
		t.Errorf("missing are %q, want %q", text.missing, want)
	}
}

func TestWhatStandsInTheNoticeIsNotReadAgain(t *testing.T) {
	n := notice{contact: "{last} [owner]"}
	if text, err := n.in("en"); err != nil || !strings.Contains(text, "Write to {last} [owner].") {
		t.Errorf("%v\n%s", err, text)
	}
}
