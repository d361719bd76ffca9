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

// Recognise tells which kind the lines at the start of a log are of, also when
// somebody put a head in front of each. It is false when no kind reads any of
// them.
func Recognise(head []byte) (Kind, bool) {
	best, read, addresses := recognise(head)
	if bare, ok := unpassed(head); ok {
		// A head can be taken for a client or a site, and HAProxy's own is.
		k, n, known := recognise(bare)
		if _, headed := k.Format.(Headed); !headed && (n > 0 && known >= addresses && k.Name != best.Name || known > addresses) {
			k.Format, k.Title = passed{k.Format}, k.Title+", passed on by syslog or Docker"
			return k, true
		}
	}
	return best, read > 0
}

// recognise returns the kind that reads most lines, how many it reads, and how
// many of these come from an address.
func recognise(head []byte) (best Kind, read, addresses int) {
	for _, k := range Kinds() {
		if n, known := k.reads(head); n > read {
			best, read, addresses = k, n, known
		}
	}
	return best, read, addresses
}

// reads counts the lines that a kind is sure of, and those of an address.
func (k Kind) reads(head []byte) (n, addresses int) {
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
			if format.Parse(bytes.Clone(line), &h) != nil {
				continue
			}
			if n++; isAddress([]byte(h.Client)) {
				addresses++
			}
		}
	}
	return n, addresses
}
