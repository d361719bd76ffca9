package refuge

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// unitName is what systemd calls our service.
const unitName = "buzzproof-refuge"

// stateFolder sets S to where the state of `up` is: systemd keeps it for a
// service that has a user of its own.
const stateFolder = `S="$B/state"; if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; then S=/var/lib/private/` + unitName +
	`; mkdir -p /var/lib/private; chmod 700 /var/lib/private; fi; mkdir -p "$S"; chmod 700 "$S"; `

// arguments are those of the program. A visit at a refuge is for anybody who
// comes: no line is to be spared, and nothing is kept.
func (h *host) arguments(tls, state string) []string {
	args := []string{
		"up", h.Dir + "/current/site", "--listen", h.Listen, "--uplink", "none", "--lighten=false",
		"--watch", "off", "--history=false", "--tls", tls,
	}
	if state != "" {
		args = append(args, "--state", state)
	}
	if host, port, _ := net.SplitHostPort(h.Listen); h.TLS != "off" && port == "443" {
		args = append(args, "--redirect-http", net.JoinHostPort(host, "80"))
	}
	return args
}

// tlsArgument is what --tls is over there, where the files are in a folder.
func (h *host) tlsArgument(folder string) string {
	if strings.Contains(h.TLS, ",") {
		return folder + "/cert.pem," + folder + "/key.pem"
	}
	return h.TLS
}

// unit is the service for systemd: a user that exists only while it runs, who
// can write nowhere but to its state and may open low ports.
func (h *host) unit() string {
	var credentials string
	if strings.Contains(h.TLS, ",") {
		credentials = fmt.Sprintf("LoadCredential=cert.pem:%[1]s/tls/cert.pem\nLoadCredential=key.pem:%[1]s/tls/key.pem\n", h.Dir)
	}
	return fmt.Sprintf(`[Unit]
Description=buzzproof answers for a site that has fled here
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=%[1]s/current/buzzproof %[2]s
%[3]sRestart=always
RestartSec=1
KillSignal=SIGINT
TimeoutStopSec=30
DynamicUser=yes
StateDirectory=%[4]s
StateDirectoryMode=0700
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
PrivateDevices=yes
PrivateTmp=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`, h.Dir, strings.Join(h.arguments(h.tlsArgument("${CREDENTIALS_DIRECTORY}"), ""), " "), credentials, unitName)
}

// signature names how what runs is started: other files here, another start.
func (h *host) signature(there *inventory, release string) string {
	_, program, _ := strings.Cut(release, "-")
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%t\n%s", h.unit(), there.systemd, program)
	return hex.EncodeToString(sum.Sum(nil))[:32]
}

