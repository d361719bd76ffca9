package sample

import (
	"net/http"
	"time"
)

// A sheet is one month of the calendar, which has no first and no last one: a
// freeze that follows its arrows never comes home.
type sheet struct {
	Title      string
	Prev, Next string
	Weeks      [][]day
}

type day struct {
	Number int // 0 outside the month
	Post   *entry
}

func (b *blog) calendar(w http.ResponseWriter, r *http.Request) {
	month, err := time.Parse("2006-01", r.URL.Query().Get("month"))
	path := "/calendar/?month=" + r.URL.Query().Get("month")
	if err != nil {
		month, path = b.posts[0].Date, "/calendar/"
	}
	month = time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
	b.send(w, r, http.StatusOK, page{
		Kind: "calendar", Path: path, Title: "Calendar", Description: "What was written when",
		Sheet: b.sheet(month),
	})
}

func (b *blog) sheet(month time.Time) *sheet {
	s := &sheet{
		Title: month.Format("January 2006"),
		Prev:  month.AddDate(0, -1, 0).Format("2006-01"),
		Next:  month.AddDate(0, 1, 0).Format("2006-01"),
	}
	blank := (int(month.Weekday()) + 6) % 7 // weeks begin on Monday
	for d := 1 - blank; d <= daysIn(month); d += 7 {
		week := make([]day, 7)
		for i := range week {
			if n := d + i; n >= 1 && n <= daysIn(month) {
				week[i] = day{n, b.postOn(month.AddDate(0, 0, n-1))}
			}
		}
		s.Weeks = append(s.Weeks, week)
	}
	return s
}

func daysIn(month time.Time) int { return month.AddDate(0, 1, -1).Day() }

func (b *blog) postOn(date time.Time) *entry {
	for _, p := range b.posts {
		if p.Date.Truncate(24 * time.Hour).Equal(date) {
			return p
		}
	}
	return nil
}
