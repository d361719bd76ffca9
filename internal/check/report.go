package check

import (
	"math"
	"path"
	"slices"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/site"
)

// planned is the share of the line that is planned with: a line that is used
// to its last byte makes everybody wait for ever.
const planned = 0.85

// Bytes are what the server sends for one visit, as it goes over the wire.
type Bytes struct {
	HTML    int64 `json:"html"`
	CSS     int64 `json:"css"`
	JS      int64 `json:"js"`
	Fonts   int64 `json:"fonts"`
	Images  int64 `json:"images"`
	Other   int64 `json:"other"`
	TLS     int64 `json:"tls"`     // handshakes, tickets, and what is around each record
	Network int64 `json:"network"` // TCP and IP: connections, confirmations, heads of packets
	Sum     int64 `json:"sum"`
}

func (b *Bytes) add(kind string, n int64) {
	b.Sum += n
	switch kind {
	case "html":
		b.HTML += n
	case "css":
		b.CSS += n
	case "js":
		b.JS += n
	case "fonts":
		b.Fonts += n
	case "images":
		b.Images += n
	case "tls":
		b.TLS += n
	case "network":
		b.Network += n
	default:
		b.Other += n
	}
}

// A Rung is one way to send the page, and how many visits a second the line
// survives with it.
type Rung struct {
	Name     string  `json:"name"`
	Made     bool    `json:"made"` // it was made of this very page
	Bytes    int64   `json:"bytes"`
	Requests int     `json:"requests"`
	Survives float64 `json:"survives"` // visits per second; 0 when the line is not known
	Note     string  `json:"note,omitempty"`
}

// An Uplink is the line of the site.
type Uplink struct {
	Rate site.Rate `json:"bits_per_second"`
	From string    `json:"from"` // "given", or "seen": it carried so much during this check
}

// A Target is what was asked of the line.
type Target struct {
	Want float64 `json:"want"`
	Rung string  `json:"rung"`
	Got  float64 `json:"got"`
	OK   bool    `json:"ok"`
}

// A Third is a host of others that the page loads from.
type Third struct {
	Host     string `json:"host"`
	Requests int    `json:"requests"`
	Bytes    int64  `json:"bytes"`
	Failed   int    `json:"failed"`
}

// A Handshake is what TLS costs before the first byte of the page.
type Handshake struct {
	Version     string `json:"version"`
	Key         string `json:"certificate"`
	Chain       int    `json:"chain_bytes"`
	Certs       int    `json:"certificates"`
	Group       string `json:"key_exchange"`
	PostQuantum bool   `json:"post_quantum"`
	Bytes       int64  `json:"bytes"`
	Tickets     int64  `json:"ticket_bytes"`
}

// A File is one that the page is made of.
type File struct {
	URL   string `json:"url"`
	Kind  string `json:"kind"`
	Bytes int64  `json:"bytes"` // of its body, as sent
	Lazy  bool   `json:"lazy,omitempty"`
	Third bool   `json:"third,omitempty"` // not through the site's line
}

// A Report is what a check found out.
type Report struct {
	Schema      int                `json:"schema"`
	URL         string             `json:"url"`
	Final       string             `json:"final"` // past redirects
	Status      int                `json:"status"`
	Protocol    string             `json:"protocol"`
	Screen      string             `json:"screen"` // that was loaded for
	Bytes       Bytes              `json:"bytes"`
	Requests    int                `json:"requests"`
	Connections int                `json:"connections"`
	Lazy        int64              `json:"lazy"` // more, for who reads to the end
	Files       []File             `json:"files"`
	Thirds      []Third            `json:"third_parties"`
	Handshake   *Handshake         `json:"handshake"`
	Names       *Names             `json:"names"`
	Uplink      *Uplink            `json:"uplink"`
	Rungs       []Rung             `json:"rungs"`
	Survives    map[string]float64 `json:"survives"`
	Target      *Target            `json:"target,omitempty"`
	Findings    []Finding          `json:"findings"`
}

// report adds up what the visit has cost so far.
func (k *Checker) report() *Report {
	v := k.visit
	r := &Report{
		Schema: 1, URL: k.config.URL.Redacted(), Final: v.front.URL.Redacted(), Status: v.front.Status, Protocol: v.front.Proto,
		Screen: "1366 x 768 at 1x", Thirds: []Third{}, Survives: map[string]float64{},
	}
	v.own()
	r.Bytes, r.Requests, r.Connections = v.cost()
	r.Thirds = v.thirds()
	r.Handshake = handshakeOf(v.front.Conn)
	r.Uplink = v.line(k.config.Uplink)
	r.Rungs = []Rung{{Name: site.Full.String(), Made: true, Bytes: r.Bytes.Sum, Requests: r.Requests}}
	return r
}

// later notes what only comes to who scrolls, and every file.
func (r *Report) later(v *visit) {
	all, _, _ := v.cost()
	r.Lazy = all.Sum - r.Bytes.Sum
	r.Files = []File{{URL: r.Final, Kind: "html", Bytes: v.front.Sent}}
	for _, i := range v.order {
		for _, a := range append(slices.Clone(i.hops), i.answer) {
			if a != nil {
				r.Files = append(r.Files, File{a.URL.Redacted(), i.Kind, a.Sent, i.Lazy, a.Conn == nil || !v.owns(a.Conn)})
			}
		}
	}
}

// survive fills in how many visits a second the line carries.
func (r *Report) survive() {
	if r.Uplink == nil {
		return
	}
	for i := range r.Rungs {
		rung := &r.Rungs[i]
		if rung.Made && rung.Bytes > 0 {
			rung.Survives = twoDigits(r.Uplink.Rate.Bytes() * planned / float64(rung.Bytes))
			r.Survives[rung.Name] = rung.Survives
		}
	}
}

// twoDigits rounds down to what can be known: a figure with two digits, never
// more than is carried.
func twoDigits(n float64) float64 {
	if n <= 0 {
		return 0
	}
	scale := math.Pow(10, 1-math.Floor(math.Log10(n)))
	return math.Floor(n*scale+1e-9) / scale
}

// kindOf says what a file is, by its type and then by what it was asked for.
func kindOf(i *item) string {
	t := coding.MediaType(i.answer.Header.Get("Content-Type"))
	switch {
	case t == "text/css":
		return "css"
	case strings.Contains(t, "javascript") || strings.Contains(t, "ecmascript"):
		return "js"
	case strings.HasPrefix(t, "image/"):
		return "images"
	case strings.Contains(t, "font") || strings.HasPrefix(path.Ext(i.answer.URL.Path), ".woff"):
		return "fonts"
	case t == "text/html" && i.Kind != "html":
		return "other" // a page of error where a file was wanted
	}
	return i.Kind
}
