package image

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine makes the files of a machine: kernels with what they say of themselves,
// links (->), the version that runs, and folders, which end in a slash.
func machine(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir()) // kernels are named without links
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		file := filepath.Join(root, name)
		target, isLink := strings.CutPrefix(content, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(file, 0o755)
		case isLink:
			if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
				err = os.Symlink(target, file)
			}
		case strings.Contains(name, "vmlinuz") && content != "broken":
			write(t, file, versioned(content+" (somebody)"))
		default:
			write(t, file, []byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTheKernelOfAMachineIsTheOneThatRunsOrTheNewest(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"Debian, the older of two runs", map[string]string{
			"boot/vmlinuz-6.1.0-9-amd64": "6.1.0-9-amd64", "lib/modules/6.1.0-9-amd64/": "",
			"boot/vmlinuz-6.1.0-56-amd64": "6.1.0-56-amd64", "lib/modules/6.1.0-56-amd64/": "",
			"vmlinuz": "-> boot/vmlinuz-6.1.0-56-amd64", "proc/sys/kernel/osrelease": "6.1.0-9-amd64\n",
		}, "boot/vmlinuz-6.1.0-9-amd64"},
		{"what runs has been removed: the newest", map[string]string{
			"boot/vmlinuz-6.1.0-9-amd64": "6.1.0-9-amd64", "lib/modules/6.1.0-9-amd64/": "",
			"boot/vmlinuz-6.1.0-56-amd64": "6.1.0-56-amd64", "lib/modules/6.1.0-56-amd64/": "",
			"proc/sys/kernel/osrelease": "6.1.0-8-amd64\n",
		}, "boot/vmlinuz-6.1.0-56-amd64"},
		{"what runs has no drivers, and the newest neither", map[string]string{
			"boot/vmlinuz-6.1.0-8-amd64": "6.1.0-8-amd64", "lib/modules/6.1.0-8-amd64/": "",
			"boot/vmlinuz-6.1.0-9-amd64": "6.1.0-9-amd64", "boot/vmlinuz-6.1.0-56-amd64": "6.1.0-56-amd64",
			"proc/sys/kernel/osrelease": "6.1.0-9-amd64\n",
		}, "boot/vmlinuz-6.1.0-8-amd64"},
		{"Ubuntu's links are not what is named", map[string]string{
			"boot/vmlinuz": "-> vmlinuz-6.8.0-45-generic", "boot/vmlinuz.old": "-> vmlinuz-6.8.0-44-generic",
			"boot/vmlinuz-6.8.0-45-generic": "6.8.0-45-generic", "lib/modules/6.8.0-45-generic/": "",
		}, "boot/vmlinuz-6.8.0-45-generic"},
		{"lib is a link to usr/lib", map[string]string{
			"boot/vmlinuz-6.1.0-9-amd64": "6.1.0-9-amd64", "usr/lib/modules/6.1.0-9-amd64/": "", "lib": "-> usr/lib",
		}, "boot/vmlinuz-6.1.0-9-amd64"},
		{"Fedora: with a rescue kernel, beside its drivers", map[string]string{
			"boot/vmlinuz-0-rescue-123":                      "6.9.7-200.fc40.x86_64",
			"usr/lib/modules/6.10.3-200.fc40.x86_64/vmlinuz": "6.10.3-200.fc40.x86_64", "usr/lib/modules/6.9.7-200.fc40.x86_64/": "", "lib": "-> usr/lib",
		}, "usr/lib/modules/6.10.3-200.fc40.x86_64/vmlinuz"},
		{"Arch: names without versions", map[string]string{
			"boot/vmlinuz-linux-lts": "6.6.40-1-lts", "usr/lib/modules/6.6.40-1-lts/": "",
			"boot/vmlinuz-linux": "6.10.0-arch1-1", "usr/lib/modules/6.10.0-arch1-1/": "",
		}, "boot/vmlinuz-linux"},
		{"broken ones, links to nowhere and old ones are passed over", map[string]string{
			"boot/vmlinuz-6.12.0": "broken", "boot/vmlinuz-6.11.0": "-> nowhere", "boot/vmlinuz-6.13.0/": "",
			"boot/vmlinuz-5.4.0": "5.4.0", "lib/modules/5.4.0/": "",
			"boot/vmlinuz-5.10.0": "5.10.0", "lib/modules/5.10.0/": "", "proc/sys/kernel/osrelease": "5.4.0\n",
		}, "boot/vmlinuz-5.10.0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := machine(t, c.files)
			k, err := Installed(root, "amd64", false)
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(root, c.want); k.File != want {
				t.Errorf("got %s, want %s", k.File, want)
			}
		})
	}
}

