package freeze

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// trimmedName is the file beside the archive that lists the endless spaces.
const trimmedName = "endless.json"

// readTrimmed returns the shapes that the last freeze cut. A file that is
// missing or broken only means that the line is drawn anew.
func readTrimmed(dir string) map[string]bool {
	raw, err := os.ReadFile(filepath.Join(dir, trimmedName))
	if err != nil {
		return nil
	}
	var names []string
	if err := json.Unmarshal(raw, &names); err != nil {
		return nil
	}
	trimmed := map[string]bool{}
	for _, name := range names {
		trimmed[name] = true
	}
	return trimmed
}

func (e *endless) writeTrimmed(dir string) error {
	raw, err := json.Marshal(slices.Sorted(maps.Keys(e.trimmed)))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, trimmedName), raw, 0o644)
}
