package words

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Version tells apart dictionaries that say different things.
func (d Dictionary) Version() string {
	h := sha256.New()
	for _, w := range d.words {
		fmt.Fprintf(h, "%+v\n", *w)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
