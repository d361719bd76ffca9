package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"buzzproof/internal/alert"
	"buzzproof/internal/evacuate"
	"buzzproof/internal/health"
	"buzzproof/internal/history"
	"buzzproof/internal/settings"
)

// A config is the configuration file.
type config struct {
	path string // "" when there is none
	// Up has flags of up by their names, with what the owner always gives them.
	Up       settings.Loose
	History  history.Config
	Alerts   alert.Config
	Channels settings.Family
	Checks   health.Config
	Check    settings.Family
	// Evacuate says where to flee to, Refuges and Zones are what it can name.
	Evacuate evacuate.Config
	Refuges  *settings.Family
	Zones    *settings.Family
}

// configPaths are where the file is looked for when -c names none: the owner's
// folder, then the machine's.
func configPaths() (paths []string) {
	if dir, err := os.UserConfigDir(); err == nil {
		paths = append(paths, filepath.Join(dir, "buzzproof", "buzzproof.toml"))
	}
	return append(paths, "/etc/buzzproof/buzzproof.toml")
}

// config reads the configuration; without a file it is empty.
func (p *Program) config() (*config, error) {
	c := &config{
		Up:       settings.Loose{Names: new(upOptions).flagNames()},
		Channels: settings.Family{Kinds: alert.Kinds()}, Check: settings.Family{Kinds: health.Kinds()},
		Refuges: family(refugeKinds), Zones: family(dnsKinds),
	}
	var err error
	if c.path, err = p.configPath(); err != nil || c.path == "" {
		return c, err
	}
	err = settings.Read(c.path, settings.Sections{
		"up": &c.Up, "history": &c.History, "alerts": &c.Alerts, "alert": &c.Channels,
		"checks": &c.Checks, "check": &c.Check,
		"evacuate": &c.Evacuate, "refuge": c.Refuges, "dns": c.Zones,
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no configuration %s", c.path)
	}
	if err != nil {
		return nil, withStatus(statusConfig, err)
	}
	return c, nil
}

func (p *Program) configPath() (string, error) {
	if p.globals.config != "" {
		return p.globals.config, nil
	}
	for _, path := range configPaths() {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return "", withStatus(statusConfig, err)
		}
	}
	return "", nil
}

// preset gives the flags of up what the file says, where the shell says
// nothing. What is wrong then, and was not by the shell alone, is the file's.
func (c *config) preset(o *upOptions, flags *pflag.FlagSet) error {
	_, shell := o.check()
	for _, name := range slices.Sorted(maps.Keys(c.Up.Values)) {
		if flags.Lookup(name).Changed {
			continue
		}
		if err := flags.Set(name, plainly(c.Up.Values[name])); err != nil {
			return withStatus(statusConfig, fmt.Errorf("%s: [up] %s: %w", c.path, name, err))
		}
	}
	if _, err := o.check(); err != nil && shell == nil {
		return withStatus(statusConfig, fmt.Errorf("%s: [up] %w", c.path, err))
	}
	return nil
}

// plainly is a value of TOML as one writes it behind a flag.
func plainly(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ",")
}

func (p *Program) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "which configuration holds, and whether it is right",
		Long: "Reads the configuration file and says what is wrong with it, by line. Without\n" +
			"-c it is " + strings.Join(configPaths(), "\nor ") + ".",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.config()
			if err != nil {
				return err
			}
			if c.path == "" && !p.globals.json {
				fmt.Fprintf(p.Stdout, "no configuration; looked for %s\n", strings.Join(configPaths(), " and "))
				return nil
			}
			var o upOptions
			flags := pflag.NewFlagSet("up", pflag.ContinueOnError)
			o.addFlags(flags)
			if err := c.preset(&o, flags); err != nil {
				return err
			}
			_, wrong := alert.New(c.Alerts, c.Channels.Members, alert.Options{})
			if _, err := health.New(c.Checks, c.Check.Members, health.Options{}); err != nil || wrong != nil {
				return withStatus(statusConfig, fmt.Errorf("%s: %w", c.path, errors.Join(wrong, err)))
			}
			if p.globals.json {
				return writeJSON(p.Stdout, configFound{1, c.path, configPaths()})
			}
			fmt.Fprintf(p.Stdout, "%s is right\n", c.path)
			return nil
		},
	}
}

// configFound is what config --json prints.
type configFound struct {
	Schema    int      `json:"schema"`
	File      string   `json:"file"` // "" when there is none
	LookedFor []string `json:"looked_for"`
}
