package refuge

import (
	"archive/tar"
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// partSuffix marks a release that is not whole.
const partSuffix = ".part"

// Push sends what the machine does not hold in one stream and then moves one
// link. What lies there is known by reading it, so a file that was cut off is
// sent again and everything else is not.
func (h *host) Push(ctx context.Context, t Tree, progress func(done, total int64)) error {
	s, err := h.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	machine, err := s.run("mkdir -p $d/releases\nuname -m")
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	id, files, err := h.release(t, strings.TrimSpace(machine))
	if err != nil {
		return err
	}
	state, err := s.run("test ! -d $d/releases/" + id + " || echo there; test \"$(readlink $d/current)\" != releases/" + id + " || echo current")
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	if strings.Contains(state, "current") {
		return nil
	}
	if !strings.Contains(state, "there") {
		if err := s.send(id, files, &meter{progress: progress}); err != nil {
			return fmt.Errorf("push to %w", err)
		}
	}
	return s.publish(ctx, id)
}

// publish makes a whole release the current one. If something runs already it
// has to answer with it. Only the current and the previous release stay.
func (s *hostSession) publish(ctx context.Context, id string) error {
	_, err := s.run(`new=releases/` + id + `; cd $d
old=$(readlink current || :)
if [ -n "$old" ] && [ "$old" != $new ]; then ln -sfn "$old" previous.new; mv -fT previous.new previous; fi
ln -sfn $new current.new; mv -fT current.new current`)
	if err != nil {
		return fmt.Errorf("publish release %s at %w", id, err)
	}
	running, err := s.running()
	if err != nil {
		return err
	}
	if running != "" {
		if err := s.serve(ctx); err != nil {
			return err
		}
	}
	_, err = s.run(`cd $d
for r in releases/*; do
  [ "$r" = "$(readlink current)" ] || [ "$r" = "$(readlink previous)" ] || rm -rf "$r"
done`)
	return err
}

// held lists the files on the machine as "RELEASE/NAME" with their digests.
func (s *hostSession) held() (map[string]string, error) {
	out, err := s.run(`cd $d/releases; find . -type f ! -path '*/tls/*' -exec sha256sum {} +`)
	if err != nil {
		return nil, err
	}
	held := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(out))
	for lines.Scan() {
		if digest, name, ok := strings.Cut(lines.Text(), "  ./"); ok { // a name that sha256sum escapes is sent again
			held[name] = digest
		}
	}
	return held, lines.Err()
}

// send brings a release next to the others and gives it its name when it is
// whole and on disk.
func (s *hostSession) send(id string, files []hostFile, m *meter) error {
	held, err := s.held()
	if err != nil {
		return err
	}
	part := id + partSuffix
	var missing []hostFile
	for _, f := range files {
		if f.digest == "" || held[part+"/"+f.name] != f.digest {
			missing = append(missing, f)
			m.total += f.size
		}
	}
	m.add(0)
	in, out := io.Pipe()
	go func() { out.CloseWithError(writeTar(out, part, missing, held, m)) }() // ends when in is closed
	_, err = s.feed("tar -xof - -C "+s.Dir+"/releases", in)
	in.Close()
	if err != nil {
		return err
	}
	_, err = s.run("cd $d/releases; sync -f . 2>/dev/null || sync; mv -T " + part + " " + id)
	return err
}

// writeTar sends files, and links to those that the machine holds.
func writeTar(to io.Writer, part string, files []hostFile, held map[string]string, m *meter) error {
	buffered := bufio.NewWriterSize(to, 256<<10)
	w := tar.NewWriter(buffered)
	at := map[string]string{} // by mode and digest
	for name, digest := range held {
		at[key(modeOf(name), digest)] = name
	}
	for _, f := range files {
		head := &tar.Header{Name: part + "/" + f.name, Mode: f.mode, Size: f.size, Typeflag: tar.TypeReg}
		there := at[key(f.mode, f.digest)]
		switch {
		case f.link != "":
			head.Typeflag, head.Linkname = tar.TypeSymlink, f.link
		case there != "" && there != head.Name && f.mode != 0o600:
			head.Typeflag, head.Linkname, head.Size = tar.TypeLink, there, 0
		}
		if err := w.WriteHeader(head); err != nil {
			return fmt.Errorf("send %s: %w", f.name, err)
		}
		if head.Typeflag == tar.TypeReg {
			if err := copyFile(w, f); err != nil {
				return err
			}
			at[key(f.mode, f.digest)] = head.Name
		}
		m.add(f.size)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("end the stream: %w", err)
	}
	return buffered.Flush()
}

// key keeps programs and documents of the same bytes apart: a link has one mode.
func key(mode int64, digest string) string { return fmt.Sprint(mode, " ", digest) }

// modeOf is the mode of a file that the machine holds.
func modeOf(name string) int64 {
	if _, file, _ := strings.Cut(name, "/"); file == "buzzproof" {
		return 0o755
	}
	return 0o644
}

func copyFile(w io.Writer, f hostFile) error {
	in, err := os.Open(f.from)
	if err != nil {
		return fmt.Errorf("send %s: %w", f.name, err)
	}
	defer in.Close()
	if _, err := io.Copy(w, in); err != nil {
		return fmt.Errorf("send %s: %w", f.name, err)
	}
	return nil
}
