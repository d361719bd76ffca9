package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/ban"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	privacy   bool
	languages []string
	contact   string
	state     string
	store     string
}

func (p *Program) doctorCommand() *cobra.Command {
	var o doctorOptions
	c := &cobra.Command{
		Use:   "doctor",
		Short: "whether an evacuation would work tonight; what to tell visitors about their data",
		Long: "Looks at all that an evacuation needs: refuge, zone, TTLs, certificate, price,\n" +
			"clock, and whether a return could be verified; cheap enough for every night.\n" +
			"Each finding says what mends it; exit status 4 says that there is something to\n" +
			"mend. With --privacy it prints instead the notice of privacy that fits what\n" +
			"buzzproof keeps on this machine, in English and French, for a page of the site.\n" +
			"It is about buzzproof alone: what the site's own pages embed, or a CMS behind\n" +
			"it keeps, is the owner's to add.",
		Example:           "  buzzproof doctor\n  buzzproof doctor --privacy --language fr --contact fritz@example.org",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.doctor(cmd.Context(), &o, time.Now()) },
	}
	flags := c.Flags()
	flags.BoolVar(&o.privacy, "privacy", false, "print the notice of privacy")
	flags.StringSliceVar(&o.languages, "language", noticeLanguages, "in which `LANGUAGES`: en, fr")
	flags.StringVar(&o.contact, "contact", "", "the `ADDRESS` that visitors may write to")
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that keeps bans and the journal of evacuations")
	flags.StringVarP(&o.store, "store", "s", "", "`DIR` of the copy that would be brought to the refuge (default: [evacuate] store)")
	return c
}

func (p *Program) doctor(ctx context.Context, o *doctorOptions, now time.Time) error {
	if !o.privacy {
		return p.examine(ctx, o)
	}
	list, err := ban.In(o.state).Read(now)
	if err != nil {
		return err
	}
	c, err := p.config()
	if err != nil {
		return err
	}
	n := notice{
		bans: list.Bans, contact: o.contact, kept: c.History.WithDefaults(),
		hits: keepsHistory(o.state, c), places: countsPlaces(o.state, c),
	}
	return p.tellNotice(&n, o.languages)
}

// tellNotice prints the notice of privacy in each of the languages.
func (p *Program) tellNotice(n *notice, languages []string) error {
	notices := map[string]string{}
	for i, language := range languages {
		if !slices.Contains(noticeLanguages, language) {
			return withStatus(statusMisused, fmt.Errorf("--language %s: the notice is not written in it\ntry: %s", language, strings.Join(noticeLanguages, ", ")))
		}
		text, err := n.in(language)
		if err != nil {
			return err
		}
		notices[language] = text
		if !p.globals.json {
			fmt.Fprint(p.Stdout, strings.Repeat("\n", min(i, 1)), text)
		}
	}
	if p.globals.json {
		return writeJSON(p.Stdout, struct {
			Schema  int               `json:"schema"`
			Notices map[string]string `json:"notices"`
		}{1, notices})
	}
	return nil
}
