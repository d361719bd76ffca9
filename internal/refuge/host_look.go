package refuge

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// An inventory is what is on the machine.
type inventory struct {
	uid, machine string
	systemd      bool
	free         int64
	current      string // name of the release
	previous     string // the one before it
	signature    string // of how what runs was started
	running      bool
	ports        string            // of /proc/net/tcp: who listens
	releases     map[string]bool   // whole ones
	programs     map[string]bool   // by digest
	files        map[string]string // path of a whole file by its digest
	cut          bool              // a push was
	part         map[string]string // digest by path within the release that was cut off
}

// What is left in old may be being removed still by the push before, and two
// who remove the same get into each other's way: that is no failure.
const lookScript = `
rm -rf old || true; U=$(id -u); echo "uid $U"; echo "machine $(uname -m)"
if [ -d /run/systemd/system ] && [ $U = 0 ]; then echo "systemd yes"; fi
echo "free $(df -Pk . | awk 'END { print $4 }')"
echo "current $(readlink current 2>/dev/null || true)"
echo "previous $(cat previous 2>/dev/null || true)"
echo "signature $(cat run 2>/dev/null || true)"
if ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF -- "-> $B/programs/"; then echo "running yes"; fi
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print "port " $2 " " }'
for p in releases/*.part programs/*.part; do if [ -e "$p" ]; then echo "cut $p"; fi; done
for p in programs/*; do case $p in *.part|*'*') ;; *) echo "program ${p#programs/}";; esac; done
for r in releases/*/index; do case $r in *.part/index|*'*/index') ;; *)
  echo "release ${r%/index}"; cat "$r";; esac; done
`

// look asks the machine what it has.
func (h *host) look(ctx context.Context, r *remote) (*inventory, error) {
	out, err := r.run(ctx, h.script(lookScript))
	if err != nil {
		return nil, fmt.Errorf("look at %s on %s: %w", h.Dir, h.Address, err)
	}
	return readInventory(out), nil
}

// readInventory reads what lookScript says.
func readInventory(text string) *inventory {
	v := &inventory{releases: map[string]bool{}, programs: map[string]bool{}, files: map[string]string{}, part: map[string]string{}}
	release := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		_, name, listed := strings.Cut(rest, " ")
		switch {
		case word == "release":
			release = rest
			v.releases[strings.TrimPrefix(rest, "releases/")] = true
		case listed && len(word) == 64 && release != "":
			v.files[word] = release + "/" + name
		default:
			v.set(word, rest)
		}
	}
	return v
}

// set takes in what the machine says of itself.
func (v *inventory) set(word, value string) {
	switch word {
	case "uid":
		v.uid = value
	case "machine":
		v.machine = value
	case "systemd":
		v.systemd = true
	case "free":
		kilobytes, _ := strconv.ParseInt(value, 10, 64) // 0 for what cannot be read: too little
		v.free = kilobytes << 10
	case "current":
		v.current = strings.TrimPrefix(value, "releases/")
	case "previous":
		v.previous = value
	case "signature":
		v.signature = value
	case "running":
		v.running = true
	case "port":
		v.ports += value + " "
	case "cut":
		v.cut = true
	case "program":
		v.programs[value] = true
	}
}

// recognise returns the program under the name by which the machine has it.
// Earlier ones were brought as they lay: they are not brought anew, nor is what
// runs begun anew, for lack of bytes that only debuggers read.
func (v *inventory) recognise(p programFile) (programFile, error) {
	if v.programs[p.digest] || len(v.programs) == 0 {
		return p, nil
	}
	whole, err := p.whole()
	if v.programs[whole] {
		p.digest = whole
	}
	return p, err
}

// lookAtPart finds what an earlier push has brought of this release. The last
// file may have been cut off, so they are read. Other cut off ones go: their
// room may be needed.
func (h *host) lookAtPart(ctx context.Context, r *remote, there *inventory, name string) error {
	part := "releases/" + name + ".part"
	out, err := r.run(ctx, h.script(`for p in releases/*.part; do [ "$p" = `+part+` ] || rm -rf "$p"; done; rm -f programs/*.part; `+
		`if [ -d `+part+` ]; then cd `+part+`; find . -type f -exec sha256sum {} +; fi`))
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		digest, file, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ./")
		if ok && len(digest) == 64 { // a name that sha256sum has to escape begins its line otherwise, and is sent again
			there.part[file] = digest
		}
	}
	return nil
}
