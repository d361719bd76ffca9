package guard

// A proof is what looking a name up has shown.
type proof uint8

const (
	unasked proof = iota
	asking
	proved
	refuted
)
