package refuge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

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

// prune removes old releases, and programs that no release has. Nobody waits
// until the files are gone; whoever holds the folder next sees to it. What
// old cannot take, because it is being removed itself just now, goes at once.
func (h *host) prune(ctx context.Context, r *remote, there *inventory) error {
	_, err := r.run(ctx, h.script(fmt.Sprintf(`n=0; mkdir -p old
for d in $(ls -1dt releases/*/); do
  d=${d%%/}; case $d in *.part|releases/%s|releases/%s) continue;; esac
  n=$((n+1)); [ $n -lt %d ] || mv "$d" old/ || rm -rf "$d"
done
used=$(ls -l releases/*/buzzproof)
for p in programs/*; do case $used in *"$p"*) ;; *) mv "$p" old/ || rm -f "$p";; esac; done
setsid nohup rm -rf old </dev/null >/dev/null 2>&1 &`, there.current, there.previous, h.Keep)))
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
