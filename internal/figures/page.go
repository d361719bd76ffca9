package figures

import (
	"io"
	"time"

	"buzzproof/internal/traffic"
)

// A Page says how the page is made.
type Page struct {
	At      time.Time     // when
	Refresh time.Duration // how soon it will be out of date; 0 for never
}

func WritePage(w io.Writer, r *traffic.Report, p Page) error { return nil }
