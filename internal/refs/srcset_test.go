package refs

import (
	"strconv"
	"strings"
	"testing"
)

// spelled writes candidates as "url 1w 2h 3x", separated by " | ".
func spelled(list []Candidate) string {
	var parts []string
	for _, c := range list {
		s := c.URL
		if c.Width > 0 {
			s += " " + strconv.Itoa(c.Width) + "w"
		}
		if c.Height > 0 {
			s += " " + strconv.Itoa(c.Height) + "h"
		}
		if c.Density > 0 {
			s += " " + strconv.FormatFloat(c.Density, 'g', -1, 64) + "x"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " | ")
}

func TestSrcsetFollowsTheStandard(t *testing.T) {
	ghost := "/content/images/size/w300/a.png 300w,\n            /content/images/size/w600/a.png 600w,\n\t/content/images/a.png 1000w"
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"a space", " ", ""},
		{"white space of all kinds", " \t\n\f\r", ""},
		{"a comma", ",", ""},
		{"commas", ",,,", ""},
		{"commas and spaces", " , , ", ""},
		{"a URL", "a", "a"},
		{"a URL between spaces", " a ", "a"},
		{"a URL between other white space", "\ta\n", "a"},
		{"a form feed is white space", "\fa\f1x\f", "a 1x"},
		{"a vertical tab is not", "\va", "\va"},
		{"a no-break space is not", "\u00a0a 1x", "\u00a0a 1x"},
		{"a comma before", ",a", "a"},
		{"a comma behind", "a,", "a"},
		{"commas behind", "a,,,", "a"},
		{"commas on both sides", ",,a,,", "a"},
		{"a comma behind a space", "a ,", "a"},
		{"a comma within a URL", "a,b", "a,b"},
		{"a comma within a URL and one behind", "a,b,", "a,b"},
		{"commas within a URL", "a,,b", "a,,b"},
		{"a comma without space does not part", "a,b 1x", "a,b 1x"},
		{"two URLs", "a, b", "a | b"},
		{"two URLs, comma apart", "a ,b", "a | b"},
		{"two URLs, spaces around", "a , b", "a | b"},
		{"two URLs, no comma", "a b", ""},
		{"two URLs, two commas", "a,, b", "a | b"},
		{"two URLs, commas in between", "a , , b", "a | b"},
		{"a line break parts as a space does", "a,\nb", "a | b"},
		{"three", "a, b, c", "a | b | c"},
		{"the same twice is listed twice", "a 1x, a 1x", "a 1x | a 1x"},
		{"density", "a 1x", "a 1x"},
		{"density 2", "a 2x", "a 2x"},
		{"density with a fraction", "a 1.5x", "a 1.5x"},
		{"density below one", "a 0.5x", "a 0.5x"},
		{"density without leading digit", "a .5x", "a 0.5x"},
		{"density ending in a point", "a 1.x", ""},
		{"density with an exponent", "a 1e1x", "a 10x"},
		{"density with a signed exponent", "a 1e+1x", "a 10x"},
		{"density with a negative exponent", "a 1e-1x", "a 0.1x"},
		{"density with an upper exponent", "a 1E1x", "a 10x"},
		{"an exponent without digits", "a 1ex", ""},
		{"density zero", "a 0x", "a"},
		{"density minus zero", "a -0x", "a"},
		{"density below zero", "a -1x", ""},
		{"density with a plus", "a +1x", ""},
		{"density without number", "a x", ""},
		{"infinite density", "a infx", ""},
		{"density that is no number", "a nanx", ""},
		{"hexadecimal density", "a 0x1x", ""},
		{"density with an underscore", "a 1_0x", ""},
		{"density in upper case", "a 1X", ""},
		{"two densities", "a 1x 2x", ""},
		{"the same density twice", "a 1x 1x", ""},
		{"width", "a 100w", "a 100w"},
		{"width with leading zeros", "a 00100w", "a 100w"},
		{"width zero", "a 0w", ""},
		{"width below zero", "a -1w", ""},
		{"width with a plus", "a +1w", ""},
		{"width with a fraction", "a 1.5w", ""},
		{"width with an exponent", "a 1e3w", ""},
		{"width without number", "a w", ""},
		{"width in upper case", "a 100W", ""},
		{"two widths", "a 1w 2w", ""},
		{"width and density", "a 1w 1x", ""},
		{"density and width", "a 1x 1w", ""},
		{"height alone", "a 1h", ""},
		{"width and height", "a 1w 2h", "a 1w 2h"},
		{"height and width", "a 2h 1w", "a 1w 2h"},
		{"height zero", "a 1w 0h", ""},
		{"two heights", "a 1w 1h 1h", ""},
		{"height and density", "a 1h 1x", ""},
		{"density and height", "a 1x 1h", ""},
		{"height in upper case", "a 1w 1H", ""},
		{"an unknown unit", "a 1q", ""},
		{"a word", "a foo", ""},
		{"a number without unit", "a 1", ""},
		{"a percentage", "a 50%", ""},
		{"unknown beside known", "a 1x foo", ""},
		{"unknown before known", "a foo 1x", ""},
		{"a wrong one does not hide the next", "a 1q, b 2x", "b 2x"},
		{"a wrong one does not hide the one before", "a 1x, b 2q", "a 1x"},
		{"a wrong one between", "a 1x, b q, c 3x", "a 1x | c 3x"},
		{"many spaces before the descriptor", "a    1x", "a 1x"},
		{"a tab before the descriptor", "a\t1x", "a 1x"},
		{"a line break before the descriptor", "a\r\n1x", "a 1x"},
		{"a space behind the descriptor", "a 1x ", "a 1x"},
		{"a space before the comma", "a 1x , b 2x", "a 1x | b 2x"},
		{"no space behind the comma", "a 1x,b 2x", "a 1x | b 2x"},
		{"commas behind a descriptor", "a 1x,,,b 2x", "a 1x | b 2x"},
		{"a comma at the end", "a 1x, b 2x,", "a 1x | b 2x"},
		{"a descriptor without space is part of the URL", "a,1x", "a,1x"},
		{"a comma then a descriptor makes a URL of it", "a, 1x", "a | 1x"},
		{"parentheses hide a comma", "a (,), b", "b"},
		{"parentheses hide spaces", "a ( 1x ), b 2x", "b 2x"},
		{"parentheses hide all to the end", "a (1x, b 2x", ""},
		{"parentheses do not nest", "a ((), b", "b"},
		{"a closing parenthesis alone", "a ), b", "b"},
		{"parentheses in a URL", "a(1).png 1x, b(,).png 2x", "a(1).png 1x | b(,).png 2x"},
		{"an open parenthesis in a URL hides nothing", "a( 1x, b 2x", "a( 1x | b 2x"},
		{"parentheses behind a descriptor", "a 1x(, b", ""},
		{"an empty pair", "a ()", ""},
		{"a function as descriptor", "a calc(1 + 1)x, b", "b"},
		{"a data URL", "data:image/png;base64,iVBO 1x", "data:image/png;base64,iVBO 1x"},
		{"a data URL and another", "data:image/gif;base64,R0lG 1x, b.png 2x", "data:image/gif;base64,R0lG 1x | b.png 2x"},
		{"a data URL at the end", "a.png 1x, data:,x", "a.png 1x | data:,x"},
		{"a data URL that ends in a comma", "data:,", "data:"},
		{"data URLs without descriptors", "data:,a, data:,b", "data:,a | data:,b"},
		{"a query", "a.jpg?w=1,2&h=3 1x", "a.jpg?w=1,2&h=3 1x"},
		{
			"commas as an image service has them", "https://cdn.test/w_300,h_200/a.jpg 300w, https://cdn.test/w_600,h_400/a.jpg 600w",
			"https://cdn.test/w_300,h_200/a.jpg 300w | https://cdn.test/w_600,h_400/a.jpg 600w",
		},
		{"quotes are part of the URL", `"a" 1x`, `"a" 1x`},
		{"letters beyond ASCII", "ä.png 1x, 図.png 2x", "ä.png 1x | 図.png 2x"},
		{"a fragment", "a.svg#x 1x", "a.svg#x 1x"},
		{"a scheme-relative URL", "//cdn.test/a 1x", "//cdn.test/a 1x"},
		{
			"several lines, as Ghost writes", ghost,
			"/content/images/size/w300/a.png 300w | /content/images/size/w600/a.png 600w | /content/images/a.png 1000w",
		},
		{"lines that end in CRLF", "a 1x,\r\nb 2x,\r\n", "a 1x | b 2x"},
		{"no URL before a descriptor", ", 1x", "1x"},
		{"a number beyond all bounds", "a 99999999999999999999w", ""},
		{"a large width", "a 4294967296w", "a 4294967296w"},
		{"default and density", "a, b 2x", "a | b 2x"},
		{"width and default", "a 100w, b", "a 100w | b"},
		{"widths and densities mixed", "a 100w, b 2x", "a 100w | b 2x"},
		{"a wrong first candidate with a comma in it", "a,b c, d", "d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := Srcset(c.in)
			if got := spelled(list); got != c.want {
				t.Errorf("Srcset(%q) = %q, want %q", c.in, got, c.want)
			}
			for _, got := range list {
				if c.in[got.URLStart:got.URLEnd] != got.URL {
					t.Errorf("Srcset(%q) misplaces %+v", c.in, got)
				}
			}
		})
	}
}

