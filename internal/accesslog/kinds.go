package accesslog

import "bytes"

// A Kind is a format that is known by name.
type Kind struct {
	Name   string
	Title  string
	Format Format
	// Sure says more than that a line can be read: that nothing in it speaks
	// against the format. Nil means that reading it is enough.
	Sure func(line []byte) bool
}

// Kinds are all formats. Where two read a log equally well the earlier is
// right, so one with more in it stands before one with less.
func Kinds() []Kind {
	return []Kind{
		caddyKind(),
		traefikJSONKind(),
		nginxJSONKind(),
		cloudFrontKind(),
		w3cKind(),
		albKind(),
		elbKind(),
		s3Kind(),
		haproxyKind(),
		traefikKind(),
		timedVHostKind(),
		vhostKind(),
		timedKind(),
		combinedKind(),
		commonVHostKind(),
		commonKind(),
	}
}

// Named returns the kind of that name.
func Named(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// sampleLines are what Recognise looks at: broken lines at the start of a log
// are common, a hundred of them are not.
const sampleLines = 100

// Recognise tells which kind the lines at the start of a log are of. It is
// false when no kind reads any of them.
func Recognise(head []byte) (Kind, bool) {
	best, most := Kind{}, 0
	for _, k := range Kinds() {
		if n := k.reads(head); n > most {
			best, most = k, n
		}
	}
	return best, most > 0
}

// reads counts the lines that a kind is sure of.
func (k Kind) reads(head []byte) (n int) {
	format := k.Format
	var h Hit
	for i := 0; i < sampleLines && len(head) > 0; i++ {
		line, rest, _ := bytes.Cut(head, []byte{'\n'})
		head = rest
		line = bytes.TrimSuffix(line, []byte{'\r'})
		switch {
		case len(line) == 0:
		case line[0] == '#':
			if headed, ok := format.(Headed); ok {
				format = headed.Header(line)
			}
		case k.Sure != nil && !k.Sure(line):
		default:
			if format.Parse(bytes.Clone(line), &h) == nil {
				n++
			}
		}
	}
	return n
}
