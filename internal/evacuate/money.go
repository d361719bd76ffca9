package evacuate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"buzzproof/internal/refuge"
)

// A Usage is what a refuge has sent.
type Usage struct {
	Requests uint64 `json:"requests"`
	Bytes    uint64 `json:"bytes"`
}

// A metered refuge knows what it has sent since a moment, or says
// refuge.ErrUnmetered.
type metered interface {
	Used(ctx context.Context, since time.Time) (requests, bytes uint64, err error)
}

// A Bill is what being away comes to, by a price list.
type Bill struct {
	Hours   float64   `json:"hours"`
	Usage   Usage     `json:"usage"`
	Metered bool      `json:"metered"` // the refuge knows the usage; else only time is counted
	USD     float64   `json:"usd"`
	Listed  time.Time `json:"listed,omitzero"` // when the prices were read
	Source  string    `json:"source,omitempty"`
	Unread  error     `json:"-"` // why the meter could not be read
}

// Price is what so much use in so many hours costs. What is begun of an hour
// is charged by the part that was used: providers charge by the second now.
func Price(c refuge.Cost, hours float64, u Usage) float64 {
	return c.Hour*hours + c.GB*float64(u.Bytes)/1e9 + c.Requests*float64(u.Requests)/1e6
}

// Bill is what the evacuation under way has come to so far.
func (t *Trip) Bill(ctx context.Context) Bill {
	cost := t.Refuge.Cost()
	b := Bill{Listed: cost.Listed, Source: cost.Source}
	if !t.state.Began.IsZero() {
		b.Hours = max(0, t.Now().Sub(t.state.Began).Hours())
	}
	if m, ok := t.Refuge.(metered); ok {
		requests, sent, err := m.Used(ctx, t.state.Began)
		if b.Usage, b.Metered = (Usage{requests, sent}), err == nil; !errors.Is(err, refuge.ErrUnmetered) {
			b.Unread = err
		}
	}
	b.USD = Price(cost, b.Hours, b.Usage)
	return b
}

// String is a bill for people.
func (b Bill) String() string {
	if b.Listed.IsZero() && b.USD == 0 {
		return "free, as far as is known"
	}
	text := fmt.Sprintf("about %.2f USD for %.1f hours", b.USD, b.Hours)
	if b.Metered {
		text += fmt.Sprintf(", %d requests and %.1f GB", b.Usage.Requests, float64(b.Usage.Bytes)/1e9)
	}
	text += ", by the list of " + b.Source + " of " + b.Listed.Format(time.DateOnly)
	if !b.Metered {
		text += "; what was sent is not known, and comes on top"
	}
	return text
}
