package refuge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/site"
)

// FolderConfig describes a folder that a web server serves, or one that another
// program takes to where visitors are.
type FolderConfig struct {
	// Dir is the folder of the web server. It becomes a link to the site of the
	// moment, which lies beside it, in Dir.releases.
	Dir string `toml:"dir"`
	// PushCommand is a program and its arguments, run whenever the folder has changed;
	// {dir} stands for the folder: ["rclone", "sync", "{dir}", "remote:www"].
	PushCommand []string `toml:"push"`
	// LeaveCommand is run when what was pushed is to be taken away.
	LeaveCommand []string `toml:"leave"`
	// Base is the URL at which visitors find the site by the server's own name.
	Base string `toml:"base"`
	// Addrs are what the names are to point to; default: that of Base.
	Addrs []netip.Addr `toml:"addrs"`
	// Name is what a CNAME or ALIAS is to point to, instead.
	Name string `toml:"name"`
	// TLS says that the server has a certificate for the site's own name.
	TLS bool `toml:"tls"`
	// Hour and GB are what the place costs, in US dollars.
	Hour float64 `toml:"hour"`
	GB   float64 `toml:"gb"`
	// Listed is when that was looked up: "2026-11-01".
	Listed string `toml:"listed"`
}

type folder struct {
	FolderConfig
	place Place
	cost  Cost
}

// NewFolder opens a folder. Nothing is written yet.
func NewFolder(c FolderConfig) (Refuge, error) {
	if !filepath.IsAbs(c.Dir) || filepath.Clean(c.Dir) == "/" {
		return nil, errors.New("folder: dir must be the whole name of a folder")
	}
	c.Dir = filepath.Clean(c.Dir)
	if c.PushCommand != nil && len(c.PushCommand) == 0 || c.LeaveCommand != nil && len(c.LeaveCommand) == 0 {
		return nil, errors.New("folder: push and leave are a program and its arguments")
	}
	base, err := url.Parse(c.Base)
	if err != nil || base.Host == "" {
		return nil, errors.New("folder: base must be the URL at which visitors find it")
	}
	f := &folder{FolderConfig: c}
	if f.cost, err = ownPrice(c.Hour, c.GB, c.Listed); err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	f.place = Place{
		Addrs: c.Addrs, Name: c.Name, Base: strings.TrimSuffix(c.Base, "/"), TLS: c.TLS,
		Terms: Terms{Files: true, Bare: true},
	}
	if len(c.Addrs) == 0 && c.Name == "" {
		if a, err := netip.ParseAddr(base.Hostname()); err == nil {
			f.place.Addrs = []netip.Addr{a}
		} else {
			f.place.Name = base.Hostname() + "."
		}
	}
	return f, nil
}

func (f *folder) Place(context.Context) (Place, error) { return f.place, nil }

// Foresee is the same: somebody else's server answers already.
func (f *folder) Foresee() (Place, bool) { return f.place, true }

func (f *folder) Cost() Cost { return f.cost }

// releases is where the trees are of which one is the folder.
func (f *folder) releases() string { return f.Dir + ".releases" }

// Push writes the site beside the folder and turns the link to it. Files that
// the site of the moment has are hard links: a visitor who reads one meanwhile
// is not disturbed.
func (f *folder) Push(ctx context.Context, t Tree, progress func(done, total int64)) error {
	name := treeName(t)
	to := filepath.Join(f.releases(), name)
	if err := f.mayLink(); err != nil {
		return err
	}
	if _, err := os.Stat(to); errors.Is(err, fs.ErrNotExist) {
		if err := f.write(ctx, t, to, &meter{progress: progress}); err != nil {
			return fmt.Errorf("push to folder %s: %w", f.Dir, err)
		}
	}
	if now, err := os.Readlink(f.Dir); err != nil || now != to {
		if err := turnLink(f.Dir, to); err != nil {
			return fmt.Errorf("push to folder %s: %w", f.Dir, err)
		}
	}
	if len(f.PushCommand) > 0 && f.pushed() != name {
		if err := f.run(ctx, f.PushCommand); err != nil {
			return err
		}
		if err := os.WriteFile(f.mark(), []byte(name), 0o644); err != nil {
			return fmt.Errorf("push to folder %s: %w", f.Dir, err)
		}
	}
	return f.prune(to)
}

// mark says what the program has taken along.
func (f *folder) mark() string { return filepath.Join(f.releases(), "pushed") }

func (f *folder) pushed() string {
	raw, err := os.ReadFile(f.mark())
	if err != nil {
		return "" // it is taken along again
	}
	return string(raw)
}

// commandPatience is how long another program may take.
const commandPatience = 6 * time.Hour

// run runs another program, without a shell.
func (f *folder) run(ctx context.Context, template []string) error {
	ctx, cancel := context.WithTimeout(ctx, commandPatience)
	defer cancel()
	args := slices.Clone(template)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{dir}", f.Dir)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.WaitDelay = 10 * time.Second
	words := limited{most: 64 << 10}
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w: %s", args[0], err, lastWords(words.String()))
	}
	return nil
}

// prune keeps the tree of the moment alone: whoever has a file of the one
// before open may read it to its end.
func (f *folder) prune(keep string) error {
	entries, err := os.ReadDir(f.releases())
	if err != nil {
		return fmt.Errorf("remove old trees: %w", err)
	}
	for _, e := range entries {
		name := filepath.Join(f.releases(), e.Name())
		if name == keep || name == f.mark() {
			continue
		}
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("remove old trees: %w", err)
		}
	}
	return nil
}

// Leave takes the site away, unless its bytes may stay.
func (f *folder) Leave(ctx context.Context, keep bool) error {
	if keep {
		return nil
	}
	if len(f.LeaveCommand) > 0 {
		if err := f.run(ctx, f.LeaveCommand); err != nil {
			return err
		}
	}
	if f.held() != "" {
		if err := os.Remove(f.Dir); err != nil {
			return fmt.Errorf("leave folder %s: %w", f.Dir, err)
		}
	}
	if err := os.RemoveAll(f.releases()); err != nil {
		return fmt.Errorf("leave folder %s: %w", f.Dir, err)
	}
	return nil
}

// Check writes a probe and looks for the program.
func (f *folder) Check(context.Context) []site.Finding {
	finding := site.Finding{About: "folder", OK: true, Found: f.Dir + " can be written"}
	err := os.MkdirAll(f.releases(), 0o755)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(f.releases(), "probe"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if info, e := os.Lstat(f.Dir); err == nil && e == nil && info.IsDir() {
		if entries, e := os.ReadDir(f.Dir); e != nil || len(entries) > 0 {
			err = errors.New(f.Dir + " has something in it that is not ours")
		}
	}
	if err != nil {
		finding = site.Finding{About: "folder", Found: err.Error(), Mend: "name a folder that is empty or not there yet, in one that can be written"}
	}
	findings := []site.Finding{finding}
	if len(f.PushCommand) > 0 {
		program := site.Finding{About: "program", OK: true, Found: f.PushCommand[0] + " is there"}
		if _, err := exec.LookPath(f.PushCommand[0]); err != nil {
			program = site.Finding{About: "program", Found: err.Error(), Mend: "install " + f.PushCommand[0]}
		}
		findings = append(findings, program)
	}
	return findings
}
