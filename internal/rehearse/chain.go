package rehearse

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// A Chain is a certificate as public authorities issue them, with the root
// that only the rehearsal's visitors trust.
type Chain struct {
	Certificate tls.Certificate // leaf and intermediate
	Roots       *x509.CertPool
}

// Public authorities put the word of two logs into a leaf, and addresses for
// its status. With fillers of their size a leaf has about 1.0 KB and an
// intermediate 1.1 KB, as those of Let's Encrypt's ECDSA hierarchy.
const (
	leafFiller         = 560
	intermediateFiller = 560
)

// fillerID names an extension that nobody knows (below 1.3.6.1.4.1, private
// enterprises; 32473 is kept for examples).
var fillerID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1}

// NewChain makes keys and certificates for host.
func NewChain(host string) (*Chain, error) {
	root, err := issue(&x509.Certificate{Subject: pkix.Name{CommonName: "Rehearsal Root"}, IsCA: true}, nil, 0)
	if err != nil {
		return nil, err
	}
	middle, err := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "R1", Organization: []string{"Rehearsal"}, Country: []string{"FR"}}, IsCA: true,
	}, root, intermediateFiller)
	if err != nil {
		return nil, err
	}
	leaf, err := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: host}, DNSNames: []string{host, "www." + host},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, middle, leafFiller)
	if err != nil {
		return nil, err
	}
	c := &Chain{Roots: x509.NewCertPool()}
	c.Roots.AddCert(root.cert)
	c.Certificate = tls.Certificate{Certificate: [][]byte{leaf.cert.Raw, middle.cert.Raw}, PrivateKey: leaf.key, Leaf: leaf.cert}
	return c, nil
}

type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue completes the template and signs it by the parent, or by itself.
func issue(template *x509.Certificate, parent *issued, filler int) (*issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = template.NotBefore.Add(90 * 24 * time.Hour)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if template.IsCA {
		template.KeyUsage = x509.KeyUsageCertSign
		template.BasicConstraintsValid = true
	}
	if filler > 0 {
		value := make([]byte, filler)
		_, _ = rand.Read(value) // never fails; nothing here could be compressed
		template.ExtraExtensions = []pkix.Extension{{Id: fillerID, Value: value}}
	}
	by := &issued{cert: template, key: key}
	if parent != nil {
		by = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %s: %w", template.Subject, err)
	}
	cert, err := x509.ParseCertificate(der)
	return &issued{cert, key}, err
}
