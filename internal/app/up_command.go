package app

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// upOptions are the flags of up as they were given.
type upOptions struct {
	listen         string
	store          string
	memory         string
	lighten        bool
	proxyProtocol  bool
	trustForwarded []string
	uplink         string
	handshake      string
	ban            time.Duration
	watch          string
	watchOnly      bool
	history        bool
	mmdb           []string
	origin         string
	secure         secureOptions
}

func (p *Program) upCommand() *cobra.Command {
	var o upOptions
	cmd := &cobra.Command{
		Use:   "up [URL|DIR]",
		Short: "serve the frozen site; foreground, Ctrl-C drains",
		Long: "Serves the current snapshot of a copy, or a plain folder of files. With a URL\n" +
			"the site is frozen first when there is no copy yet. A newer snapshot is taken\n" +
			"over as soon as it is there. Prints \"ready URL\" on stderr when it serves.\n" +
			"Without an argument it serves the folder it is started in, if that is a copy.",
		Example: `  buzzproof up copy --listen :8081
  buzzproof up copy --listen :443 --redirect-http :80 --tls auto --uplink 1Mbit/s
  buzzproof up https://blog.example.org`,
		Args: wants(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := copyOrHere(args)
			if err != nil {
				return err
			}
			c, err := p.config()
			if err != nil {
				return err
			}
			if err := c.preset(&o, cmd.Flags()); err != nil {
				return err
			}
			return p.up(cmd.Context(), what, &o, c)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

// flagNames are the names of all flags of up.
func (o *upOptions) flagNames() (names []string) {
	flags := pflag.NewFlagSet("up", pflag.ContinueOnError)
	o.addFlags(flags)
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

func (o *upOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`HOST:PORT` to serve on; port 0 takes a free one, fd:3 a socket that was handed down")
	flags.StringVarP(&o.store, "store", "s", "", "`DIR` that keeps the copy of URL (default: the site's host name)")
	flags.StringVar(&o.memory, "memory", "256MB", "`SIZE` of the memory that file contents may take")
	flags.BoolVar(&o.lighten, "lighten", true, "make the renditions that are missing, in the background")
	flags.StringSliceVar(&o.trustForwarded, "trust-forwarded", nil, "believe what proxies at these addresses (`CIDR`) say about the visitor")
	flags.BoolVar(&o.proxyProtocol, "proxy-protocol", false, "demand a PROXY header; takes connections from --trust-forwarded only")
	flags.StringVar(&o.uplink, "uplink", "auto", "`RATE` of the line that visitors are reached through, such as 1Mbit/s; auto finds it, none leaves it alone")
	flags.StringVar(&o.handshake, "handshake", "auto", "`SIZE` of TLS handshakes: full, slim (no post-quantum share, no tickets), or auto: slim while the line is strained")
	flags.DurationVar(&o.ban, "ban", 24*time.Hour, "how long who attacks is shut out: a `TIME` such as 24h; 0 bans nobody")
	flags.BoolVar(&o.watchOnly, "watch-only", false, "let the screen show and do nothing")
	flags.StringVar(&o.watch, "watch", "auto", "`HOST:PORT` of the screen that shows what happens; auto is "+usualScreen+" or a free one, off is none")
	flags.BoolVar(&o.history, "history", true, "keep statistics, without addresses, in the state")
	flags.StringSliceVar(&o.mmdb, "mmdb", nil, "MaxMind `FILE` of countries or networks, by which visitors are counted; may be given twice")
	flags.StringVar(&o.origin, "origin", "", "`URL` of the living site, for freezing it from the screen")
	o.secure.addFlags(flags)
}