func TestSrcsetLosesOnlyWhatIsDropped(t *testing.T) {
	for _, c := range []struct{ name, in, drop, want string }{
		{"the first", "/a 1x, /b 2x, /c 3x", "/a", "/b 2x, /c 3x"},
		{"the second", "/a 1x, /b 2x, /c 3x", "/b", "/a 1x, /c 3x"},
		{"the last", "/a 1x, /b 2x, /c 3x", "/c", "/a 1x, /b 2x"},
		{"the first two", "/a 1x, /b 2x, /c 3x", "/a /b", "/c 3x"},
		{"the last two", "/a 1x, /b 2x, /c 3x", "/b /c", "/a 1x"},
		{"first and last", "/a 1x, /b 2x, /c 3x", "/a /c", "/b 2x"},
		{"all", " /a 1x, /b 2x ", "/a /b", "  "},
		{"none", "/a 1x,\n/b 2x", "", "/a 1x,\n/b 2x"},
		{"those without descriptor", "/a, /b, /c", "/b", "/a, /c"},
		{"the last without descriptor", "/a, /b,", "/b", "/a,"},
		{"a data URL stays", "data:,x 1x, /b 2x", "/b", "data:,x 1x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := HTML([]byte(`<img srcset="`+c.in+`">`), page, func(r Ref) Edit {
				if strings.Contains(" "+c.drop+" ", " "+r.Raw+" ") {
					return Drop()
				}
				return Keep()
			})
			if want := `<img srcset="` + c.want + `">`; string(got) != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestSrcsetWritesURLsThatAreReadAgain(t *testing.T) {
	got := setAll(HTML, `<img srcset="/a 1x, /b">`, page, ",a b,c,")
	if want := `<img srcset="%2Ca%20b,c%2C 1x, %2Ca%20b,c%2C">`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
