package check

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"

	"buzzproof/internal/site"
)

// own notes which connections go through the site's line: those to its host,
// to the hosts that sent the visitor there, and to others at the same address.
func (v *visit) own() {
	hosts, places := map[string]bool{}, map[string]bool{}
	for _, a := range append(slices.Clone(v.hops), v.front) {
		hosts[a.url.Hostname()] = true
		places[a.remote] = true
	}
	v.owns = func(w *wire) bool {
		place, _, _ := net.SplitHostPort(w.RemoteAddr().String())
		return hosts[w.host] || places[place]
	}
}

// cost adds up what came through the site's line so far.
func (v *visit) cost() (sum Bytes, requests, connections int) {
	heads := map[*wire]int64{} // of one answer
	for _, w := range v.client.all() {
		if !v.owns(w) {
			continue
		}
		t := w.toll()
		connections++
		sum.add("tls", t.tls)
		sum.add("network", t.network)
		if w.requests > 0 {
			heads[w] = t.heads / w.requests
			sum.add("html", t.heads%w.requests) // so that nothing is lost by rounding
		} else {
			sum.add("other", t.sent)
		}
	}
	v.each(func(a *answer, kind string) {
		if head, ours := heads[a.wire]; ours {
			requests++
			sum.add(kind, a.sent+head)
		}
	})
	return sum, requests, connections
}

// each shows every answer with what it is.
func (v *visit) each(show func(a *answer, kind string)) {
	for _, a := range v.hops {
		show(a, "html")
	}
	show(v.front, "html")
	for _, i := range v.order {
		for _, a := range i.hops {
			show(a, i.Kind)
		}
		if i.answer != nil {
			show(i.answer, kindOf(i))
		}
	}
}

// thirds adds up the hosts of others, the heaviest first.
func (v *visit) thirds() []Third {
	known := map[string]*Third{}
	at := func(host string) *Third {
		if known[host] == nil {
			known[host] = &Third{Host: host}
		}
		return known[host]
	}
	for _, w := range v.client.all() {
		if !v.owns(w) {
			at(w.host).Bytes += w.toll().all()
		}
	}
	v.each(func(a *answer, _ string) {
		if a.wire != nil && !v.owns(a.wire) {
			at(a.url.Hostname()).Requests++
		}
	})
	for _, i := range v.order {
		if i.err != nil && i.URL.Host != v.front.url.Host {
			at(i.URL.Hostname()).Failed++
		}
	}
	all := []Third{}
	for _, t := range known {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b Third) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Host, b.Host)) })
	return all
}

// seenFrom is how many bytes a transfer must have for its speed to say
// something: less fits into the buffers on the way.
const seenFrom = 100_000

// line is the rate that was given, or the best that was seen.
func (v *visit) line(given site.Rate) *Uplink {
	if given > 0 {
		return &Uplink{given, "given"}
	}
	best := 0.0
	if v.eagerBytes >= seenFrom {
		best = float64(v.eagerBytes) * 8 / v.eagerTook.Seconds()
	}
	v.each(func(a *answer, _ string) {
		if body := (a.took - a.first).Seconds(); a.sent >= seenFrom && body > 0 && a.wire != nil && v.owns(a.wire) {
			best = max(best, float64(a.sent)*8/body)
		}
	})
	if best == 0 {
		return nil
	}
	return &Uplink{site.Rate(twoDigits(best)), "seen"}
}

// all returns the connections so far.
func (c *client) all() []*wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.wires)
}

// handshakeOf reads what a handshake was made of; nil without TLS.
func handshakeOf(w *wire) *Handshake {
	if w == nil || !w.secure {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &Handshake{
		Version: tls.VersionName(w.state.Version), Group: w.state.CurveID.String(), PostQuantum: w.state.CurveID == tls.X25519MLKEM768,
		Bytes: w.hand, Tickets: w.tickets, Certs: len(w.state.PeerCertificates),
	}
	for _, c := range w.state.PeerCertificates {
		h.Chain += len(c.Raw)
	}
	if h.Certs > 0 {
		h.Key = keyOf(w.state.PeerCertificates[0])
	}
	return h
}

func keyOf(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}
