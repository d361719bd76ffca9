package refuge

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// bringSecrets copies certificates and keys, which only their owner may read.
func (h *host) bringSecrets(ctx context.Context, r *remote) error {
	files := map[string]string{} // here, by name over there
	script := `mkdir -p tls; tar -xmof - -C tls`
	if h.Cert != "" {
		files["cert.pem"], files["key.pem"] = h.Cert, h.CertKey
	} else if h.ACMEDir != "" {
		err := filepath.WalkDir(h.ACMEDir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				rel, _ := filepath.Rel(h.ACMEDir, name) // it is below
				files["acme/"+filepath.ToSlash(rel)] = name
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("read certificates: %w", err)
		}
		script = stateFolder + `tar -xmof - -C "$S"; chown -R --reference="$S" "$S/acme"`
	}
	if len(files) == 0 {
		return nil
	}
	packed, err := pack(files)
	if err != nil {
		return err
	}
	if err := r.pipe(ctx, h.script("umask 077; "+script), func(to io.Writer) error {
		_, err := to.Write(packed)
		return err
	}); err != nil {
		return fmt.Errorf("copy the certificate to %s: %w", h.Address, err)
	}
	return nil
}

// pack makes a tar of a few small files.
func pack(files map[string]string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the certificate: %w", err)
		}
		err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(raw)), Mode: 0o600, Format: tar.FormatGNU})
		if err == nil {
			_, err = w.Write(raw)
		}
		if err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
