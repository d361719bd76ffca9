package freeze

import (
	"slices"
	"strings"

	"buzzproof/internal/site"
)

// isDated recognises an address that ends in a date, or whose query says so. A
// post whose title follows the date is no date.
func isDated(a address) bool {
	path, query := site.SplitKey(a)
	for _, name := range queryNames(query) {
		if slices.Contains([]string{"month", "year", "day", "date", "week", "cal", "monat", "mois", "yr"}, strings.ToLower(name)) {
			return true
		}
	}
	path = strings.TrimRight(path, "/")
	return strings.TrimRight(path, "0123456789-_./") != path && holdsDate(path[len(strings.TrimRight(path, "0123456789-_./")):]) || holdsDate(query)
}

// holdsDate looks for 19xx or 20xx followed by a separator and two digits, or
// by four digits at once.
func holdsDate(s string) bool {
	digit := func(i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }
	for i := 0; i+6 <= len(s); i++ {
		if s[i:i+2] != "19" && s[i:i+2] != "20" || i > 0 && digit(i-1) || !digit(i+2) || !digit(i+3) {
			continue
		}
		separated := strings.IndexByte("-/_.", s[i+4]) >= 0 && digit(i+5)
		packed := digit(i+4) && digit(i+5) && digit(i+6) && digit(i+7)
		if separated || packed {
			return true
		}
	}
	return false
}
