package sample

import (
	"strings"
	"testing"
)

func TestShortcodesAreReadStrictly(t *testing.T) {
	for _, c := range []struct{ name, body, want, wrong string }{
		{"a body without any is kept", "<p>a } b { c }}</p>\n", "<p>a } b { c }}</p>\n", ""},
		{"a figure is placed between what stands around it", `<p>a</p>{{figure "dawn" "Sky" "Five"}}<p>b</p>`, "<p>a</p>" + figure("dawn", "Sky", "Five") + "<p>b</p>", ""},
		{"and so are two", `{{lazy "dawn" "" ""}}{{figure "dawn" "" ""}}`, lazy("dawn", "", "") + figure("dawn", "", ""), ""},
		{"braces may stand in a text", `{{lazy "dawn" "}}" "{{"}}`, lazy("dawn", "}}", "{{"), ""},
		{"an unknown one is refused", `{{gallery "dawn" "Sky" "Five"}}`, "", `unknown shortcode "gallery"`},
		{"two texts are too few", `{{figure "dawn" "Sky"}}`, "", "has 2 texts"},
		{"none is too few", `{{figure}}`, "", "has 0 texts"},
		{"four are too many", `{{figure "dawn" "Sky" "Five" "Six"}}`, "", "has 4 texts"},
		{"a text needs its marks", `{{figure dawn "Sky" "Five"}}`, "", "found"},
		{"both of them", `{{figure "dawn" "Sky" "Five}}`, "", "found"},
		{"an end is needed", `{{figure "dawn" "Sky" "Five"`, "", "found"},
		{"and a name", `{{}}`, "", "found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := expand(c.body)
			if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("got %q and %v, want %q and %q", got, err, c.want, c.wrong)
			}
		})
	}
}

func TestTextsOfShortcodesAreNoMarkup(t *testing.T) {
	for name := range shortcodes {
		got, err := expand(`{{` + name + ` "dawn" "<i>&" "'><script>"}}`)
		if err != nil || strings.Contains(got, "<i>") || strings.Contains(got, "<script>") {
			t.Errorf("%s: %v in %s", name, err, got)
		}
	}
}
