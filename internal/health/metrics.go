package health

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A Figure is a number with a name, for Prometheus.
type Figure struct {
	Name   string // buzzproof_line_bytes_total; counters end in _total
	Help   string // one line
	Labels []Label
	Value  float64
}

// A Label tells figures of one name apart.
type Label struct{ Name, Value string }

// Metrics answers with figures in the text format of Prometheus, version
// 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
func Metrics(figures func(context.Context) []Figure) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(exposition(figures(r.Context()))) // who has gone away reads no error
	})
}

// exposition writes figures of one name together, as the format wants it.
func exposition(figures []Figure) []byte {
	figures = slices.Clone(figures)
	slices.SortStableFunc(figures, func(a, b Figure) int { return strings.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	for i, f := range figures {
		if i == 0 || figures[i-1].Name != f.Name {
			kind := "gauge"
			if strings.HasSuffix(f.Name, "_total") {
				kind = "counter"
			}
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", f.Name, helpPlain.Replace(f.Help), f.Name, kind)
		}
		b.WriteString(f.Name)
		for j, l := range f.Labels {
			fmt.Fprintf(&b, `%c%s="%s"`, "{,"[min(j, 1)], l.Name, labelPlain.Replace(strings.ToValidUTF8(l.Value, "?")))
		}
		if len(f.Labels) > 0 {
			b.WriteByte('}')
		}
		fmt.Fprintf(&b, " %s\n", number(f.Value))
	}
	return b.Bytes()
}

var (
	helpPlain  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelPlain = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Figures are the machine's.
func (m Machine) Figures() (all []Figure) {
	add := func(name, help string, value float64, labels ...Label) {
		all = append(all, Figure{"buzzproof_" + name, help, labels, value})
	}
	add("machine_cpu_percent", "Part of all cores that was busy since the last look.", m.CPU)
	for i, minutes := range []string{"1", "5", "15"} {
		if i < len(m.Load) {
			add("machine_load", "Load average.", m.Load[i], Label{"minutes", minutes})
		}
	}
	add("machine_memory_bytes", "Memory that there is.", float64(m.Memory.Size))
	add("machine_memory_used_bytes", "Memory that is taken and cannot be given away at once.", float64(m.Memory.Used))
	add("machine_swap_bytes", "Swap that there is.", float64(m.Swap.Size))
	add("machine_swap_used_bytes", "Swap that is taken.", float64(m.Swap.Used))
	for _, d := range m.Disks {
		add("machine_disk_bytes", "Room that users have on a disk.", float64(d.Size), Label{"path", d.Path})
		add("machine_disk_used_bytes", "Room that is taken.", float64(d.Used), Label{"path", d.Path})
	}
	for _, t := range m.Temperatures {
		add("machine_temperature_celsius", "What a sensor says.", t.Celsius, Label{"sensor", t.Sensor})
	}
	for _, n := range m.Networks {
		add("machine_network_received_bytes_total", "Bytes that an interface received.", float64(n.Received), Label{"interface", n.Name})
		add("machine_network_sent_bytes_total", "Bytes that an interface sent.", float64(n.Sent), Label{"interface", n.Name})
		add("machine_network_errors_total", "Packets that were broken or dropped.", float64(n.Errors), Label{"interface", n.Name})
	}
	add("process_memory_bytes", "Memory of this program.", float64(m.Self.Memory))
	add("process_cpu_seconds_total", "Time that this program took of a core.", m.Self.CPU)
	add("process_threads", "Threads of this program.", float64(m.Self.Threads))
	add("process_open_files", "Files and connections that this program has open.", float64(m.Self.Files))
	return all
}

// StatusFigures are those of checks: 1 for the state that each is in, 0 for the
// others, as state sets are told.
func StatusFigures(all []Status) (figures []Figure) {
	for _, s := range all {
		labels := []Label{{"check", s.Name}, {"kind", s.Kind}}
		for _, state := range []string{Up, Slow, Near, Down, Unknown} {
			value := 0.0
			if s.State == state {
				value = 1
			}
			figures = append(figures, Figure{
				"buzzproof_check_state", "State of a check.",
				append(slices.Clone(labels), Label{"state", state}), value,
			})
		}
		figures = append(figures, Figure{"buzzproof_check_seconds", "How long the last look took.", labels, s.Took})
	}
	return figures
}
