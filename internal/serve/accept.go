package serve

import (
	"strings"

	"buzzproof/internal/coding"
)

// accepted holds the weight of every coding in thousandths; zero refuses it.
type accepted [coding.Count]int16

const unlisted = -1

// parseAccept reads the values of Accept-Encoding as RFC 9110 section 12.5.3
// has it. Elements that are not well formed are passed over.
func parseAccept(values []string) accepted {
	if len(values) == 0 {
		// Any coding would do, but who sends no such header is as likely a
		// script that shows whatever comes.
		return accepted{coding.Identity: 1000}
	}
	a, rest := accepted{unlisted, unlisted, unlisted, unlisted}, int16(unlisted)
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			name, weight, ok := parseElement(element)
			if !ok {
				continue
			}
			if name == "*" {
				rest = max(rest, weight)
			}
			for c := range coding.Count {
				if strings.EqualFold(name, c.String()) || c == coding.Gzip && strings.EqualFold(name, "x-gzip") {
					a[c] = max(a[c], weight)
				}
			}
		}
	}
	return a.settle(rest)
}

// settle gives the coding.Count that were not listed the weight of "*". Without
// one they are refused, but for identity, which is then the last resort.
func (a accepted) settle(rest int16) accepted {
	for c := range coding.Count {
		switch {
		case a[c] != unlisted:
		case rest != unlisted:
			a[c] = rest
		case c == coding.Identity:
			a[c] = 1
		default:
			a[c] = 0
		}
	}
	return a
}

// parseElement reads "gzip" or "gzip;q=0.5".
func parseElement(element string) (name string, weight int16, ok bool) {
	name, params, weighted := strings.Cut(element, ";")
	name = strings.Trim(name, " \t")
	if name == "" || strings.ContainsAny(name, " \t=") {
		return "", 0, false
	}
	if !weighted {
		return name, 1000, true
	}
	params = strings.Trim(params, " \t")
	if len(params) < 3 || params[0]|0x20 != 'q' || params[1] != '=' {
		return "", 0, false
	}
	weight, ok = parseWeight(params[2:])
	return name, weight, ok
}

// parseWeight reads a qvalue: 0, 1 or a fraction of up to three digits.
func parseWeight(s string) (int16, bool) {
	if s[0] != '0' && s[0] != '1' || len(s) > 5 || len(s) > 1 && s[1] != '.' {
		return 0, false
	}
	weight, unit := int16(s[0]-'0')*1000, int16(100)
	for i := 2; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		weight += int16(s[i]-'0') * unit
		unit /= 10
	}
	return weight, weight <= 1000
}

// next returns the best coding that is accepted and, to ask for the one after
// it, the weights without it. It is false when nothing is left.
func (a accepted) next() (coding.Coding, accepted, bool) {
	best := coding.Count
	for c := range coding.Count {
		if a[c] > 0 && (best == coding.Count || a[c] > a[best]) {
			best = c
		}
	}
	if best == coding.Count {
		return coding.Identity, a, false
	}
	a[best] = 0
	return best, a, true
}
