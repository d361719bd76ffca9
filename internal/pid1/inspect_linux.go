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
// what rights, and where something listens.
func inspect() resume.Page {
	page := resume.Page{{Text: " Processes", Style: resume.Heading}}
	found, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, dir := range found {
		program, err := os.Readlink(dir + "/exe")
		if err != nil {
			continue // a thread of the kernel, or gone
		}
		root, _ := os.Readlink(dir + "/root") // empty says that it is gone
		s := fields(dir+"/status", ":")
		page = append(page, resume.Line{Text: fmt.Sprintf(" pid %s %s uid %s root %s no_new_privs %s caps %s",
			filepath.Base(dir), program, first(s["Uid"]), root, s["NoNewPrivs"], cmp.Or(strings.TrimLeft(s["CapEff"], "0"), "none"))})
	}
	page = append(page, resume.Line{}, resume.Line{Text: " Listening TCP ports", Style: resume.Heading})
	for _, table := range []string{"tcp", "tcp6"} {
		raw, _ := os.ReadFile("/proc/net/" + table) // none without IPv6
		for line := range strings.Lines(string(raw)) {
			const listens = "0A"
			if f := strings.Fields(line); len(f) > 3 && f[3] == listens {
				var port int
				_, address, _ := strings.Cut(f[1], ":")
				if _, err := fmt.Sscanf(address, "%X", &port); err == nil {
					page = append(page, resume.Line{Text: fmt.Sprintf(" %s %d", table, port)})
				}
			}
		}
	}
	return page
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
