package pid1

import (
	"slices"
	"testing"
)

func TestKeysAreToldApart(t *testing.T) {
	for _, test := range []struct {
		sentence string
		sent     []string
		keys     []string
	}{
		{"one by one", []string{"s", "\x1b[6~"}, []string{"s", "\x1b[6~"}},
		{"several at once", []string{"2\x1b[6~\x1bOA\x1b[B3"}, []string{"2", "\x1b[6~", "\x1bOA", "\x1b[B", "3"}},
		{"one in pieces, as slow lines bring it", []string{"\x1b", "[", "6", "~s"}, []string{"\x1b[6~", "s"}},
		{"letters of two bytes", []string{"é"}, []string{"\xc3", "\xa9"}},
		{"escape, then a letter", []string{"\x1b", "s", "s"}, []string{"\x1bs", "s"}},
		{"a sequence without an end", []string{"\x1b[1111111111111111111", "s"}, []string{"\x1b[", "1"}},
	} {
		var got []string
		var pending []byte
		for _, sent := range test.sent {
			pending = append(pending, sent...)
			for len(got) < len(test.keys) {
				var key string
				if key, pending = split(pending); key == "" {
					break
				}
				got = append(got, key)
			}
		}
		if !slices.Equal(got, test.keys) {
			t.Errorf("%s: %q, want %q", test.sentence, got, test.keys)
		}
	}
}
