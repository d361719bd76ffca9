package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eximProgram lies where the shells of many users do not look.
const eximProgram = "/usr/sbin/exim4"

// plantedMailKey must be in nothing that is said.
const plantedMailKey = "planted-key-of-the-mail-server"

// eximConfig is a mail server that takes mail for anybody, into one box, from
// whoever knows a key. It says how only after STARTTLS.
const eximConfig = `
primary_hostname = mail.example.org
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%s
pid_file_path = %[1]s/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[2]d
exim_user = %[3]s
exim_group = %[4]s
trusted_users = %[3]s
deliver_drop_privilege
never_users =
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = %[1]s/mail.pem
tls_privatekey = %[1]s/mail.key
auth_advertise_hosts = ${if def:tls_in_cipher {*}}
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  deny    !encrypted = *
          message = TLS first
  accept  authenticated = *
  deny    message = no key
data:
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and {{eq{$auth2}{owner}}{eq{$auth3}{%[5]s}}}}
  server_set_id = $auth2
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = %[1]s/box
  envelope_to_add
`

// A postOffice is an exim with its own configuration, spool and certificate.
type postOffice struct {
	dir    string
	server string // HOST:PORT
}

func startExim(t *testing.T) *postOffice {
	t.Helper()
	need(t, "a real mail server", eximProgram)
	s := newStage(t)
	o := &postOffice{dir: s.subfolder(t, "exim")}
	// Exim does not deliver as root, so root gives its folder to the user that
	// the package has made.
	user, group := fmt.Sprint(os.Getuid()), fmt.Sprint(os.Getgid())
	if os.Getuid() == 0 {
		user, group = "Debian-exim", "Debian-exim"
	}
	port := freePort(t)
	o.server = loopback(port)
	certificate, private := certificateOfThisMachine(t)
	writeFile(t, filepath.Join(o.dir, "mail.pem"), certificate)
	writeFile(t, filepath.Join(o.dir, "mail.key"), private)
	config := filepath.Join(o.dir, "exim.conf")
	writeFile(t, config, fmt.Sprintf(eximConfig, o.dir, port, user, group, plantedMailKey))
	for _, folder := range []string{"spool", "log"} {
		if err := os.Mkdir(filepath.Join(o.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		run(t, exec.Command("chown", "-R", user+":"+group, o.dir))
		run(t, exec.Command("chown", "root:root", config)) // or exim does not believe it
	}
	p := s.start(t, filepath.Join(o.dir, "exim.log"), exec.Command(eximProgram, "-C", config, "-bdf", "-q1m"))
	waitUntil(t, p, 20*time.Second, "exim", func() bool { return listens(port) })
	return o
}

// channel is a section of the configuration that sends mail by it.
func (o *postOffice) channel(name string) string {
	return o.channelWith(name, plantedMailKey, filepath.Join(o.dir, "mail.pem"))
}

func (o *postOffice) channelWith(name, key, ca string) string {
	return fmt.Sprintf(`
[alert.%s]
kind = "mail"
server = %q
tls = "starttls"
ca = %q
user = "owner"
password = "file:%s"
from = "site@example.org"
to = ["owner@example.org", "other@example.org"]
`, name, o.server, ca, o.keyFile(key))
}

// keyFile is a file that holds a key; a secret does not lie in a configuration.
func (o *postOffice) keyFile(key string) string {
	file := filepath.Join(o.dir, "key-"+key[:4])
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		panic(err)
	}
	return file
}

// mail is all that has come.
func (o *postOffice) mail() string {
	text, _ := os.ReadFile(filepath.Join(o.dir, "box")) // nothing has come yet
	return string(text)
}

// certificateOfThisMachine makes a certificate that vouches for itself.
func certificateOfThisMachine(t *testing.T) (certificate, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", raw)
}

// A real mail server gets a mail over TLS, by a password that nobody else sees,
// once for everybody who is told; without the right key or certificate, nothing.
func TestARealMailServerTakesAlerts(t *testing.T) {
	o := startExim(t)
	strange, _ := certificateOfThisMachine(t)
	other := filepath.Join(o.dir, "other.pem")
	writeFile(t, other, strange)
	config := filepath.Join(o.dir, "c.toml")
	writeFile(t, config, o.channel("good")+o.channelWith("wrongkey", "wrong-key", filepath.Join(o.dir, "mail.pem"))+
		o.channelWith("stranger", plantedMailKey, other)+strings.Replace(o.channel("stale"), `tls = "starttls"`, `tls = "implicit"`, 1))
	test := func(channel string) (said string, err error) {
		out, err := exec.Command(buzzproof(t), "-c", config, "alert", "test", channel).CombinedOutput()
		return string(out), err
	}
	for channel, why := range map[string]string{"wrongkey": "535", "stranger": "certificate", "stale": "TLS"} {
		if said, err := test(channel); err == nil || !strings.Contains(said, why) || strings.Contains(said, plantedMailKey) {
			t.Errorf("%s: %v, %s", channel, err, said)
		}
	}
	if said, err := test("good"); err != nil {
		t.Fatalf("%v\n%s\n%s", err, said, tail(filepath.Join(o.dir, "log", "main")))
	}
	until(t, 20*time.Second, "two mails in the box", func() bool { return strings.Count(o.mail(), "\nSubject: ") == 2 })
	box := o.mail()
	for _, part := range []string{"esmtpsa ", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(box, part) {
			t.Errorf("the mail lacks %q:\n%s", part, box)
		}
	}
	for _, who := range []string{"owner@example.org", "other@example.org"} {
		if n := strings.Count(box, "\nEnvelope-to: "+who); n != 1 {
			t.Errorf("%d mails for %s:\n%s", n, who, box)
		}
	}
	if strings.Contains(box, plantedMailKey) {
		t.Errorf("the mail holds the key:\n%s", box)
	}
}
