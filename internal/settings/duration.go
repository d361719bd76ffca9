package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Duration is a time as people write it: "90s", "24h", "7d".
type Duration time.Duration

// UnmarshalText adds days to what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err == nil {
			*d = Duration(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	value, err := time.ParseDuration(s)
	if err != nil || value < 0 {
		return fmt.Errorf("%q is no time: want one such as 90s, 24h or 7d", s)
	}
	*d = Duration(value)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Or is the duration, or another when it is zero.
func (d Duration) Or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}
