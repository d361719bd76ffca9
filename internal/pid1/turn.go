package pid1

// Turn is the page that a key, as terminals send it, leads to.
func Turn(page, pages int, key string) int {
	switch key {
	case "\x1b[5~", "\x1b[A", "\x1b[D", "\x1bOA", "\x1bOD":
		page--
	case "\x1b[6~", "\x1b[B", "\x1b[C", "\x1bOB", "\x1bOC", " ", "\r", "\n":
		page++
	case "\x1b[1~", "\x1b[H", "\x1bOH":
		page = 0
	case "\x1b[4~", "\x1b[F", "\x1bOF":
		page = pages - 1
	default:
		if len(key) == 1 && key[0] >= '1' && key[0] <= '9' && int(key[0]-'1') < pages {
			page = int(key[0] - '1')
		}
	}
	return min(max(page, 0), pages-1)
}
