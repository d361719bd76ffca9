package site

import "net/url"

// A File is something that the site answers with.
type File struct {
	URL    string // public path and query, as Key spells it
	Type   string // Content-Type
	Size   int64  // bytes
	Digest string // hex SHA-256
	Page   bool   // a document for people, not an asset
}

// Files finds what the site holds. Both are safe for concurrent use.
type Files interface {
	// Find returns the file that the site answers with at u, past redirects.
	// It is false for what the site does not hold or lies elsewhere.
	Find(u *url.URL) (File, bool)
	// Read returns the content of a file that Find returned.
	Read(f File) ([]byte, error)
}
