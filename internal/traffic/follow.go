package traffic

import (
	"io"

	"buzzproof/internal/tail"
)

// Follow makes the source go on after its end, where it says tail.ErrPause, also
// when the log is rotated. It is false for what cannot grow: pipes and packed
// logs.
func (s *Source) Follow() bool {
	if s.file == nil {
		return false
	}
	info, err := s.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	t, err := tail.Follow(s.Name, s.file)
	if err != nil {
		return false
	}
	s.close = []func(){func() { t.Close() }}
	// What was read ahead to recognise the format comes first.
	s.Reader = io.MultiReader(io.LimitReader(s.head, int64(s.head.Buffered())), t)
	return true
}
