package accesslog

import "crypto/tls"

// cipherName returns the name of a cipher suite given by its number.
func cipherName(v []byte) string {
	n, ok := number(v)
	if !ok || n <= 0 || n > 0xffff {
		return ""
	}
	return tls.CipherSuiteName(uint16(n))
}

// setTLS keeps a version of TLS as logs spell it; "-" is none.
func (h *Hit) setTLS(v []byte) {
	if len(v) > 1 {
		h.TLS = text(v)
	}
}

func (h *Hit) setCipher(v []byte) {
	if len(v) > 1 {
		h.Cipher = text(v)
	}
}
