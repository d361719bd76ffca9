// Package refuge holds the places that a site can flee to.
//
// Each is told the whole site as a list of objects with their digests and
// finds out by itself which it holds already: pushing twice costs one look.
// Nothing becomes visible before all of it is there.
package refuge

import (
	"context"
	"io"
	"net/netip"
	"time"

	"buzzproof/internal/site"
)

// An Object is one answer of the site, as it must come back from the refuge.
type Object struct {
	Key      string // public path and query, as site.Key spells it
	File     string // under which a plain web server keeps the body: slash-separated, unescaped; empty for a redirect
	Digest   string // hex SHA-256 of the body without coding
	Size     int64  // bytes of it
	Type     string // Content-Type
	Status   int    // 200; 301, 302, 303, 307, 308; 404 for the page of what is not found
	Location string // of a redirect
	Cache    string // Cache-Control
	Page     bool   // a document for people, not an asset: goes up last
}

// A Tree is a snapshot as a refuge sees it.
type Tree struct {
	ID      string // of the snapshot
	Host    string // the public name: "blog.example.org"
	Objects []Object
	Open    func(Object) (io.ReadCloser, error) // the body of an object
	Dir     string                              // the store that holds it, for refuges that take it whole
}

// A Place is where visitors find the site once it is at a refuge.
type Place struct {
	Addrs []netip.Addr // for A and AAAA records; empty when there is only a name
	Name  string       // for CNAME or ALIAS records: "site.s3-website.example.net."; may be empty
	Base  string       // the URL by which the refuge itself is asked: "http://192.0.2.7:80"
	TLS   bool         // it answers for the public name over TLS
	Terms Terms        // on which it answers
}

// Terms are what a kind of refuge cannot do as the site itself does. Whatever
// they do not name must be as the tree says.
type Terms struct {
	Files   bool // a plain web server: a page whose address has a query is there under its file's
	Gzip    bool // texts come in gzip, asked for or not
	Moved   bool // every redirect is a 301
	Refresh bool // redirects are pages that lead on
	Bare    bool // a server with nothing set: types by the names of files, no redirects, its own headers and its own page for 404
}

// A Refuge is a place to flee to. Everything can be called again after a crash,
// from another process, with nothing known but the configuration.
type Refuge interface {
	// Check looks in advance whether everything will work, writing a probe and
	// taking it away where that is needed to know.
	Check(ctx context.Context) []site.Finding
	// Push brings the tree and makes it what the refuge answers with, at once
	// and whole. It goes on where an earlier push of the same tree was cut off.
	// progress hears bytes done and to do, and may be nil.
	Push(ctx context.Context, t Tree, progress func(done, total int64)) error
	// Place says where the refuge is, starting what has to run there. It is
	// called after Push.
	Place(ctx context.Context) (Place, error)
	// Leave takes away all that was made or rented; the bytes pushed ahead may
	// stay where they cost nothing, if keep is true.
	Leave(ctx context.Context, keep bool) error
	// Cost says what being there costs.
	Cost() Cost
}

// A Cost is in US dollars, from a price list of the date given.
type Cost struct {
	Hour     float64   // for being there
	GB       float64   // for each 10^9 bytes sent to visitors
	Requests float64   // for a million requests
	Listed   time.Time // when the list was read; zero for what costs nothing that we know of
	Source   string    // whose list
}
