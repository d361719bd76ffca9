package pid1

import (
	"strings"
	"testing"
)

func TestTheLastWordsAreThoseThatTellWhy(t *testing.T) {
	for _, test := range []struct{ sentence, said, want string }{
		{"nothing", "", ""},
		{"the last of several lines", "ready http://localhost\nbuzzproof: no room\n\n", "buzzproof: no room"},
		{"a line of the log", "time=2026-11-26T17:52:32Z level=ERROR msg=\"no room\" site=a\n", `"no room" site=a`},
		{"more than is kept", strings.Repeat("x", 5000) + "\nfatal error: out of memory", "fatal error: out of memory"},
	} {
		var last lastWords
		for _, piece := range strings.SplitAfter(test.said, "\n") {
			if _, err := last.Write([]byte(piece)); err != nil {
				t.Fatal(err)
			}
		}
		if got := last.text(); got != test.want {
			t.Errorf("%s: %q, want %q", test.sentence, got, test.want)
		}
	}
}
