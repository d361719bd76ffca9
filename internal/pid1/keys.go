package pid1

import "bytes"

// split takes the first whole key off what a terminal has sent. A sequence
// that has not come to its end is left for what comes next (ECMA-48 section
// 5.4: ESC [, parameters, one final byte; or ESC O and a letter).
func split(sent []byte) (key string, rest []byte) {
	if len(sent) == 0 || sent[0] != '\x1b' {
		return string(sent[:min(1, len(sent))]), sent[min(1, len(sent)):]
	}
	end := 2
	switch {
	case len(sent) < 2:
		return "", sent
	case sent[1] == '[':
		final := bytes.IndexFunc(sent[2:], func(r rune) bool { return r >= '@' && r <= '~' })
		if final < 0 && len(sent) < 16 {
			return "", sent
		}
		end = 3 + final // no key is longer: what has no end is dropped
	case sent[1] == 'O':
		end = 3
	}
	if len(sent) < end {
		return "", sent
	}
	return string(sent[:end]), sent[end:]
}
