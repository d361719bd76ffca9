package freeze

import (
	"bytes"
	"os"
	"testing"
)

func TestTheManualNamesEveryClassOfWaste(t *testing.T) {
	page, err := os.ReadFile("../../docs/freeze.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range append(classes(), wasteActs, wasteExcluded) {
		if !bytes.Contains(page, []byte("| `"+class+"` |")) {
			t.Errorf("docs/freeze.md has no row for the class %s", class)
		}
	}
}
