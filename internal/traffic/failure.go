package traffic

// A Failure is a line that could not be read.
type Failure struct {
	File string
	Line uint64 // 1 for the first
	Why  string
	Text string // its beginning
}

const (
	keptFailures = 20
	keptText     = 400
)

func newFailure(number uint64, line []byte, err error) Failure {
	return Failure{Line: number, Why: err.Error(), Text: string(line[:min(len(line), keptText)])}
}

// failures counts the lines that could not be read and keeps the first ones.
type failures struct {
	count uint64
	kept  []Failure
}

func (f *failures) keep(one Failure) {
	if len(f.kept) < keptFailures {
		f.kept = append(f.kept, one)
	}
}

// long notes the lines that nobody wanted to look at, which come next in a log.
func (f *failures) long(log *Log, lines uint64) {
	if lines > 0 {
		f.keep(Failure{File: log.name, Line: log.line + 1, Why: "longer than 1 MB"})
	}
	f.count += lines
	log.line += lines
}
