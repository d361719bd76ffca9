// Package lighten makes the renditions of a page: from the full page a slim one
// that looks the same, a lite one that holds the whole text in one document, a
// postcard that fits the fullest line, and a preview for machines that only
// want to show a link.
package lighten

import (
	"fmt"
)

// The names of what is made from a page. A postcard's second part is called
// "postcard.2", and so on. What is made from a picture is called by its width
// and kind, such as "640.webp".
const (
	Full         = "full"
	Slim         = "slim"
	Lite         = "lite"
	Postcard     = "postcard"
	Preview      = "preview"
	PreviewImage = "preview.image"
)

// PostcardName is the name of the n-th part of a postcard, from 1.
func PostcardName(n int) string {
	if n <= 1 {
		return Postcard
	}
	return fmt.Sprintf("%s.%d", Postcard, n)
}
