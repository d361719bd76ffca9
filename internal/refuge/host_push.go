package refuge

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"

	kgzip "github.com/klauspost/compress/gzip"
)

// The folder on the machine:
//
//	releases/NAME/index      what is in it: digest, size, path
//	releases/NAME/buzzproof  -> ../../programs/DIGEST
//	releases/NAME/site       the store that `up` serves
//	releases/NAME.part       one that is on its way, or was cut off
//	programs/DIGEST          the program
//	current                  -> releases/NAME
//	state, tls, log, run     of what serves

// script is a script that starts in the folder and ends at its first failure.
func (h *host) script(text string) string {
	return "set -eu; umask 022; B=" + quote(h.Dir) + "; mkdir -p \"$B/releases\" \"$B/programs\"; cd \"$B\"; " + text
}

// hold connects and holds the folder, so that two who push there take turns.
// The machine lets go when the connection ends, however it does.
func (h *host) hold(ctx context.Context) (*remote, error) {
	r, err := h.connect(ctx)
	if err != nil {
		return nil, err
	}
	err = r.shell(h.script(`if command -v flock >/dev/null; then exec 9>lock; flock -w 600 9 2>/dev/null || flock 9; fi; export E="$B/err"; : >"$E"; echo held`))
	if err != nil {
		r.close()
		return nil, fmt.Errorf("host %s: prepare %s: %w", h.Address, h.Dir, cmp.Or(ctx.Err(), err))
	}
	return r, nil
}

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

