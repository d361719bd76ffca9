package refuge

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"buzzproof/internal/site"
)

// Check logs in and looks whether everything would work.
func (h *host) Check(ctx context.Context) []site.Finding {
	r, err := h.hold(ctx)
	if err != nil {
		return []site.Finding{{About: "host", Found: err.Error(), Mend: "try: " + h.byHand()}}
	}
	defer r.close()
	there, err := h.look(ctx, r)
	if err != nil {
		return []site.Finding{{About: "host", Found: err.Error(), Mend: "set sudo = true, or: " + h.byHand() + " sudo install -d -o " + h.User + " " + h.Dir}}
	}
	findings := []site.Finding{{About: "host", OK: true, Found: h.User + " can log in and write to " + h.Dir}}
	program := site.Finding{About: "program", OK: true, Found: "there is a buzzproof for " + there.machine}
	if _, err := h.program(there.machine); err != nil {
		program = site.Finding{About: "program", Found: err.Error(), Mend: "build one for it and set program"}
	}
	disk := site.Finding{About: "disk", OK: there.free > lowDisk, Found: fmt.Sprintf("%d MB are free", there.free>>20)}
	if !disk.OK {
		disk.Mend = "free some space; what takes it: " + h.byHand() + " sudo du -xhd2 / | sort -h | tail"
	}
	return append(findings, program, disk, h.checkPort(there), h.checkWidth(ctx, r, there))
}

// byHand is how the owner gets there by himself.
func (h *host) byHand() string {
	name, port, _ := net.SplitHostPort(h.Address) // it was put together by newHost
	if port == "22" {
		return "ssh " + h.User + "@" + name
	}
	return "ssh -p " + port + " " + h.User + "@" + name
}

// lowDisk is what a site of some size with the program needs.
const lowDisk = 500 << 20

// checkPort looks whether somebody else listens where we are to serve.
func (h *host) checkPort(there *inventory) site.Finding {
	f := site.Finding{About: "port", OK: true, Found: h.Listen + " is free or ours"}
	port, err := portOf(h.Listen)
	taken := err == nil && !there.running && strings.Contains(there.ports, fmt.Sprintf(":%04X ", port))
	if taken {
		f.OK, f.Found, f.Mend = false, "somebody else listens on port "+strconv.Itoa(port), "stop it, or set listen; who it is: "+h.byHand()+fmt.Sprintf(" sudo ss -ltnp sport = :%d", port)
	}
	if port < 1024 && there.uid != "0" {
		f.OK, f.Found, f.Mend = false, h.User+" may not listen on port "+strconv.Itoa(port), "set sudo = true, user = \"root\" or another listen"
	}
	return f
}

// checkWidth looks whether the key can do more than it needs: root is needed
// for a port below 1024 and for a unit of systemd.
func (h *host) checkWidth(ctx context.Context, r *remote, there *inventory) site.Finding {
	f := site.Finding{About: "key", OK: true, Found: h.User + " is not root, and cannot become it"}
	port, _ := portOf(h.Listen) // it was read by newHost
	if there.uid == "0" {
		f.Found = "the key is root's, as its port or its unit needs: let nothing else be on that machine"
		if port >= 1024 && !there.systemd {
			f.OK, f.Found = false, "the key is root's, and nothing needs that"
			f.Mend = h.byHand() + " useradd -m buzzproof; let the key log in as it, and set user = \"buzzproof\" and dir = \"/home/buzzproof/refuge\""
		}
		return f
	}
	out, err := r.run(ctx, h.script("if sudo -n true 2>/dev/null; then echo all; fi"))
	switch {
	case err != nil:
		f.Found = "whether " + h.User + " can become root could not be asked: " + err.Error()
	case strings.TrimSpace(out) == "all":
		f.OK, f.Found = false, h.User+" can do everything by sudo without a password, and nothing needs that"
		f.Mend = "take its NOPASSWD away; where it is: " + h.byHand() + " sudo grep -rn NOPASSWD /etc/sudoers /etc/sudoers.d"
	}
	return f
}

// Room compares what a push would bring with what is free.
func (h *host) Room(ctx context.Context, t Tree) site.Finding {
	f := site.Finding{About: "quota", OK: true}
	total, free, err := h.room(ctx, t)
	if err != nil {
		f.OK, f.Found, f.Mend = false, err.Error(), "try: "+h.byHand()
		return f
	}
	f.Found = fmt.Sprintf("%d MB are to come and %d MB are free", total>>20, free>>20)
	if free-total < spareDisk {
		f.OK, f.Mend = false, "free some space; what takes it: "+h.byHand()+" sudo du -xhd2 / | sort -h | tail"
	}
	return f
}

func (h *host) room(ctx context.Context, t Tree) (total, free int64, err error) {
	want, err := newRelease(t)
	if err != nil {
		return 0, 0, err
	}
	r, err := h.hold(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer r.close()
	there, err := h.look(ctx, r)
	if err != nil {
		return 0, 0, err
	}
	p, err := h.program(there.machine)
	if err == nil {
		p, err = there.recognise(p)
	}
	if err != nil {
		return 0, 0, err
	}
	if there.releases[want.name+"-"+p.digest[:8]] {
		return 0, there.free, nil
	}
	return there.needs(want, p) + blocks(want), there.free, nil
}

// spareDisk is what must stay free after a push.
const spareDisk = 16 << 20

// blocks is what files take on a disk beyond their bytes: a block each.
func blocks(want *release) int64 { return int64(len(want.files)) * 4096 }
