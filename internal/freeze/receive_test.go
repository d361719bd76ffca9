package freeze

import (
	"testing"

	"buzzproof/internal/archive"
)

func TestTypeOf(t *testing.T) {
	for _, c := range []struct{ name, address, given, start, want string }{
		{"what the origin says holds", "/a.html", "text/html; charset=big5", "", "text/html; charset=big5"},
		{"without a type the name tells, and the page its charset", "/a.html", "", "<meta charset=big5>", "text/html"},
		{"without type and name the bytes tell", "/a", "", "<!DOCTYPE html><meta charset=big5>", "text/html"},
		{"a style sheet sent as text keeps its charset", "/a.css", "text/plain; charset=windows-1252", "", "text/css; charset=windows-1252"},
		{"a script sent as bytes", "/a.js", "application/octet-stream", "", "text/javascript"},
		{"text is text", "/a.txt", "text/plain", "", "text/plain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := typeOf(archive.Answer{Address: c.address, Type: c.given}, []byte(c.start)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