const lookScript = `
echo "uid $(id -u)"; echo "machine $(uname -m)"
if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; then echo "systemd yes"; fi
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
		switch word {
		case "uid":
			v.uid = rest
		case "machine":
			v.machine = rest
		case "systemd":
			v.systemd = true
		case "free":
			kilobytes, _ := strconv.ParseInt(rest, 10, 64) // 0 for what cannot be read: too little
			v.free = kilobytes << 10
		case "current":
			v.current = strings.TrimPrefix(rest, "releases/")
		case "previous":
			v.previous = rest
		case "signature":
			v.signature = rest
		case "running":
			v.running = true
		case "port":
			v.ports += rest + " "
		case "cut":
			v.cut = true
		case "program":
			v.programs[rest] = true
		case "release":
			release = rest
			v.releases[strings.TrimPrefix(rest, "releases/")] = true
		default:
			if _, name, ok := strings.Cut(rest, " "); ok && len(word) == 64 && release != "" {
				v.files[word] = release + "/" + name
			}
		}
	}
	return v
}

// Push brings the program and the site, what the machine lacks of them, and
// makes them current. What runs there goes over to them, or what was before
// comes back.
func (h *host) Push(ctx context.Context, t Tree, progress func(done, total int64)) error {
	want, err := newRelease(t)
	if err != nil {
		return err
	}
	r, err := h.hold(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	there, err := h.look(ctx, r)
	if err != nil {
		return err
	}
	program, err := h.program(there.machine)
	if err != nil {
		return err
	}
	if err := h.bring(ctx, r, there, want, program, &meter{progress: progress}); err != nil {
		return fmt.Errorf("push to %s: %w", h.Address, err)
	}
	if err := h.bringSecrets(ctx, r); err != nil {
		return err
	}
	return h.adopt(ctx, r, there, t, want.name+"-"+program.digest[:8])
}

// A programFile is the buzzproof for a machine.
type programFile struct {
	file, digest string
	size         int64
}

// elfMachines are the kinds of processors by what uname -m calls them.
var elfMachines = map[string]elf.Machine{
	"x86_64": elf.EM_X86_64, "aarch64": elf.EM_AARCH64, "armv7l": elf.EM_ARM, "armv6l": elf.EM_ARM,
	"i686": elf.EM_386, "riscv64": elf.EM_RISCV,
}

// program finds a buzzproof for a machine. It is read: the name of a file does
// not say for what it was built.
func (h *host) program(machine string) (programFile, error) {
	p := programFile{file: h.Program}
	if p.file == "" {
		if runtime.GOOS != "linux" {
			return p, fmt.Errorf("host: this program is for %s, and %s runs Linux on %s: set program", runtime.GOOS, h.Address, machine)
		}
		var err error
		if p.file, err = os.Executable(); err != nil {
			return p, fmt.Errorf("find this program: %w", err)
		}
	}
	f, err := os.Open(p.file)
	if err != nil {
		return p, fmt.Errorf("host: program: %w", err)
	}
	defer f.Close()
	image, err := elf.NewFile(f)
	if err != nil {
		return p, fmt.Errorf("host: program %s is not one for Linux: %w", p.file, err)
	}
	if want, known := elfMachines[machine]; known && image.Machine != want {
		return p, fmt.Errorf("host: %s is a program for %s, and %s is a %s: set program", p.file, image.Machine, h.Address, machine)
	}
	sum := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return p, err
	}
	if p.size, err = io.Copy(sum, f); err != nil {
		return p, fmt.Errorf("read %s: %w", p.file, err)
	}
	p.digest = hex.EncodeToString(sum.Sum(nil))
	return p, nil
}

// bring sends what is missing of the program and the release.
func (h *host) bring(ctx context.Context, r *remote, there *inventory, want *release, p programFile, m *meter) error {
	name := want.name + "-" + p.digest[:8]
	if there.releases[name] {
		return nil
	}
	if there.cut {
		if err := h.lookAtPart(ctx, r, there, name); err != nil {
			return err
		}
	}
	var need int64
	for _, f := range want.files {
		if there.files[f.digest] == "" && there.part[f.path] != f.digest {
			need += f.size
		}
	}
	m.total = need
	if !there.programs[p.digest] {
		m.total += p.size
	}
	m.add(0)
	if room := there.free - m.total - int64(len(want.files))*4096; room < 16<<20 { // each file takes a block more
		return fmt.Errorf("the disk is too full: %d MB are to come and %d MB are free", m.total>>20, there.free>>20)
	}
	if !there.programs[p.digest] {
		if err := h.bringProgram(ctx, r, p, m); err != nil {
			return err
		}
	}
	part := "releases/" + name + ".part"
	have := func(f releaseFile) string {
		if f.digest != "" && there.part[f.path] == f.digest {
			return "."
		}
		return there.files[f.digest]
	}
	err := h.stream(ctx, r, `tar -xmof -`, func(to io.Writer) error { return want.writeTar(ctx, to, part, have, m) })
	if err != nil {
		return err
	}
	// The list comes last and gives the release its name: it is there if all is.
	_, err = r.run(ctx, h.script(fmt.Sprintf(`case $(sha256sum <%[2]s/index) in %[4]s*) ;; *) echo "not all has come" >&2; exit 1;; esac; `+
		`ln -sfn ../../programs/%[1]s %[2]s/buzzproof; sync; mv -T %[2]s releases/%[3]s`, p.digest, part, name, want.name)))
	return err
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

func (h *host) bringProgram(ctx context.Context, r *remote, p programFile, m *meter) error {
	name := "programs/" + p.digest
	return h.stream(ctx, r, `cat >`+name+`.part; chmod 755 `+name+`.part; sync; `+
		`echo '`+p.digest+`  `+name+`.part' | sha256sum -c >/dev/null; mv `+name+`.part `+name, func(to io.Writer) error {
		f, err := os.Open(p.file)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(to, io.TeeReader(f, m))
		return err
	})
}

// Write counts what goes through a meter.
func (m *meter) Write(p []byte) (int, error) {
	m.add(int64(len(p)))
	return len(p), nil
}

// stream sends what write writes to a script over there. On the way through
// the internet it is compressed: the line at home is slower than any processor.
func (h *host) stream(ctx context.Context, r *remote, script string, write func(io.Writer) error) error {
	in, out := io.Pipe()
	if h.far(r) {
		script = `gzip -dc | ( ` + script + ` )`
	}
	written := make(chan error, 1)
	go func() {
		err := h.writeStream(r, out, write)
		out.CloseWithError(err)
		written <- err
	}()
	err := r.pipe(ctx, h.script(script), in)
	_ = in.Close() // it ends the writer if the reader went first
	if werr := <-written; werr != nil && err == nil || errors.Is(werr, errDamaged) {
		return werr
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		err = errCut
	}
	return err
}

func (h *host) writeStream(r *remote, out io.Writer, write func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(out, 256<<10)
	if !h.far(r) {
		return errors.Join(write(buffered), buffered.Flush())
	}
	z, err := kgzip.NewWriterLevel(buffered, kgzip.DefaultCompression)
	if err != nil {
		return err
	}
	return errors.Join(write(z), z.Close(), buffered.Flush())
}

// far reports whether the machine is beyond the own network.
func (h *host) far(r *remote) bool {
	a, err := netip.ParseAddrPort(r.client.RemoteAddr().String())
	return err == nil && !a.Addr().Unmap().IsLoopback() && !a.Addr().Unmap().IsPrivate() && !a.Addr().IsLinkLocalUnicast()
}
