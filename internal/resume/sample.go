package resume

import _ "embed"

// Sample is a résumé to begin with: every section once, a few accents.
//
//go:embed sample.json
var Sample []byte
