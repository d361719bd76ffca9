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
	"buzzproof/internal/wire"
)

// own notes which connections go through the site's line: those to its host,
// to the hosts that sent the visitor there, and to others at the same address.
func (v *visit) own() {
	hosts, places := map[string]bool{}, map[string]bool{}
	for _, a := range append(slices.Clone(v.hops), v.front) {
		hosts[a.URL.Hostname()] = true
		places[a.Remote] = true
	}
	v.owns = func(w *wire.Conn) bool {
		place, _, _ := net.SplitHostPort(w.RemoteAddr().String())
		return hosts[w.Host] || places[place]
	}
}

// cost adds up what came through the site's line so far.
func (v *visit) cost() (sum Bytes, requests, connections int) {
	heads := map[*wire.Conn]int64{} // of one answer
	for _, w := range v.client.Conns() {
		if !v.owns(w) {
			continue
		}
		t := w.Toll()
		connections++
		sum.add("tls", t.TLS)
		sum.add("network", t.Network)
		if n := w.Requests(); n > 0 {
			heads[w] = t.Heads / n
			sum.add("html", t.Heads%n) // so that nothing is lost by rounding
		} else {
			sum.add("other", t.Sent)
		}
	}
	v.each(func(a *wire.Answer, kind string) {
		if head, ours := heads[a.Conn]; ours {
			requests++
			sum.add(kind, a.Sent+head)
		}
	})
	return sum, requests, connections
}

// each shows every answer with what it is.
func (v *visit) each(show func(a *wire.Answer, kind string)) {
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
	for _, w := range v.client.Conns() {
		if !v.owns(w) {
			at(w.Host).Bytes += w.Toll().All()
		}
	}
	v.each(func(a *wire.Answer, _ string) {
		if a.Conn != nil && !v.owns(a.Conn) {
			at(a.URL.Hostname()).Requests++
		}
	})
	for _, i := range v.order {
		if i.err != nil && i.URL.Host != v.front.URL.Host {
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
	v.each(func(a *wire.Answer, _ string) {
		if body := (a.Took - a.First).Seconds(); a.Sent >= seenFrom && body > 0 && a.Conn != nil && v.owns(a.Conn) {
			best = max(best, float64(a.Sent)*8/body)
		}
	})
	if best == 0 {
		return nil
	}
	return &Uplink{site.Rate(twoDigits(best)), "seen"}
}

// handshakeOf reads what a handshake was made of; nil without TLS.
func handshakeOf(w *wire.Conn) *Handshake {
	if w == nil || !w.Secure {
		return nil
	}
	hand, tickets := w.Shaken()
	h := &Handshake{
		Version: tls.VersionName(w.State.Version), Group: w.State.CurveID.String(), PostQuantum: w.State.CurveID == tls.X25519MLKEM768,
		Bytes: hand, Tickets: tickets, Certs: len(w.State.PeerCertificates),
	}
	for _, c := range w.State.PeerCertificates {
		h.Chain += len(c.Raw)
	}
	if h.Certs > 0 {
		h.Key = keyOf(w.State.PeerCertificates[0])
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
