package browse

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/style"
)

// Fonts returns the font files that the page is drawn with: of families that
// rules name, for signs that the page has, in weights that it shows.
func Fonts(doc *html.Node, l style.Loads) []*url.URL {
	signs, bold, italic := read(doc)
	bold, italic = bold || l.Bold, italic || l.Italic
	var all []*url.URL
	for _, f := range l.Faces {
		switch {
		case !strings.Contains(l.Families, f.Family):
		case heavy(f.Weight) && !bold:
		case f.Style != "" && f.Style != "normal" && !italic:
		case !inRange(f.Range, signs):
		default:
			if u := fileOf(f.Sources); u != nil {
				all = append(all, u)
			}
		}
	}
	return all
}

// fileOf is the first file that browsers of today read.
func fileOf(sources []*url.URL) *url.URL {
	for _, u := range sources {
		switch strings.ToLower(path.Ext(u.Path)) {
		case ".eot", ".svg":
			continue
		}
		if u.Scheme == "http" || u.Scheme == "https" {
			at := *u
			at.Fragment = ""
			return &at
		}
	}
	return nil
}

// heavy tells whether a face is only for bold text. One with a range of weights
// is for all.
func heavy(weight string) bool {
	if weight == "bold" {
		return true
	}
	n, err := strconv.Atoi(weight)
	return err == nil && n >= 600
}

// read collects the signs of a page and whether it has bold and slanted text by
// itself, without any rule.
func read(doc *html.Node) (signs map[rune]bool, bold, italic bool) {
	signs = map[rune]bool{}
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode && !silent(n.Parent):
			for _, r := range n.Data {
				signs[r] = true
			}
		case n.Type != html.ElementNode:
		default:
			switch n.DataAtom {
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.B, atom.Strong, atom.Th:
				bold = true
			case atom.I, atom.Em, atom.Cite, atom.Dfn, atom.Var, atom.Address:
				italic = true
			}
		}
	}
	return signs, bold, italic
}

func silent(n *html.Node) bool {
	return n.DataAtom == atom.Script || n.DataAtom == atom.Style || n.DataAtom == atom.Noscript || n.DataAtom == atom.Title
}

// inRange tells whether one of the signs is in a unicode-range, CSS Fonts
// Level 4, section 4.5: U+26, U+0-7F, U+4??.
func inRange(list string, signs map[rune]bool) bool {
	if list == "" {
		return true
	}
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(part, " ", "")), "u+")
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			from, to = strings.ReplaceAll(part, "?", "0"), strings.ReplaceAll(part, "?", "f")
		}
		low, err1 := strconv.ParseUint(from, 16, 32)
		high, err2 := strconv.ParseUint(to, 16, 32)
		if err1 != nil || err2 != nil {
			return true // what cannot be read may hold
		}
		for r := range signs {
			if uint64(r) >= low && uint64(r) <= high {
				return true
			}
		}
	}
	return false
}
