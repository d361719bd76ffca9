package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/shirou/gopsutil/v4/process"

	"buzzproof/internal/history"
)

// A serving is what the last up of a site says of itself in the state.
type serving struct {
	Schema  int   `json:"schema"`
	PID     int32 `json:"pid"`
	Began   int64 `json:"began"` // when the system started it, in milliseconds: numbers come again
	History bool  `json:"history"`
	Places  bool  `json:"places,omitempty"` // visitors are counted by where they are
}

const servingFile = "up.json"

// introduce says who serves and what is kept. Where nothing can be written, now
// or later, nothing is kept, and that is said once: the site is served all the
// same.
func (w *watchman) introduce(ctx context.Context, keep, places bool) error {
	s := serving{Schema: 1, PID: int32(os.Getpid()), History: keep, Places: places} //nolint:gosec // pids have 22 bits
	if self, err := process.NewProcessWithContext(ctx, s.PID); err == nil {
		s.Began, _ = self.CreateTimeWithContext(ctx) // 0 where it is not told
	}
	data, err := json.Marshal(s)
	if err == nil {
		err = writeWhole(filepath.Join(w.dir, servingFile), data, 0o600)
	}
	return err
}

// neverWritten reports an error that does not pass, as that of a full disk does.
func neverWritten(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// servings are what was said last of every site in a state, by its folder.
func servings(state string) map[string]serving {
	all := map[string]serving{}
	files, _ := filepath.Glob(filepath.Join(state, "sites", "*", servingFile)) // the pattern is well formed
	for _, file := range files {
		var s serving
		data, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(data, &s) == nil {
			all[filepath.Dir(file)] = s
		}
	}
	return all
}

// running reports whether the program that said so still runs.
func (s serving) running(ctx context.Context) bool {
	p, err := process.NewProcessWithContext(ctx, s.PID)
	if err != nil {
		return false
	}
	began, err := p.CreateTimeWithContext(ctx)
	return err == nil && began == s.Began
}

// keepsHistory reports whether statistics are kept, or lie there from before.
// Where no site was served yet, it is as the configuration says.
func keepsHistory(state string, c *config) bool {
	lying, _ := filepath.Glob(filepath.Join(state, "sites", "*", history.File)) // the pattern is well formed
	all := servings(state)
	for _, s := range all {
		if s.History {
			return true
		}
	}
	return len(lying) > 0 || len(all) == 0 && c.Up.Values["history"] != false
}

// countsPlaces reports whether visitors are counted by country or network.
// Where no site was served yet, it is as the configuration says.
func countsPlaces(state string, c *config) bool {
	all := servings(state)
	for _, s := range all {
		if s.Places {
			return true
		}
	}
	return len(all) == 0 && c.Up.Values["mmdb"] != nil
}
