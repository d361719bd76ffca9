package app

import (
	"os"
	"path/filepath"
	"runtime"
)

// alone is the size of logs that one core reads in three seconds: to have more
// of them help costs more than it saves.
const alone = 512 << 20

// cores is how many cores read the logs.
func (o *statsOptions) cores(names []string) int {
	all := runtime.GOMAXPROCS(0)
	if o.jobs > 0 {
		return min(o.jobs, all)
	}
	sum := int64(0)
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			return all // a pipe, of any length
		}
		sum += info.Size()
		if ext := filepath.Ext(name); ext == ".gz" || ext == ".zst" {
			sum += 9 * info.Size() // logs shrink to a tenth
		}
	}
	if sum > alone {
		return all
	}
	return 1
}
