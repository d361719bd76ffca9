package integration

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"buzzproof/internal/refuge"
	"buzzproof/internal/secret"
)

// An sshHost is a real sshd on loopback, for the user who runs the tests.
type sshHost struct {
	refuge.HostConfig        // complete but for Program
	identity          string // the file of the key
	process           *process
	log               string
	command           func() *exec.Cmd
}

// startSSHHost starts an sshd that takes one key.
func startSSHHost(t testing.TB, s *stage) *sshHost {
	t.Helper()
	need(t, "sshd", "/usr/sbin/sshd", "ssh-keygen")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := s.subfolder(t, "sshd")
	server, client := filepath.Join(dir, "host"), filepath.Join(dir, "client")
	run(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server))
	writeFile(t, filepath.Join(dir, "authorized"), string(ssh.MarshalAuthorizedKey(newSSHKey(t, client))))
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil && os.Geteuid() == 0 { // where sshd locks its unprivileged half in
		t.Fatal(err)
	}
	private, err := os.ReadFile(client)
	if err != nil {
		t.Fatal(err)
	}
	plant(string(private))
	port, known := freePort(t), filepath.Join(dir, "known_hosts")
	public, err := os.ReadFile(server + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, known, fmt.Sprintf("[127.0.0.1]:%d %s", port, public))
	conf := filepath.Join(dir, "sshd_config")
	writeFile(t, conf, fmt.Sprintf("ListenAddress 127.0.0.1:%d\nHostKey %s\nPidFile %s/pid\nUsePAM no\nStrictModes no\n"+
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nAuthorizedKeysFile %s/authorized\nMaxStartups 100\nMaxSessions 40\n", port, server, dir, dir))
	h := &sshHost{
		HostConfig: refuge.HostConfig{
			Address: loopback(port), User: me.Username, Key: secret.Of(string(private)), KnownHosts: known, Dir: filepath.Join(dir, "refuge"),
			Listen: loopback(freePort(t)),
		},
		identity: client, log: filepath.Join(dir, "sshd.log"),
	}
	h.command = func() *exec.Cmd { return exec.Command("/usr/sbin/sshd", "-D", "-E", h.log, "-f", conf) }
	h.process = s.start(t, filepath.Join(dir, "out.log"), h.command())
	waitUntil(t, h.process, 20*time.Second, "sshd", func() bool { return listens(port) })
	return h
}

// newSSHKey writes a private key and returns its public half.
func newSSHKey(t testing.TB, file string) ssh.PublicKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func fingerprintOf(t *testing.T, h *sshHost) string {
	t.Helper()
	raw, err := os.ReadFile(h.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	_, _, key, _, _, err := ssh.ParseKnownHosts(raw)
	if err != nil {
		t.Fatal(err)
	}
	return ssh.FingerprintSHA256(key)
}
