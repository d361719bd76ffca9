package serve

import (
	"crypto/tls"
	"fmt"
	"slices"
)

// A Handshake says when TLS handshakes are kept as small as they can be.
//
// A slim handshake agrees on its key by X25519 alone: the post-quantum share
// that browsers offer beside it takes 1.1 KB of an uplink that has 9.6 KB for a
// whole visit when 13 come each second through 1 Mbit/s. And it sends no
// ticket for a later handshake to visitors who bring none: most will not come
// back, and those who do would have come back to a longer page. What was said
// under such a handshake could be read by whoever records it today and owns a
// large quantum computer one day; it is a public page.
type Handshake int

// The settings.
const (
	HandshakeAuto Handshake = iota // slim while the line is strained
	HandshakeSlim
	HandshakeFull
)

var handshakeNames = []string{"auto", "slim", "full"}

// ParseHandshake reads auto, slim or full.
func ParseHandshake(s string) (Handshake, error) {
	i := slices.Index(handshakeNames, s)
	if i < 0 {
		return 0, fmt.Errorf("%q is none of auto, slim and full", s)
	}
	return Handshake(i), nil
}

// slimmed returns a configuration that slims handshakes when that is due.
func (s *Server) slimmed(secure *tls.Config) *tls.Config {
	if secure == nil || s.config.Handshake == HandshakeFull {
		return secure
	}
	slim := secure.Clone()
	slim.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	ticketless := slim.Clone()
	ticketless.SessionTicketsDisabled = true
	choose := func(hello *tls.ClientHelloInfo) *tls.Config {
		switch {
		case s.config.Handshake == HandshakeAuto && !s.strained():
			return nil
		case slices.Contains(hello.Extensions, extensionPreSharedKey):
			return slim
		}
		return ticketless
	}
	outer := secure.Clone()
	outer.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if c := choose(hello); c != nil {
			return c, nil
		}
		if secure.GetConfigForClient != nil {
			return secure.GetConfigForClient(hello)
		}
		return nil, nil
	}
	return outer
}

// extensionPreSharedKey shows that a visitor brings a ticket (RFC 8446 section
// 4.2): resuming saves the certificate chain, 2.2 KB, and more than a new
// ticket costs.
const extensionPreSharedKey = 41

func (s *Server) strained() bool { return s.steerer != nil && s.steerer.strained() }
