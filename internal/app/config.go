package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	Up       map[string]any
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

// preset gives flags what the file says, where the shell says nothing.
func (c *config) preset(section string, values map[string]any, flags *pflag.FlagSet) error {
	for name, value := range values {
		flag := flags.Lookup(name)
		if flag == nil {
			return withStatus(statusConfig, fmt.Errorf("%s: [%s] has no setting %s\nsee: buzzproof %s --help", c.path, section, name, section))
		}
		if flag.Changed {
			continue
		}
		if err := flags.Set(name, plainly(value)); err != nil {
			return withStatus(statusConfig, fmt.Errorf("%s: [%s] %s: %w", c.path, section, name, err))
		}
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
			if c.path == "" {
				fmt.Fprintf(p.Stdout, "no configuration; looked for %s\n", strings.Join(configPaths(), " and "))
				return nil
			}
			if err := c.preset("up", c.Up, p.upCommand().Flags()); err != nil {
				return err
			}
			_, wrong := alert.New(c.Alerts, c.Channels.Members, alert.Options{})
			if _, err := health.New(c.Checks, c.Check.Members, health.Options{}); err != nil || wrong != nil {
				return withStatus(statusConfig, fmt.Errorf("%s: %w", c.path, errors.Join(wrong, err)))
			}
			fmt.Fprintf(p.Stdout, "%s is right\n", c.path)
			return nil
		},
	}
}
