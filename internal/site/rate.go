package site

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Rate is what a line carries, in bits per second.
type Rate int64

// rateUnits are powers of a thousand, as those who sell lines mean them.
var rateUnits = []struct {
	name string
	bits float64
}{{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1}}

// ParseRate reads a rate with its unit: "1Mbit/s", "0.8 Mbit/s", "640kbps",
// "1000000 bit/s". A number alone is refused: half of the people mean bytes.
func ParseRate(s string) (Rate, error) {
	text := strings.TrimSpace(s)
	if rest, ok := strings.CutSuffix(text, "bps"); ok { // not Bps, which are bytes
		text = rest + "bit/s"
	}
	for _, u := range rateUnits {
		at := len(text) - len(u.name)
		if at <= 0 || !strings.EqualFold(text[at:], u.name) {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(text[:at]), 64)
		bits := math.Round(n * u.bits)
		if err != nil || !(bits >= 1 && bits <= 1e15) {
			break
		}
		return Rate(bits), nil
	}
	return 0, fmt.Errorf("%q is no rate: want one such as 1Mbit/s or 800kbit/s", s)
}

// String returns the rate in the largest unit of which there is one or more.
func (r Rate) String() string {
	for _, u := range rateUnits {
		if float64(r) >= u.bits {
			return strconv.FormatFloat(float64(r)/u.bits, 'f', -1, 64) + " " + u.name
		}
	}
	return fmt.Sprintf("%d bit/s", int64(r))
}

// Bytes is how many bytes the line carries in a second.
func (r Rate) Bytes() float64 { return float64(r) / 8 }
