package app

import "github.com/spf13/pflag"

// globals are the flags that every command understands.
type globals struct {
	json    bool
	quiet   bool
	noColor bool
	yes     bool
	config  string
}

func (g *globals) addFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&g.config, "config", "c", "", "configuration `FILE`")
	flags.BoolVar(&g.json, "json", false, "data as JSON on stdout")
	flags.BoolVar(&g.quiet, "quiet", false, "say only what went wrong")
	flags.BoolVar(&g.noColor, "no-color", false, "no colours on a terminal")
	flags.BoolVar(&g.yes, "yes", false, "answer every question with yes")
}
