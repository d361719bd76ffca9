package refuge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// hostUnit is the name of the service where systemd runs.
const hostUnit = "buzzproof-refuge.service"

// healthWait is how long a release may take until it answers.
const healthWait = 20 * time.Second

// arguments are those of the server; files of the certificate lie in tls.
func (h *host) arguments(tls, state string) string {
	mode := "off"
	if h.Cert != "" {
		mode = tls + "/cert.pem," + tls + "/key.pem"
	}
	return fmt.Sprintf("%[1]s/current/buzzproof up %[1]s/current/site --listen %[2]s --tls %[3]s --state %[4]s --watch off --history=false --uplink none --lighten=false",
		h.Dir, h.Listen, mode, state)
}

// unit is the service. It may read its release and listen, and nothing else.
func (h *host) unit() string {
	credentials := ""
	if h.Cert != "" {
		credentials = fmt.Sprintf("LoadCredential=cert.pem:%[1]s/current/tls/cert.pem\nLoadCredential=key.pem:%[1]s/current/tls/key.pem\n", h.Dir)
	}
	return `[Unit]
Description=A site that fled here
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=` + h.arguments("%d", "%S/buzzproof-refuge") + `
Restart=always
RestartSec=1
DynamicUser=yes
StateDirectory=buzzproof-refuge
` + credentials + `AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
`
}

// findRunning sets $pids to our servers. The program that a process runs is
// looked at, not a file with its number, which outlives it.
const findRunning = `pids=
for f in $(grep -lsF "$d/current/buzzproof" /proc/[0-9]*/cmdline || :); do
  p=${f%/cmdline}
  case "$(readlink $p/exe || :)" in "$(readlink -f $d)"/releases/*) pids="$pids ${p#/proc/}";; esac
done
systemd() { [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; }
`

// running names the release that is served, "" if none is.
func (s *hostSession) running() (string, error) {
	out, err := s.run(findRunning + `for p in $pids; do basename "$(dirname "$(readlink /proc/$p/exe)")"; done`)
	return strings.TrimSpace(out), err
}

// stop ends the server and waits until it is gone.
func (s *hostSession) stop() error {
	_, err := s.run(findRunning + `if systemd && [ -e /etc/systemd/system/` + hostUnit + ` ]; then
  systemctl disable --now ` + hostUnit + ` && rm /etc/systemd/system/` + hostUnit + ` && systemctl daemon-reload
fi
for p in $pids; do kill $p 2>/dev/null || :; done
for p in $pids; do
  n=0; while kill -0 $p 2>/dev/null; do n=$((n+1)); [ $n -lt 100 ] || kill -9 $p 2>/dev/null || :; [ $n -lt 150 ] || exit 1; sleep 0.1; done
done`)
	if err != nil {
		return fmt.Errorf("stop the server at %w", err)
	}
	return nil
}

// start runs the current release. Everything of a plain process is redirected,
// or the channel of ssh would stay open as long as it lives.
func (s *hostSession) start() error {
	_, err := s.run(findRunning + `if systemd; then
cat >/etc/systemd/system/` + hostUnit + ` <<'UNIT'
` + s.unit() + `UNIT
systemctl daemon-reload; systemctl enable -q ` + hostUnit + `; systemctl restart ` + hostUnit + `
else
mkdir -p $d/state; chmod 700 $d/state
setsid nohup ` + s.arguments(s.Dir+"/current/tls", s.Dir+"/state") + ` </dev/null >$d/log 2>&1 &
fi`)
	if err != nil {
		return fmt.Errorf("start the server at %w", err)
	}
	return nil
}

// serve makes the current release answer. One that does not is taken back.
func (s *hostSession) serve(ctx context.Context) error {
	current, err := s.run("basename \"$(readlink $d/current)\"")
	if err != nil {
		return fmt.Errorf("look for a release at %w", err)
	}
	if _, err := s.answers(ctx); err == nil {
		return nil
	}
	unwell := s.restart(ctx)
	if unwell == nil {
		return nil
	}
	said, _ := s.run("tail -n 3 $d/log")
	unwell = fmt.Errorf("release %s does not answer at %s: %w: %s", strings.TrimSpace(current), s.base, unwell, strings.TrimSpace(said))
	if _, err := s.run("cd $d; ln -sfn \"$(readlink previous)\" current.new; [ -d current.new ]; mv -fT current.new current"); err != nil {
		return errors.Join(unwell, s.stop())
	}
	return errors.Join(unwell, s.restart(ctx))
}

func (s *hostSession) restart(ctx context.Context) error {
	if err := s.stop(); err != nil {
		return err
	}
	if err := s.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	for gone := 0; ; {
		now, err := s.answers(ctx)
		if err == nil {
			return nil
		}
		if gone++; now != "" {
			gone = 0
		}
		if gone == goneLooks {
			return fmt.Errorf("the server ended: %w", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// goneLooks is how often in a row the server is missed before it has ended:
// starting it takes a moment.
const goneLooks = 10

// answers reports whether the current release runs and answers, and not another
// server on the same port; now is the release that runs.
func (s *hostSession) answers(ctx context.Context) (now string, err error) {
	current, err := s.run("basename \"$(readlink $d/current)\"")
	if err != nil {
		return "", fmt.Errorf("look for a release at %w", err)
	}
	if now, err = s.running(); err != nil {
		return "", err
	}
	if now != strings.TrimSpace(current) {
		return now, errors.New("it does not run")
	}
	return now, s.healthy(ctx)
}

// healthy asks for a page, as visitors reach it. Whether it is the right one,
// and whose the certificate is, Verify says.
func (h *host) healthy(ctx context.Context) error {
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+"/", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("status %s", resp.Status)
	}
	return nil
}
