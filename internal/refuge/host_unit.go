package refuge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
)

// unitName is what systemd calls our service.
const unitName = "buzzproof-refuge"

// stateFolder sets S to where the state of `up` is: systemd keeps it for a
// service that has a user of its own.
const stateFolder = `S="$B/state"; if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; then S=/var/lib/private/` + unitName +
	`; mkdir -p /var/lib/private; chmod 700 /var/lib/private; fi; mkdir -p "$S"; chmod 700 "$S"; `

// arguments are those of the program. A visit at a refuge is for anybody who
// comes: no line is to be spared. Its statistics are the meter.
func (h *host) arguments(tls, state string) []string {
	args := []string{
		"up", h.Dir + "/current/site", "--listen", h.Listen, "--uplink", "none", "--lighten=false",
		"--watch", "off", "--tls", tls,
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
	if h.Cert != "" {
		return folder + "/cert.pem," + folder + "/key.pem"
	}
	return h.TLS
}

// unitForm is the unit: %[1]s is the folder, %[2]s are the arguments, %[3]s the
// credentials, %[4]s the name.
const unitForm = `[Unit]
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
`

// unit is the service for systemd: a user that exists only while it runs, who
// can write nowhere but to its state and may open low ports.
func (h *host) unit() string {
	var credentials string
	if h.Cert != "" {
		credentials = fmt.Sprintf("LoadCredential=cert.pem:%[1]s/tls/cert.pem\nLoadCredential=key.pem:%[1]s/tls/key.pem\n", h.Dir)
	}
	return fmt.Sprintf(unitForm, h.Dir, strings.Join(h.arguments(h.tlsArgument("${CREDENTIALS_DIRECTORY}"), ""), " "), credentials, unitName)
}

// signature names how what runs is started: other files here, another start.
func (h *host) signature(there *inventory, release string) string {
	_, program, _ := strings.Cut(release, "-")
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%t\n%s", h.unit(), there.systemd, program)
	return hex.EncodeToString(sum.Sum(nil))[:32]
}
