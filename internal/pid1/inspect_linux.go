package pid1

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"buzzproof/internal/resume"
)

// inspect is a page about the system, as the kernel tells it: who runs, with
// what rights, where something listens, and what was said lately.
func (m *machine) inspect() resume.Page {
	var page resume.Page
	section := func(heading string, lines []string) {
		if len(lines) == 0 {
			return
		}
		page = append(page, resume.Line{Text: " " + heading, Style: resume.Heading})
		for _, line := range lines {
			page = append(page, resume.Line{Text: " " + line})
		}
	}
	section("Processes", processes())
	section("Ports", ports())
	section("Addresses", addresses())
	section("Memory", []string{fmt.Sprintf("%d MB free", available()>>10)})
	dog := "none in this machine"
	if name := m.dog.Load(); name != nil {
		dog = *name + ", fed"
	}
	section("Watchdog", []string{dog})
	section("Said lately", m.board.all())
	return page
}

func processes() []string {
	var all []string
	found, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, dir := range found {
		program, err := os.Readlink(dir + "/exe")
		if err != nil {
			continue // a thread of the kernel, or gone
		}
		root, _ := os.Readlink(dir + "/root") // empty says that it is gone
		s := fields(dir+"/status", ":")
		all = append(all, fmt.Sprintf("pid %s %s uid %s root %s no_new_privs %s caps %s",
			filepath.Base(dir), program, first(s["Uid"]), root, s["NoNewPrivs"], cmp.Or(strings.TrimLeft(s["CapEff"], "0"), "none")))
	}
	return all
}

// ports are the sockets that something may come to: TCP's that listen, and UDP's.
func ports() []string {
	var all []string
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		raw, _ := os.ReadFile("/proc/net/" + table) // none without IPv6
		for line := range strings.Lines(string(raw)) {
			const listens, unconnected = "0A", "07"
			if f := strings.Fields(line); len(f) > 3 && (f[3] == listens || f[3] == unconnected) {
				var port int
				_, address, _ := strings.Cut(f[1], ":")
				if _, err := fmt.Sscanf(address, "%X", &port); err == nil {
					all = append(all, fmt.Sprintf("%s %d", table, port))
				}
			}
		}
	}
	return all
}

// fields reads a file of names and values.
func fields(name, separator string) map[string]string {
	raw, _ := os.ReadFile(name) // a process may be gone
	all := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(line, separator); ok {
			all[key] = strings.TrimSpace(value)
		}
	}
	return all
}

func first(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}
