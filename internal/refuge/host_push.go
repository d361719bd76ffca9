package refuge

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
)

// The folder on the machine:
//
//	releases/NAME/index      what is in it: digest, size, path
//	releases/NAME/buzzproof  -> ../../programs/DIGEST
//	releases/NAME/site       the store that `up` serves
//	releases/NAME.part       one that is on its way, or was cut off
//	programs/DIGEST          what is loaded of the program
//	old                      releases and programs that are being removed
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

// Push brings the program and the site, what the machine lacks of them, and
// makes them current. What runs there goes over to them, or what was before
// comes back.
func (h *host) Push(ctx context.Context, t Tree, progress func(done, total int64)) error {
	want, err := newRelease(t)
	if err != nil {
		return err
	}
	read := sync.OnceValues(h.readProgram)
	go func() { _, _ = read() }() // while the machine is reached
	r, err := h.hold(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	there, err := h.look(ctx, r)
	if err != nil {
		return err
	}
	program, err := read()
	if err == nil {
		err = h.fits(program, there.machine)
	}
	if err == nil {
		program, err = there.recognise(program)
	}
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
	m.total = there.needs(want, p)
	m.add(0)
	if there.free-m.total-blocks(want) < spareDisk {
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
	// The list comes last and gives the release its name: it is there if all is.
	return h.stream(ctx, r, fmt.Sprintf(`tar -xmof -; case $(sha256sum <%[2]s/index) in %[4]s*) ;; *) echo "not all has come" >&2; exit 1;; esac; `+
		`ln -sfn ../../programs/%[1]s %[2]s/buzzproof; sync; mv -T %[2]s releases/%[3]s`, p.digest, part, name, want.name),
		func(to io.Writer) error { return want.writeTar(ctx, to, part, have, m) })
}

// needs is how many bytes a push brings.
func (v *inventory) needs(want *release, p programFile) int64 {
	if v.programs[p.digest] {
		return v.lacks(want)
	}
	return v.lacks(want) + p.size
}

// lacks is how many bytes of a release are not there.
func (v *inventory) lacks(want *release) (n int64) {
	for _, f := range want.files {
		if v.files[f.digest] == "" && v.part[f.path] != f.digest {
			n += f.size
		}
	}
	return n
}

// bringProgram has the machine fetch the program, if it is said where, or sends
// it. What it fetches may be the file as it lies here: it cuts that itself.
func (h *host) bringProgram(ctx context.Context, r *remote, p programFile, m *meter) error {
	part := "programs/" + p.digest + ".part"
	check := `chmod 755 ` + part + `; sync; echo '` + p.digest + `  ` + part + `' | sha256sum -c >/dev/null; mv ` + part + ` programs/` + p.digest
	if h.ProgramURL != "" {
		u := quote(h.ProgramURL)
		_, err := r.run(ctx, h.script(fmt.Sprintf(`{ curl -fsSL --max-time %[1]d %[2]s || wget -qO - -t 1 -T %[1]d %[2]s; } >%[3]s; %[4]s; %[5]s`, fetchPatience, u, part, p.cut(part), check)))
		if err == nil {
			m.add(p.size)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	return h.stream(ctx, r, `cat >`+part+`; `+check, func(to io.Writer) error {
		in, err := p.open()
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(to, io.TeeReader(in, m))
		return err
	})
}

// fetchPatience is how many seconds a machine may take to fetch the program, and
// for how many wget may hear nothing, which else tries 20 times: at a rented
// one's 100 Mbit/s it takes 5.
const fetchPatience = 60

// Write counts what goes through a meter.
func (m *meter) Write(p []byte) (int, error) {
	m.add(int64(len(p)))
	return len(p), nil
}

// stream sends what write writes to a script over there. On the way through
// the internet it is packed.
func (h *host) stream(ctx context.Context, r *remote, script string, write func(io.Writer) error) error {
	if !h.far(r) {
		return r.pipe(ctx, h.script(script), buffered(write))
	}
	return r.pipe(ctx, h.script(`gzip -dc | ( `+script+` )`), buffered(func(to io.Writer) error { return inGzip(to, write) }))
}

// buffered has what is written go out in large portions.
func buffered(write func(io.Writer) error) func(io.Writer) error {
	return func(to io.Writer) error {
		b := bufio.NewWriterSize(to, 256<<10)
		return errors.Join(write(b), b.Flush())
	}
}

// far reports whether the machine is beyond the own network.
func (h *host) far(r *remote) bool {
	a, err := netip.ParseAddrPort(r.client.RemoteAddr().String())
	return err == nil && !a.Addr().Unmap().IsLoopback() && !a.Addr().Unmap().IsPrivate() && !a.Addr().IsLinkLocalUnicast()
}
