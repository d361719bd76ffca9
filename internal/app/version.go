package app

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// A build is what the toolchain wrote into the program about itself.
type build struct {
	Schema   int    `json:"schema"`
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"` // of the revision
	Modified bool   `json:"modified"`       // built from sources that were not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (p *Program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "say which build this is",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if p.globals.json {
				return writeJSON(p.Stdout, b)
			}
			_, err := fmt.Fprintln(p.Stdout, b)
			return err
		},
	}
}

func thisBuild() build {
	b := build{Schema: 1, Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	line := "buzzproof " + b.Version
	if b.Revision != "" {
		line += fmt.Sprintf(" (%.12s of %s", b.Revision, b.Time)
		if b.Modified {
			line += ", modified"
		}
		line += ")"
	}
	return line + ", " + b.Go + ", " + b.Platform
}