// start starts what is current, or starts it anew.
func (h *host) start(ctx context.Context, r *remote, there *inventory) error {
	script := stateFolder + `cd "$B"; setsid nohup current/buzzproof ` +
		quoteAll(h.arguments(h.tlsArgument(h.Dir+"/tls"), h.Dir+"/state")) + ` </dev/null >log 2>&1 & `
	if there.systemd {
		script = stateFolder + `printf %s ` + quote(h.unit()) + ` >/etc/systemd/system/` + unitName + `.service; systemctl daemon-reload; ` +
			`systemctl enable --quiet ` + unitName + `; systemctl restart ` + unitName
	}
	if err := h.stop(ctx, r); err != nil {
		return err
	}
	if _, err := r.run(ctx, h.script(script)); err != nil {
		return fmt.Errorf("start on %s: %w", h.Address, err)
	}
	return nil
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// stop ends what serves: by systemd, and whatever else runs a program of this
// folder. A file with a number in it would not be believed: the number may be
// somebody else's by now.
func (h *host) stop(ctx context.Context, r *remote) error {
	_, err := r.run(ctx, h.script(`U=/etc/systemd/system/`+unitName+`.service
if [ -d /run/systemd/system ] && [ -e $U ] && [ "$(id -u)" = 0 ]; then
  systemctl disable --quiet --now `+unitName+`; rm -f $U; systemctl daemon-reload
fi
ours() { ls -l /proc/[0-9]*/exe 2>/dev/null | grep -F -- "-> $B/programs/" | sed 's|.*/proc/\([0-9]*\)/exe.*|\1|'; }
kill -INT $(ours) 2>/dev/null || true
for i in $(seq 150); do [ -n "$(ours)" ] || exit 0; sleep 0.1; done
kill -KILL $(ours) 2>/dev/null || true`))
	if err != nil {
		return fmt.Errorf("stop what runs on %s: %w", h.Address, err)
	}
	return nil
}

// A taste is what is asked of a release to see that it is the one that
// answers. It is kept with the release.
type taste struct {
	Host    string            `json:"host"`
	Objects map[string]string `json:"objects"` // digest by key
}

// mostTasted is how many pages are asked for; all are later, by a Verifier.
const mostTasted = 5

// tasteOf prefers pages that the release before did not have.
func tasteOf(t Tree, known map[string]string) taste {
	objects := slices.Clone(t.Objects)
	slices.SortStableFunc(objects, func(x, y Object) int {
		rank := func(o Object) (n int) {
			if known[o.Digest] != "" {
				n += 2
			}
			if !o.Page {
				n++
			}
			return n
		}
		return rank(x) - rank(y)
	})
	some := taste{Host: t.Host, Objects: map[string]string{}}
	for _, o := range objects {
		if o.Status == http.StatusOK && o.Size < 1<<20 && len(some.Objects) < mostTasted {
			some.Objects[o.Key] = o.Digest
		}
	}
	return some
}

// adopt makes a release current. What runs goes over to it: a server follows
// the link by itself unless it has to be another program.
func (h *host) adopt(ctx context.Context, r *remote, there *inventory, t Tree, name string) error {
	if there.current != name {
		raw, err := json.Marshal(tasteOf(t, there.files))
		if err != nil {
			return err
		}
		_, err = r.run(ctx, h.script(`printf %s `+quote(string(raw))+` >releases/`+name+`/taste; echo `+quote(there.current)+` >previous; `+
			`ln -sfn releases/`+name+` current.new; mv -T current.new current`))
		if err != nil {
			return fmt.Errorf("make the release current on %s: %w", h.Address, err)
		}
		there.previous, there.current = there.current, name
	}
	if there.running {
		addrs, err := h.addresses(ctx)
		if err != nil {
			return err
		}
		place, err := h.at(addrs)
		if err != nil {
			return err
		}
		if err := h.bringUp(ctx, r, there, place); err != nil {
			return err
		}
	}
	return h.prune(ctx, r, there)
}

// prune removes old releases, and programs that no release has.
func (h *host) prune(ctx context.Context, r *remote, there *inventory) error {
	_, err := r.run(ctx, h.script(fmt.Sprintf(`n=0
for d in $(ls -1dt releases/*/); do
  d=${d%%/}; case $d in *.part|releases/%s|releases/%s) continue;; esac
  n=$((n+1)); [ $n -lt %d ] || rm -rf "$d"
done
used=$(ls -l releases/*/buzzproof)
for p in programs/*; do case $used in *"$p"*) ;; *) rm -f "$p";; esac; done`, there.current, there.previous, h.Keep)))
	if err != nil {
		return fmt.Errorf("remove old releases on %s: %w", h.Address, err)
	}
	return nil
}

// bringUp sees to it that what is current answers. If it does not, what was
// before it comes back.
func (h *host) bringUp(ctx context.Context, r *remote, there *inventory, place Place) error {
	err := h.serveCurrent(ctx, r, there, place)
	if err == nil || ctx.Err() != nil {
		return err
	}
	log, _ := r.run(ctx, h.script(`tail -n 3 log 2>/dev/null || true; `+
		`if [ -d /run/systemd/system ]; then journalctl -q -n 3 -o cat -u `+unitName+`; fi`)) // only for the message
	err = fmt.Errorf("what was pushed to %s does not answer: %w; it says: %s", h.Address, err, lastWords(log))
	if !there.releases[there.previous] {
		return err
	}
	_, back := r.run(ctx, h.script(`ln -sfn releases/`+there.previous+` current.new; mv -T current.new current; : >previous`))
	if back == nil {
		there.current, there.previous, there.running = there.previous, "", false
		back = h.serveCurrent(ctx, r, there, place)
	}
	if back != nil {
		return fmt.Errorf("%w; going back failed too: %w", err, back)
	}
	return fmt.Errorf("%w; the release before it answers again", err)
}

// serveCurrent starts what is current, if need be, and waits until it answers.
func (h *host) serveCurrent(ctx context.Context, r *remote, there *inventory, place Place) error {
	signature := h.signature(there, there.current)
	if !there.running || there.signature != signature {
		if err := h.start(ctx, r, there); err != nil {
			return err
		}
		if _, err := r.run(ctx, h.script(`echo `+signature+` >run`)); err != nil {
			return fmt.Errorf("host %s: %w", h.Address, err)
		}
		there.running, there.signature = true, signature
	}
	raw, err := r.run(ctx, h.script(`cat current/taste`))
	if err != nil {
		return fmt.Errorf("host %s: %w", h.Address, err)
	}
	var want taste
	if err := json.Unmarshal([]byte(raw), &want); err != nil {
		return fmt.Errorf("host %s: what is to be asked: %w", h.Address, err)
	}
	return h.healthy(ctx, r, place, want)
}

// healthyWithin is how long a start may take: a store of 10,000 pages is read
// in two seconds on a slow disk.
const healthyWithin = 20 * time.Second

// healthy asks until the right answers come.
func (h *host) healthy(ctx context.Context, r *remote, place Place, want taste) error {
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	client := h.tunnel(r, place)
	defer client.CloseIdleConnections()
	for {
		err := tasted(ctx, client, place, want)
		if err == nil {
			return nil
		}
		if wait(ctx, 200*time.Millisecond) != nil {
			return err
		}
	}
}

// tunnel is a client that asks from the machine itself, where sshd lets it: the
// way from here may be shut. Whether the certificate is right is the Verifier's
// business.
func (h *host) tunnel(r *remote, place Place) *http.Client {
	port, _ := portOf(h.Listen) // newHost has read it
	inside, _, _ := net.SplitHostPort(h.Listen)
	if ip := net.ParseIP(inside); ip == nil || ip.IsUnspecified() {
		inside = "127.0.0.1"
	}
	return &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, outside string) (net.Conn, error) {
				conn, err := r.client.DialContext(ctx, "tcp", net.JoinHostPort(inside, fmt.Sprint(port)))
				if err == nil || !strings.Contains(err.Error(), "prohibited") {
					return conn, err
				}
				return h.pace.dial(ctx, network, outside)
			},
		},
	}
}