func TestAMachineWithoutAKernelThatServesSaysWhyOfEach(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"a container", nil, nil},
		{"one of each kind", map[string]string{
			"boot/vmlinuz-6.12.0": "broken", "boot/vmlinuz-6.1.0": "6.1.0", "boot/vmlinuz-5.4.0": "5.4.0", "lib/modules/5.4.0/": "",
		}, []string{"vmlinuz-6.12.0: the kernel is no bzImage", "vmlinuz-6.1.0 has no drivers in ", "vmlinuz-5.4.0 is older than Linux 5.9"}},
	} {
		_, err := Installed(machine(t, c.files), "amd64", false)
		var none *NoKernelError
		if !errors.As(err, &none) || len(none.Reasons) != len(c.want) {
			t.Fatalf("%s: got %v", c.name, err)
		}
		for i, reason := range none.Reasons {
			if !strings.Contains(reason.Error(), c.want[i]) {
				t.Errorf("%s: got %v, want %s", c.name, reason, c.want[i])
			}
		}
	}
	root := machine(t, map[string]string{"boot/vmlinuz-5.4.0": "5.4.0", "lib/modules/5.4.0/": ""})
	if _, err := Installed(root, "amd64", true); err != nil {
		t.Errorf("an old kernel for a small disk: %v", err)
	}
}

func TestOfKernelsThatNobodyMayReadTheOneThatRunsIsNamedFirst(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	root := machine(t, map[string]string{
		"boot/vmlinuz-6.8.0-9-generic": "6.8.0-9-generic", "boot/vmlinuz-6.8.0-45-generic": "6.8.0-45-generic",
		"boot/vmlinuz-6.8.0-100-generic": "6.8.0-100-generic", "proc/sys/kernel/osrelease": "6.8.0-45-generic\n",
	})
	for _, version := range []string{"9", "45", "100"} {
		if err := os.Chmod(filepath.Join(root, "boot/vmlinuz-6.8.0-"+version+"-generic"), 0); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Installed(root, "amd64", false)
	var refused *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &refused) || filepath.Base(refused.Path) != "vmlinuz-6.8.0-45-generic" {
		t.Errorf("got %v", err)
	}
}

func TestVersionsOfKernelsAreOrderedAsByDebian(t *testing.T) {
	order := []string{
		"", "4.19.0-27-amd64", "5.9", "5.9.0", "5.10.0-8-amd64", "5.10.0-35-amd64", "6.1.0-9-amd64", "6.1.0-56-amd64", "6.1.0-56-cloud-amd64",
		"6.1.8", "6.9.7-200.fc40.x86_64", "6.10.0-arch1-1", "6.10.0-arch1-2", "6.12-rc3-amd64", "6.12-rc10-amd64", "6.12-amd64", "6.12.48+deb13-amd64",
	}
	shuffled := slices.Clone(order)
	rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	slices.SortFunc(shuffled, compareVersions)
	if !slices.Equal(shuffled, order) {
		t.Errorf("got %q", shuffled)
	}
	if compareVersions("6.1.08", "6.1.8") != 0 {
		t.Error("zeros in front of a number count")
	}
}
