package check

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"buzzproof/internal/wire"
)

// What handshakes weigh, in bytes. A chain of two ECDSA certificates, as public
// authorities issue them, has some 2,000 and is signed with 72; RSA chains have
// 700 more in all.
const (
	rsaMore     = 700
	chainMost   = 3200 // a chain that sends no certificate too many
	ticketsMost = 300  // of one ticket
	soon        = 21 * 24 * time.Hour
	timeToMove  = 300 // seconds
)

func (j *judge) protocol() {
	front := j.v.front
	if !front.Conn.Secure {
		j.note(Finding{
			ID: "no-https", What: "the page comes without https", rank: rankDay,
			Why:  "browsers warn, and links from https pages lose their referrer; a handshake costs about 3 KB, which this count lacks",
			Mend: "buzzproof up --tls auto, or: certbot --nginx --key-type ecdsa",
		})
		return
	}
	if strings.HasPrefix(front.Proto, "HTTP/1") && j.r.Connections > 1 {
		cost := front.Conn.Toll()
		each := cost.TLS - wire.Around13*front.Conn.Requests()
		j.note(Finding{
			ID: "no-http2", What: fmt.Sprintf("%s: %d connections instead of one", front.Proto, j.r.Connections), Costs: int64(j.r.Connections-1) * max(each, 0),
			Why:  "each connection has a handshake of its own",
			Mend: "nginx: http2 on; Apache: a2enmod http2, Protocols h2 http/1.1",
		})
	}
}

func (j *judge) handshake() {
	h := j.r.Handshake
	if h == nil {
		return
	}
	rsa := strings.HasPrefix(h.Key, "RSA")
	if rsa {
		j.note(Finding{
			ID: "rsa", What: fmt.Sprintf("the certificate is %s", h.Key), Costs: rsaMore,
			Why:  "its keys and signatures are longer, and signing takes the processor ten times as long",
			Mend: "certbot renew --key-type ecdsa --force-renewal",
		})
	}
	most := chainMost
	if rsa {
		most += rsaMore
	}
	if h.Chain > most || h.Certs > 2 && h.Chain > most-1000 {
		j.note(Finding{
			ID: "chain", What: fmt.Sprintf("the chain has %d certificates in %s", h.Certs, sizeText(int64(h.Chain))), Costs: int64(max(h.Chain-(most-1000), 1)),
			Why:  "browsers have the root already; two certificates do",
			Mend: "send fullchain.pem of your authority without the root; certbot: --preferred-chain 'ISRG Root X1'",
		})
	}
	j.extras(h)
}

// extras looks for what comes with a handshake that could do without.
func (j *judge) extras(h *Handshake) {
	if h.PostQuantum {
		j.note(Finding{
			ID: "post-quantum", What: "the key exchange is " + h.Group, Costs: quantum,
			Why:  "a choice, not a fault: it keeps today's traffic secret from tomorrow's machines, for each visit",
			Mend: "on the day only: nginx ssl_ecdh_curve X25519; buzzproof leaves it out by itself while the line is full",
		})
	}
	if h.Tickets > ticketsMost {
		j.note(Finding{
			ID: "tickets", What: "session tickets of " + sizeText(h.Tickets) + " in each handshake", Costs: h.Tickets,
			Why:  "they save something only for who comes back, and a crowd comes once",
			Mend: "nginx: ssl_session_tickets off; Apache: SSLSessionTickets off",
		})
	}
	if j.v.front.Conn.State.Version < tls.VersionTLS13 {
		j.note(Finding{
			ID: "old-tls", What: "the server speaks " + h.Version, rank: rankDay,
			Why: "a handshake takes one more round trip", Mend: "nginx: ssl_protocols TLSv1.2 TLSv1.3",
		})
	}
}

// certificate looks for what makes browsers refuse the page, today or soon.
func (j *judge) certificate() {
	front := j.v.front.Conn
	if !front.Secure || len(front.State.PeerCertificates) == 0 {
		return
	}
	leaf := front.State.PeerCertificates[0]
	if left := leaf.NotAfter.Sub(j.now); left < soon {
		what := fmt.Sprintf("the certificate ends in %d days", int(left.Hours()/24))
		if left < 0 {
			what = "the certificate ended on " + leaf.NotAfter.Format(time.DateOnly)
		}
		j.note(Finding{
			ID: "expiring", What: what, rank: rankBroken,
			Why: "nobody sees the page after that, and it will be the day of the crowd", Mend: "certbot renew; see why it did not happen by itself: systemctl status certbot.timer",
		})
	}
	if why := distrust(front); why != nil {
		j.note(Finding{
			ID: "untrusted", What: "browsers do not believe the certificate: " + why.Error(), rank: rankBroken,
			Why: "visitors see a warning instead of the page", Mend: "certbot --nginx --key-type ecdsa, or buzzproof up --tls auto",
		})
	}
}

// distrust says why this machine does not believe a chain, which --insecure
// took as it was.
func distrust(w *wire.Conn) error {
	others := x509.NewCertPool()
	for _, c := range w.State.PeerCertificates[1:] {
		others.AddCert(c)
	}
	_, err := w.State.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: w.Host, Intermediates: others})
	return err
}

// names looks for what keeps a site from moving, or from being found.
func (j *judge) names() {
	n := j.r.Names
	if !n.Known {
		return
	}
	if n.TTL > timeToMove {
		j.note(Finding{
			ID: "ttl", What: fmt.Sprintf("others remember the address for %s (said by the %s)", time.Duration(n.TTL)*time.Second, n.By), rank: rankDay,
			Why:  "so long a crowd keeps coming here after the site has moved; a lower figure helps only once the old one has run out",
			Mend: fmt.Sprintf("today, not on the day: %s. %d IN A ... (AAAA, HTTPS and www alike)", n.Host, timeToMove),
		})
	}
	if n.AAAA == 0 {
		j.note(Finding{
			ID: "no-aaaa", What: "there is no AAAA record", rank: rankCare,
			Why: "half of the visitors have IPv6, some of them share an IPv4 address that is slow or banned", Mend: "let the server answer by IPv6 and add: " + n.Host + ". IN AAAA ...",
		})
	}
	if n.HTTPS == 0 && j.v.front.Conn.Secure {
		j.note(Finding{
			ID: "no-https-record", What: "there is no HTTPS record", rank: rankCare,
			Why: "with one, browsers go to https and HTTP/2 at once, without a redirect", Mend: n.Host + ". IN HTTPS 1 . alpn=h2",
		})
	}
}
