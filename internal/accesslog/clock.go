package accesslog

import (
	"bytes"
	"time"
)

// Times are kept as the log's own clock shows them: a day of the log is the
// day its owner lived through, and no zone file is needed.

// days counts the days from 1 January 1970 to a date of the Gregorian
// calendar. Years begin in March here, so that the leap day is their last.
func days(year, month, day int) int32 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	era := year / 400
	ofEra := year - era*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return int32(era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468)
}

// setDate keeps a date that exists.
func (h *Hit) setDate(year, month, day int) bool {
	if year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	h.Day = days(year, month, day)
	return true
}

// setClock keeps a time of day; 60 is a leap second.
func (h *Hit) setClock(hour, minute, second int) bool {
	if hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0 {
		return false
	}
	h.Second = int32(hour*3600 + minute*60 + second)
	return true
}

// setUnix keeps a moment in microseconds since 1970, on this machine's clock.
func (h *Hit) setUnix(us int64) error {
	if us <= 0 {
		return errTime
	}
	t := time.UnixMicro(us)
	_, offset := t.Zone()
	local := t.Unix() + int64(offset)
	day := local / 86400
	if day > 2932896 { // 31 December 9999
		return errTime
	}
	h.Day, h.Second = int32(day), int32(local-day*86400)
	return nil
}

func two(b []byte) int {
	a, c := b[0]-'0', b[1]-'0'
	if a > 9 || c > 9 {
		return -1
	}
	return int(a)*10 + int(c)
}

func four(b []byte) int {
	a, c := two(b), two(b[2:])
	if a < 0 || c < 0 {
		return -1
	}
	return a*100 + c
}

// month reads Jan to Dec; 0 for anything else.
func month(b []byte) int {
	key := uint32(b[0]|0x20)<<16 | uint32(b[1]|0x20)<<8 | uint32(b[2]|0x20)
	for i, m := range months {
		if m == key {
			return i + 1
		}
	}
	return 0
}

var months = func() (keys [12]uint32) {
	for i := range keys {
		name := time.Month(i + 1).String()
		keys[i] = uint32(name[0]|0x20)<<16 | uint32(name[1])<<8 | uint32(name[2])
	}
	return keys
}()

// setBracketed reads 17/May/2015:10:05:03, the time of the common log format.
func (h *Hit) setBracketed(b []byte) error {
	if len(b) > 1 && b[1] == '/' { // a day of one digit
		return h.setShortDay(b)
	}
	if len(b) < 20 || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[14] != ':' || b[17] != ':' {
		return errTime
	}
	if !h.setDate(four(b[7:]), month(b[3:]), two(b)) || !h.setClock(two(b[12:]), two(b[15:]), two(b[18:])) {
		return errTime
	}
	return nil
}

func (h *Hit) setShortDay(b []byte) error {
	if len(b) < 19 {
		return errTime
	}
	var padded [20]byte
	padded[0] = '0'
	copy(padded[1:], b)
	return h.setBracketed(padded[:])
}

// setISO reads 2016-09-05T22:31:00 with any mark between date and time, and
// ignores what follows.
func (h *Hit) setISO(b []byte) error {
	if len(b) < 19 || !h.setISODate(b[:10]) || !h.setColons(b[11:19]) {
		return errTime
	}
	return nil
}

func (h *Hit) setISODate(b []byte) bool {
	return len(b) == 10 && b[4] == '-' && b[7] == '-' && h.setDate(four(b), two(b[5:]), two(b[8:]))
}

func (h *Hit) setColons(b []byte) bool {
	return len(b) == 8 && b[2] == ':' && b[5] == ':' && h.setClock(two(b), two(b[3:]), two(b[6:]))
}

// bracketed reads "[...] " from the next bracket on.
func (c *cursor) bracketed() ([]byte, error) {
	if at := bytes.IndexByte(c.rest, '['); at >= 0 {
		c.rest = c.rest[at+1:]
		if stamp, ok := c.before(']'); ok {
			return stamp, nil
		}
	}
	return nil, errTime
}
