package pid1

import "testing"

func TestKeysTurnPagesAndStayInside(t *testing.T) {
	for _, c := range []struct {
		name, key  string
		page, want int
	}{
		{"page down", "\x1b[6~", 0, 1},
		{"page down at the end", "\x1b[6~", 4, 4},
		{"page up", "\x1b[5~", 1, 0},
		{"page up at the beginning", "\x1b[5~", 0, 0},
		{"an arrow", "\x1b[C", 2, 3},
		{"a digit", "4", 0, 3},
		{"a digit without a page", "9", 2, 2},
		{"end", "\x1b[F", 0, 4},
		{"another key", "q", 3, 3},
	} {
		if got := Turn(c.page, 5, c.key); got != c.want {
			t.Errorf("%s: page %d, want %d", c.name, got, c.want)
		}
	}
}
