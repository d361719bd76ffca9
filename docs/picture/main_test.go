package main

import (
	"encoding/xml"
	"io"
	"os"
	"strings"
	"testing"
)

func TestThePictureInTheDocsIsTheOneDrawnHere(t *testing.T) {
	kept, err := os.ReadFile("../buzzproof.svg")
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != draw() {
		t.Error("docs/buzzproof.svg is old: go run ./docs/picture > docs/buzzproof.svg")
	}
}

func TestThePictureIsWellFormed(t *testing.T) {
	d := xml.NewDecoder(strings.NewReader(draw()))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
