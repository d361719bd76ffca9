package guard

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"path"
	"strings"
)

// largestRanges is as much as a file of ranges may hold: Google's has 10 KB.
const largestRanges = 4 << 20

// ReadRanges reads addresses that an operator publishes: the JSON that most of
// them have agreed on, {"prefixes":[{"ipv4Prefix":"192.0.2.0/24"}]}, or a text
// with a range or an address on each line.
func ReadRanges(r io.Reader) ([]netip.Prefix, error) {
	data, err := io.ReadAll(io.LimitReader(r, largestRanges+1))
	if err != nil {
		return nil, err
	}
	if len(data) > largestRanges {
		return nil, fmt.Errorf("more than %d MB of ranges", largestRanges>>20)
	}
	text := strings.TrimSpace(string(data))
	var written []string
	if strings.HasPrefix(text, "{") {
		if written, err = jsonRanges(data); err != nil {
			return nil, err
		}
	} else {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" {
				written = append(written, line)
			}
		}
	}
	ranges := make([]netip.Prefix, 0, len(written))
	for _, s := range written {
		p, err := parseRange(s)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, p)
	}
	return ranges, nil
}

// LoadRanges reads every NAME.json and NAME.txt of a folder, where NAME is the
// operator's in agents/operators.txt: googlebot, bingbot, gptbot and so on.
func LoadRanges(dir fs.FS) (map[string][]netip.Prefix, error) {
	all := map[string][]netip.Prefix{}
	for _, pattern := range []string{"*.json", "*.txt"} {
		names, err := fs.Glob(dir, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			f, err := dir.Open(name)
			if err != nil {
				return nil, err
			}
			ranges, err := ReadRanges(f)
			f.Close()
			if err != nil {
				return nil, fmt.Errorf("ranges %s: %w", name, err)
			}
			who := strings.TrimSuffix(name, path.Ext(name))
			all[who] = append(all[who], ranges...)
		}
	}
	return all, everyOperator().checkRanges(all)
}

func jsonRanges(data []byte) (written []string, err error) {
	var list struct {
		Prefixes []struct {
			Four string `json:"ipv4Prefix"`
			Six  string `json:"ipv6Prefix"`
		} `json:"prefixes"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	for _, p := range list.Prefixes {
		for _, s := range []string{p.Four, p.Six} {
			if s != "" {
				written = append(written, s)
			}
		}
	}
	return written, nil
}

// parseRange refuses ranges that are too wide to be one company's: they would
// prove everybody.
func parseRange(s string) (netip.Prefix, error) {
	a, err := netip.ParseAddr(s)
	if err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a range such as 192.0.2.0/24", s)
	}
	if p.Bits() < 8 {
		return netip.Prefix{}, fmt.Errorf("range %s is wider than anybody has", s)
	}
	return p.Masked(), nil
}
