package pid1

import (
	"fmt"
	"time"
)

// where says under which addresses the machine is: as many as fit into so many
// columns, whole ones only.
func where(addresses []string, columns int) string {
	if len(addresses) == 0 {
		return "no address yet"
	}
	text := "at " + addresses[0]
	for i, a := range addresses[1:] {
		more := fmt.Sprintf(" and %d more: press s", len(addresses)-1-i)
		if last := i+2 == len(addresses); last {
			more = ""
		}
		if len(text)+len(", ")+len(a)+len(more) > columns {
			return text + fmt.Sprintf(" and %d more: press s", len(addresses)-1-i)
		}
		text += ", " + a
	}
	return text
}

// uptime gets coarser with age, so that it rarely changes.
func uptime(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}
