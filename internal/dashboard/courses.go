package dashboard

import (
	"encoding/json"
	"net/http"
)

// A Course is how a check went.
type Course struct {
	Name  string  `json:"name"`
	Day   Stretch `json:"day"`   // the last 24 hours
	Month Stretch `json:"month"` // the last 30 days
}

// A Stretch is a time in equal steps. Columns are a third of the bytes of rows.
type Stretch struct {
	From   int64     `json:"from"`   // seconds since 1970
	Step   int64     `json:"step"`   // seconds
	States string    `json:"states"` // the worst of each step: u up, s slow, n near, d down, - nobody looked
	Took   []float64 `json:"took"`   // seconds until an answer, on average
	Most   []float64 `json:"most"`   // of the slowest
	Uptime *float64  `json:"uptime,omitempty"`
}

// courses tells how the checks went. It is asked for twice a minute: nobody sees
// a bar of thirty days move.
func (s *screen) courses(w http.ResponseWriter, _ *http.Request) {
	all := []Course{}
	if s.config.Courses != nil {
		all = append(all, s.config.Courses()...)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // who has gone away reads no error
}
