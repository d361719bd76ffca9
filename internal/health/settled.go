package health

// Settled returns the states, by name, that results of an earlier run come to:
// that on which two looks in a row agreed last. The earliest result comes first.
func Settled(results []Result) map[string]string {
	states, before := map[string]string{}, map[string]string{}
	for _, r := range results {
		if r.State == Unknown {
			continue
		}
		if before[r.Name] == r.State {
			states[r.Name] = r.State
		}
		before[r.Name] = r.State
	}
	return states
}
