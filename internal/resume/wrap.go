package resume

import "strings"

// wrap breaks a text into lines of at most columns cells, at spaces, between
// wide characters, which know no spaces, and inside words only when a word is
// longer than a line.
func wrap(s string, columns int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	end := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for _, piece := range pieces(s) {
		wide := Cells(strings.TrimRight(piece, " "))
		if used > 0 && used+wide > columns {
			end()
		}
		for wide > columns {
			head := headOf(piece, columns)
			line.WriteString(head)
			end()
			piece = piece[len(head):]
			wide = Cells(strings.TrimRight(piece, " "))
		}
		line.WriteString(piece)
		used += Cells(piece)
	}
	if used > 0 || len(lines) == 0 {
		end()
	}
	return lines
}

// pieces parts a text where a line may end: after spaces and around wide characters.
func pieces(s string) []string {
	var all []string
	begin, previous := 0, rune(0)
	for i, r := range s {
		if i > begin && r != ' ' && (previous == ' ' || cells(r) == 2 || cells(previous) == 2 && cells(r) > 0) {
			all = append(all, s[begin:i])
			begin = i
		}
		previous = r
	}
	return append(all, s[begin:])
}

// headOf is as much of s as fits into columns cells, one character at least.
func headOf(s string, columns int) string {
	used := 0
	for i, r := range s {
		used += cells(r)
		if used > columns && i > 0 {
			return s[:i]
		}
	}
	return s
}
