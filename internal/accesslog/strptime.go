package accesslog

import "fmt"

// stamp returns the column of a time written by a layout of strptime. %f is
// microseconds and %* milliseconds since 1970, as GoAccess has them.
func stamp(layout string) (column, error) {
	switch layout {
	case "":
		return nil, fmt.Errorf("the format has a date or time, and nothing says how that is written")
	case "%s":
		return func(h *Hit, v []byte) error { return setUnit(h, v, seconds) }, nil
	case "%*":
		return func(h *Hit, v []byte) error { return setUnit(h, v, milliseconds) }, nil
	case "%f":
		return func(h *Hit, v []byte) error { return setUnit(h, v, microseconds) }, nil
	}
	var steps []byte // specifiers, with literal bytes behind a zero
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' || i+1 == len(layout) {
			steps = append(steps, 0, layout[i])
			continue
		}
		i++
		switch layout[i] {
		case 'T':
			steps = append(steps, 'H', 0, ':', 'M', 0, ':', 'S')
		case 'R':
			steps = append(steps, 'H', 0, ':', 'M')
		case 'F':
			steps = append(steps, 'Y', 0, '-', 'm', 0, '-', 'd')
		case 'd', 'e', 'm', 'Y', 'y', 'b', 'h', 'H', 'M', 'S', 'z':
			steps = append(steps, layout[i])
		default:
			return nil, fmt.Errorf("no specifier %%%c of strptime is known here", layout[i])
		}
	}
	return clockSteps(steps).read, nil
}

func setUnit(h *Hit, v []byte, u unit) error {
	us, ok := decimal(v, int64(microseconds/u))
	if !ok {
		return errTime
	}
	return h.setUnix(us)
}

// clockSteps are a layout, one step a byte.
type clockSteps []byte

func (steps clockSteps) read(h *Hit, v []byte) error {
	date := [3]int{1970, 1, 1}
	clock := [3]int{}
	dated, clocked := false, false
	for i := 0; i < len(steps); i++ {
		if steps[i] == 0 {
			i++
			if len(v) == 0 || v[0] != steps[i] {
				return errTime
			}
			v = v[1:]
			continue
		}
		n, used := clockStep(steps[i], v)
		if used == 0 {
			return errTime
		}
		v = v[used:]
		switch steps[i] {
		case 'Y', 'y':
			date[0], dated = n, true
		case 'm', 'b', 'h':
			date[1], dated = n, true
		case 'd', 'e':
			date[2], dated = n, true
		case 'H':
			clock[0], clocked = n, true
		case 'M':
			clock[1], clocked = n, true
		case 'S':
			clock[2], clocked = n, true
		}
	}
	if dated && !h.setDate(date[0], date[1], date[2]) || clocked && !h.setClock(clock[0], clock[1], clock[2]) {
		return errTime
	}
	return nil
}

// clockStep reads one part of a time and says how many bytes it took; none if
// it is not there.
func clockStep(step byte, v []byte) (n, used int) {
	digits := 2
	switch step {
	case 'z':
		return 0, len(v)
	case 'b', 'h':
		if len(v) < 3 || month(v) == 0 {
			return 0, 0
		}
		return month(v), 3
	case 'Y':
		digits = 4
	}
	for used < len(v) && v[used] == ' ' {
		used++
	}
	start := used
	for used < len(v) && used-start < digits && '0' <= v[used] && v[used] <= '9' {
		n = n*10 + int(v[used]-'0')
		used++
	}
	if used == start {
		return 0, 0
	}
	if step == 'y' {
		n += 1900
		if n < 1969 {
			n += 100
		}
	}
	return n, used
}
