package guard

import (
	"os"
	"strings"
	"testing"

	"buzzproof/internal/site"
)

// labelled reads testdata/agents.tsv.
func labelled(t testing.TB) (agents []string, classes []site.Class) {
	t.Helper()
	text, err := os.ReadFile("testdata/agents.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		word, agent, _ := strings.Cut(line, "\t")
		what, known := kindOf(word)
		if !known || agent == "" {
			t.Fatalf("testdata/agents.tsv: %q has no class or no agent", line)
		}
		agents, classes = append(agents, agent), append(classes, site.Class(what))
	}
	return agents, classes
}

func TestNearlyAllOfTheLabelledAgentsAreToldRight(t *testing.T) {
	agents, classes := labelled(t)
	right := 0
	for i, agent := range agents {
		got := ClassOf(agent)
		if got == classes[i] {
			right++
			continue
		}
		t.Logf("%v taken for %v: %s", classes[i], got, agent)
	}
	t.Logf("%d of %d agents, %.1f %%", right, len(agents), 100*float64(right)/float64(len(agents)))
	if len(agents) < 300 || right*100 < len(agents)*97 {
		t.Errorf("%d of %d agents are told right, want 97 %% of at least 300", right, len(agents))
	}
}
