package app

import (
	"fmt"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/ban"
)

// bansOptions are the flags of bans and unban.
type bansOptions struct{ state, export string }

func (p *Program) bansCommand() *cobra.Command {
	var o bansOptions
	c := &cobra.Command{
		Use:   "bans",
		Short: "who is shut out, why and until when",
		Long: "Lists the bans in force. With --export they are written for a firewall, which\n" +
			"then ends each of them by itself: pipe it into \"nft -f -\" or\n" +
			"\"ipset restore -exist\" as root.",
		Example: `  buzzproof bans
  buzzproof bans --export nft | sudo nft -f -
  buzzproof bans --export ipset | sudo ipset restore -exist`,
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(*cobra.Command, []string) error { return p.bans(&o, time.Now()) },
	}
	flags := c.Flags()
	flags.StringVar(&o.export, "export", "", "write them for a `FIREWALL`: nft or ipset")
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that keeps the bans")
	return c
}

func (p *Program) bans(o *bansOptions, now time.Time) error {
	list, err := ban.In(o.state).Read(now)
	if err != nil {
		return err
	}
	switch {
	case o.export == "nft":
		return ban.WriteNft(p.Stdout, list.Bans, now)
	case o.export == "ipset":
		return ban.WriteIpset(p.Stdout, list.Bans, now)
	case o.export != "":
		return withStatus(statusMisused, fmt.Errorf("--export %s: there is no such firewall\ntry one of: nft, ipset", o.export))
	case p.globals.json:
		if list.Bans == nil {
			list.Bans = []ban.Ban{}
		}
		list.Before = nil // marks say nothing to anybody
		return writeJSON(p.Stdout, list)
	case len(list.Bans) == 0:
		p.talk("nobody is banned")
		return nil
	}
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ADDRESS\tUNTIL\tBY\tWHY")
	for _, b := range list.Bans {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", shortPrefix(b.Address), b.Until.Local().Format("2 Jan 15:04"), printable(b.By), printable(b.Why))
	}
	return w.Flush()
}

// shortPrefix is an address as people write it, or the household of one.
func shortPrefix(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// printable is a text of a stranger as a terminal may see it: no control
// characters, nothing that turns the line around, and not too long.
func printable(s string) string {
	const longest = 200
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	return text[:min(len(text), longest)]
}

// pardon is how long an address is safe from a new ban after one was lifted:
// what it did before is still remembered for a while.
const pardon = 24 * time.Hour

func (p *Program) unbanCommand() *cobra.Command {
	var o bansOptions
	c := &cobra.Command{
		Use:   "unban ADDR...",
		Short: "lift a ban",
		Long: "Lifts the bans of addresses, forgets earlier ones and pardons them for a day.\n" +
			"A running \"up\" hears of it within a second; a firewall wants the bans exported\n" +
			"again.",
		Example:           "  buzzproof unban 198.51.100.7 2001:db8::/64",
		Args:              wants(cobra.MinimumNArgs(1)),
		ValidArgsFunction: p.completeBanned(&o),
		RunE:              func(_ *cobra.Command, args []string) error { return p.unban(&o, args, time.Now()) },
	}
	c.Flags().StringVar(&o.state, "state", defaultState(), "`DIR` that keeps the bans")
	return c
}

func (p *Program) unban(o *bansOptions, args []string, now time.Time) error {
	var addresses []netip.Prefix
	for _, arg := range args {
		a, err := ban.Parse(arg)
		if err != nil {
			return withStatus(statusMisused, err)
		}
		addresses = append(addresses, a)
	}
	var missing []string
	said := "lifted"
	err := ban.In(o.state).Change(now, func(l *ban.List) {
		held := len(l.Bans)
		for _, a := range addresses {
			if !l.Lift(a, now.Add(pardon)) {
				missing = append(missing, shortPrefix(a))
			}
		}
		if len(l.Bans) == held {
			said = "no ban holds now; earlier ones are forgotten"
		}
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s: not banned\nsee: buzzproof bans", strings.Join(missing, ", "))
	}
	p.talk("%s; pardoned until %s", said, now.Add(pardon).Local().Format("2 Jan 15:04"))
	return nil
}

// completeBanned offers the shell what can be lifted.
func (p *Program) completeBanned(o *bansOptions) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		list, err := ban.In(o.state).Read(time.Now())
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var all []string
		for _, b := range list.Bans {
			all = append(all, shortPrefix(b.Address))
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}