// tasted asks for what a release should answer.
func tasted(ctx context.Context, client *http.Client, place Place, want taste) error {
	for key, digest := range want.Objects {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, place.Base+key, nil)
		if err != nil {
			return err
		}
		r.Host = want.Host
		r.Header.Set("Accept-Encoding", "identity")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, io.LimitReader(resp.Body, 2<<20))
		_ = resp.Body.Close() // read to its end
		switch got := hex.EncodeToString(sum.Sum(nil)); {
		case err != nil:
			return err
		case resp.StatusCode != http.StatusOK:
			return fmt.Errorf("%s answers with status %d", key, resp.StatusCode)
		case got != digest && resp.Header.Get("Cache-Control") != dimmed:
			return fmt.Errorf("%s answers with something else", key)
		}
	}
	return nil
}

// dimmed is the Cache-Control of what `up` has chosen for one visit, such as a
// lite page while it is told to spare.
const dimmed = "private, no-cache"

// bringSecrets copies certificates and keys, which only their owner may read.
func (h *host) bringSecrets(ctx context.Context, r *remote) error {
	files := map[string]string{} // here, by name over there
	script := `mkdir -p tls; tar -xmof - -C tls`
	if cert, key, ok := strings.Cut(h.TLS, ","); ok {
		files["cert.pem"], files["key.pem"] = cert, key
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
	if err := r.pipe(ctx, h.script("umask 077; "+script), bytes.NewReader(packed)); err != nil {
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
	return b.Bytes(), errors.Join(w.Close())
}
