package rehearse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestAPictureShowsEveryVisitor(t *testing.T) {
	r := &Result{Name: "13/s", Length: 10 * time.Second, Visits: []Visit{
		{Who: Person, At: time.Second, Rung: "full", Text: time.Second},
		{Who: Person, At: 2 * time.Second, Rung: "lite", Text: 300 * time.Millisecond},
		{Who: Person, At: 3 * time.Second, Refused: true},
	}}
	svg := Picture("<an evening>", 30*time.Second, Panel{"a & b", r}, Panel{"c", r})
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	text, _, _ := strings.Cut(string(svg), `<circle cx="56"`) // before the legend
	if dots, crosses := strings.Count(text, "<circle"), strings.Count(text, "m0-6l-6 6"); dots != 4 || crosses != 2 {
		t.Errorf("%d dots and %d crosses, want 4 and 2", dots, crosses)
	}
	if !strings.Contains(text, "66.7 % had the text within 2 s") {
		t.Error("the picture does not say how many had the text in time")
	}
}
