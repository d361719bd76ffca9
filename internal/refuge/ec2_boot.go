package refuge

import "context"

// bootScript is the user data. Its words: the address of what is wanted, the
// longest life in minutes, where to serve, and --tls.
//
// The machine ends itself, and with it what it costs, when its time is over,
// when it was not told to go on, and when it cannot begin. Whatever it fetches
// is compared with its digest before it is used; what does not come or does not
// fit is asked for again a minute later, and what was there serves on.
const bootScript = `#!/bin/sh
set -u
next=%[1]s
shutdown -P +%[2]d
dir=${BUZZPROOF_DIR:-/opt/buzzproof}
mkdir -p "$dir" && cd "$dir" || { shutdown -P now; exit 1; }
until=$(( $(date +%%s) + 1800 ))
get() { if command -v curl >/dev/null; then curl -fsS --retry 3 -m 600 -o "$2" "$1"; else wget -q -T 600 -O "$2" "$1"; fi; }
word() { sed -n "s/^$1 //p" want; }
fetch() { # what, its digest, file, how it is packed
  [ -e "$3" ] && return 0
  get "$1" "$3.part" || return 1
  if [ "${4:-}" = gzip ]; then gzip -dc <"$3.part" >"$3.plain" && mv "$3.plain" "$3.part" || return 1; fi
  echo "$2  $3.part" | sha256sum -c >/dev/null 2>&1 && mv "$3.part" "$3"
}
renew() {
  get "$next" want.part && grep -qx end want.part && mv want.part want || return 1
  until=$(word until); next=$(word next)
  program=$(word program-sha256); site=$(word site-sha256)
  fetch "$(word program)" "$program" "program-$program" "$(word packed)" && chmod 755 "program-$program" || return 1
  if [ ! -d "site-$site" ]; then
    fetch "$(word site)" "$site" "$site.tar.gz" || return 1
    rm -rf "site-$site.part" && mkdir "site-$site.part" &&
      tar -xzmof "$site.tar.gz" -C "site-$site.part" && mv "site-$site.part" "site-$site" || return 1
    rm -f "$site.tar.gz"
  fi
  ln -sfn "site-$site" current.new && mv -T current.new current
}
dim() { # as home does for its stragglers: up heeds a note in its state
  note=$(word dim)
  [ -n "$note" ] || return 0
  state=$dir/state; [ ! -d /run/systemd/system ] || state=/var/lib/private/buzzproof
  mkdir -p "$state/evacuate" && chmod 755 "$state/evacuate" && echo "$note" >"$state/evacuate/new" &&
    chmod 644 "$state/evacuate/new" && mv "$state/evacuate/new" "$state/evacuate/away.json"
}
serve() {
  ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF -- "-> $dir/program-$program" && return 0
  systemctl stop buzzproof 2>/dev/null; systemctl reset-failed buzzproof 2>/dev/null
  set -- "$dir/program-$program" up "$dir/current/site" --listen %[3]s --tls %[4]s --uplink none --lighten=false --watch off --history=false
  [ %[4]s = off ] || set -- "$@" --redirect-http :80
  if [ -d /run/systemd/system ]; then
    systemd-run --quiet --unit=buzzproof -p DynamicUser=yes -p StateDirectory=buzzproof -p Restart=always \
      -p AmbientCapabilities=CAP_NET_BIND_SERVICE -p CapabilityBoundingSet=CAP_NET_BIND_SERVICE -p NoNewPrivileges=yes \
      -p ProtectSystem=strict -p ProtectHome=yes -p PrivateTmp=yes -p PrivateDevices=yes "$@"
  else
    setsid nohup "$@" --state "$dir/state" </dev/null >log 2>&1 &
  fi
}
while :; do
  renew && serve && dim
  [ "$(date +%%s)" -lt "$until" ] || { shutdown -P now; exit 0; }
  sleep ${BUZZPROOF_PAUSE:-60}
done
`

// Dim has everybody served the lightest pages from now on: the machine hears it
// with what it is to fetch.
func (e *ec2) Dim(ctx context.Context) error {
	p, err := e.wanted(ctx)
	if err != nil || p.Dim {
		return err
	}
	p.Dim = true
	return e.tell(ctx, p)
}

// KeepAlive tells the machine to go on. One that hears nothing for Silence
// hours ends itself.
func (e *ec2) KeepAlive(ctx context.Context) error {
	p, err := e.wanted(ctx)
	if err != nil {
		return err
	}
	return e.tell(ctx, p)
}
