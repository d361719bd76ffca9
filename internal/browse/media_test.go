package browse

import "testing"

func TestMediaQueriesAreTrueOfALaptop(t *testing.T) {
	for _, c := range []struct {
		name, query string
		want        bool
	}{
		{"none is all", "", true},
		{"a screen", "screen", true},
		{"paper", "print", false},
		{"not paper", "not print", true},
		{"one of a list", "print, screen", true},
		{"wide enough", "(min-width: 1000px)", true},
		{"too wide", "(min-width:1400px)", false},
		{"telephones", "only screen and (max-width: 600px)", false},
		{"not telephones", "not screen and (max-width: 600px)", true},
		{"em are 16 pixels", "(min-width: 85em)", true},
		{"86 of them are too wide", "(min-width: 86em)", false},
		{"between two widths", "screen and (min-width:600px) and (max-width: 1400px)", true},
		{"the new form", "(width >= 1366px)", true},
		{"the new form with two ends", "(600px <= width < 1366px)", false},
		{"fine dots", "(min-resolution: 2dppx)", false},
		{"fine dots in the old form", "(-webkit-min-device-pixel-ratio: 1.5)", false},
		{"dots of paper", "(max-resolution: 96dpi)", true},
		{"light colours", "(prefers-color-scheme: light)", true},
		{"dark colours", "(prefers-color-scheme: dark)", false},
		{"a pointer", "(hover)", true},
		{"what nobody knows", "(min-smell: 3)", false},
		{"what nobody can read", "((", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Holds(c.query); got != c.want {
				t.Errorf("%q holds: %t", c.query, got)
			}
		})
	}
}

func TestOfASetOfPicturesTheOneForTheScreenIsTaken(t *testing.T) {
	const widths = "a.jpg 300w, b.jpg 768w, c.jpg 1536w, d.jpg 3000w"
	for _, c := range []struct{ name, set, sizes, src, want string }{
		{"no set", "", "", "x.jpg", "x.jpg"},
		{"as wide as the screen", widths, "", "x.jpg", "c.jpg"},
		{"as wide as it is laid out", widths, "(max-width: 600px) 100vw, 700px", "x.jpg", "b.jpg"},
		{"exactly as wide", widths, "300px", "x.jpg", "a.jpg"},
		{"wider than all", "a.jpg 300w, b.jpg 600w", "", "x.jpg", "b.jpg"},
		{"of densities one to one", "b.jpg 2x, c.jpg 3x", "", "x.jpg", "x.jpg"},
		{"of densities, one to one in the set", "a.jpg, b.jpg 2x", "", "", "a.jpg"},
		{"the source is no candidate of widths", "a.jpg 300w", "300px", "x.jpg", "a.jpg"},
		{"half of the screen", widths, "50vw", "", "b.jpg"},
		{"a size that cannot be read", widths, "calc(50vw", "", "c.jpg"},
		{"nothing at all", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := choose(c.set, c.sizes, c.src); got != c.want {
				t.Errorf("takes %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzHolds(f *testing.F) {
	for _, s := range []string{"screen and (min-width: 3px)", "not all", "(1px<width<2px)", "(a:b", ",,", "only only"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if Holds(query) && Holds(query+",print") != true {
			t.Errorf("%q holds alone, but not in a list", query)
		}
	})
}
